// The V3 provider under `ai@6`: what users of that major do with it, and that it says what the V4 provider says.

import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { APICallError, NoSuchModelError } from 'ai-sdk-provider-v3';
import {
  createProviderRegistry,
  customProvider,
  embed,
  generateObject,
  generateText,
  Output,
  stepCountIs,
  streamText,
  tool,
  wrapLanguageModel,
} from 'ai-v6';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createAuriko as createV4 } from '../ts/index.js';
import { type AurikoProviderSettings, createAuriko, RateLimitError } from '../ts/v3.js';
import { added, BEGIN, completed, events, message, textDelta } from './helpers/responses.js';
import {
  chunk,
  type Exchange,
  ending,
  envelope,
  frames,
  json,
  type ScriptedServer,
  scriptedServer,
  sse,
} from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const PROMPT = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }];
// `ai@6` would print each warning; that they arrive is tested elsewhere.
vi.stubGlobal('AI_SDK_LOG_WARNINGS', false);

/** Keeps the waits of `ai` between attempts short. */
const SOON = { 'retry-after-ms': '1' };
const HELLO = frames(
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'hel' }),
  chunk({ content: 'lo' }),
  ...ending(),
);
const LIMITED = envelope('rate_limit_error', 'rate_limit_exceeded');
const ANNOTATION = {
  type: 'url_citation',
  url_citation: { url: 'https://example.com/', title: 'Example', start_index: 0, end_index: 2 },
};
/** The first bytes of a PNG file. */
const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

const reply = (message: unknown, finish_reason = 'stop') => ({
  id: 'c1',
  created: 1_700_000_000,
  model: 'm-1',
  choices: [{ index: 0, message, finish_reason }],
  usage: {
    prompt_tokens: 30,
    completion_tokens: 20,
    prompt_tokens_details: { cached_tokens: 10 },
    completion_tokens_details: { reasoning_tokens: 5 },
  },
});
const toolCall = (id: string, text: string) => ({
  id,
  type: 'function',
  function: { name: 'double', arguments: text },
});
const bodyOf = (server: ScriptedServer, index = 0) => JSON.parse(server.requests[index]?.body ?? '');

/** What a promise rejects with. */
const rejection = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => {
      throw new Error('it did not reject');
    },
    (reason: unknown) => reason,
  );

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

/** A stream that says one word and then waits for the client to leave. */
function stalled(): { script: (exchange: Exchange) => void; exchange: Promise<Exchange> } {
  let found: (exchange: Exchange) => void = () => {};
  const exchange = new Promise<Exchange>((resolve) => {
    found = resolve;
  });
  const script = (open: Exchange) => {
    open.head(200, { 'content-type': 'text/event-stream' });
    open.write(frames(chunk({ content: 'a' })));
    found(open);
  };
  return { script, exchange };
}

describe.each(transports)('`ai@6` over %s', (_name, transport) => {
  const settings = (server: ScriptedServer): AurikoProviderSettings => ({
    transport,
    apiKey: 'ak_test',
    baseURL: server.url,
  });
  const modelOf = (server: ScriptedServer) => createAuriko(settings(server))('m');
  const v4Of = (server: ScriptedServer) => createV4(settings(server))('m');

  describe('results', () => {
    it('generateText gives text, reasoning, sources, files, usage, finish and metadata', async () => {
      const message = {
        content: 'hello',
        reasoning_content: 'hm',
        annotations: [ANNOTATION],
        images: [{ mime_type: 'image/png', data: 'AQI=' }],
      };
      const server = await scriptedServer(json(200, reply(message), { 'x-request-id': 'r1' }));
      const result = await generateText({ model: modelOf(server), prompt: 'hi' });
      expect([result.text, result.reasoningText, result.finishReason]).toEqual(['hello', 'hm', 'stop']);
      expect(result.sources).toMatchObject([{ sourceType: 'url', url: 'https://example.com/' }]);
      expect(result.files).toMatchObject([{ mediaType: 'image/png', base64: 'AQI=' }]);
      expect(result.usage).toMatchObject({
        inputTokens: 30,
        outputTokens: 20,
        inputTokenDetails: { cacheReadTokens: 10 },
        outputTokenDetails: { reasoningTokens: 5 },
      });
      expect(result.providerMetadata).toEqual({ auriko: { requestId: 'r1' } });
      expect(result.request.body).toBe(server.requests[0]?.body);
    });

    it('the Responses endpoint streams text and usage', async () => {
      const wire = events(
        ...BEGIN,
        added(0, message('')),
        textDelta(0, 'hi '),
        textDelta(0, 'there'),
        completed(),
      );
      const server = await scriptedServer(sse(wire));
      const result = streamText({ model: createAuriko(settings(server)).responses('m'), prompt: 'hi' });
      expect(await result.text).toBe('hi there');
      expect((await result.usage).inputTokens).toBe(10);
      expect(server.requests[0]?.path).toBe('/v1/responses');
    });

    it('streamText gives text, usage, finish and metadata', async () => {
      const server = await scriptedServer(sse(HELLO));
      const result = streamText({ model: modelOf(server), prompt: 'hi' });
      expect((await all(result.textStream)).join('')).toBe('hello');
      expect(await result.finishReason).toBe('stop');
      expect(await result.usage).toMatchObject({ inputTokens: 3, outputTokens: 2, totalTokens: 5 });
      expect(await result.providerMetadata).toEqual({ auriko: { requestId: 'req_test' } });
      expect((await result.response).id).toBe('c1');
    });

    it('Output.object and generateObject are asked for as a strict schema and parsed', async () => {
      const server = await scriptedServer(json(200, reply({ content: '{"city":"Bern"}' })));
      const schema = z.object({ city: z.string() });
      const call = { model: modelOf(server), prompt: 'hi' };
      const { output } = await generateText({ ...call, output: Output.object({ schema }) });
      const { object } = await generateObject({ ...call, schema });
      expect([output, object]).toEqual([{ city: 'Bern' }, { city: 'Bern' }]);
      for (const index of [0, 1]) {
        expect(bodyOf(server, index).response_format).toMatchObject({
          type: 'json_schema',
          json_schema: { strict: true, schema: { properties: { city: { type: 'string' } } } },
        });
      }
    });

    it('images go out as a URL, unfetched, and as bytes', async () => {
      const server = await scriptedServer(json(200, reply({ content: 'a cat' })));
      const url = 'https://images.invalid/cat.png';
      await generateText({
        model: modelOf(server),
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', image: new URL(url) },
              { type: 'image', image: PNG, providerOptions: { auriko: { imageDetail: 'low' } } },
            ],
          },
        ],
      });
      const base64 = Buffer.from(PNG).toString('base64');
      expect(bodyOf(server).messages[0].content).toEqual([
        { type: 'image_url', image_url: { url } },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${base64}`, detail: 'low' } },
      ]);
    });
  });

  describe('are those of V4 on the same wire', () => {
    it.each(['stop', 'length', 'tool_calls', 'content_filter', 'eos'])(
      'a whole reply that ends with %s',
      async (word) => {
        const message = {
          content: 'hi',
          reasoning: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }],
          tool_calls: [toolCall('a', '{"n":2}')],
        };
        const server = await scriptedServer(json(200, reply(message, word), { 'x-request-id': 'r1' }));
        const v3 = await modelOf(server).doGenerate({ prompt: PROMPT });
        const { request, ...v4 } = await v4Of(server).doGenerate({ prompt: PROMPT });
        expect(v3).toEqual({ ...v4, request: { body: request?.body } });
        expect(server.requests[0]?.body).toBe(server.requests[1]?.body);
      },
    );

    it.each(['stop', 'length', 'tool_calls', 'content_filter', 'eos'])(
      'a stream that ends with %s',
      async (word) => {
        const wire = frames(
          chunk({ role: 'assistant', reasoning_content: 'hm' }),
          chunk({ reasoning_signature: 'sig' }),
          chunk({ content: 'hi' }),
          chunk({ annotations: [ANNOTATION] }),
          chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'double', arguments: '{"n":2}' } }] }),
          ...ending(word),
        );
        const server = await scriptedServer(sse(wire));
        const v3 = await modelOf(server).doStream({ prompt: PROMPT });
        const v4 = await v4Of(server).doStream({ prompt: PROMPT });
        expect([v3.request, v3.response]).toEqual([{ body: v4.request?.body }, v4.response]);
        const withoutCitations = (part: LanguageModelV4StreamPart) => {
          if (part.type !== 'text-end') return part;
          const { citations, ...rest } = part;
          expect(citations).toHaveLength(1);
          return rest;
        };
        expect(await all(v3.stream)).toEqual((await all(v4.stream)).map(withoutCitations));
      },
    );
  });

  describe('tool loops', () => {
    const options = {
      tools: {
        double: tool({
          inputSchema: z.object({ n: z.number() }),
          execute: async ({ n }: { n: number }) => ({ twice: n * 2 }),
        }),
      },
      stopWhen: stepCountIs(3),
      prompt: 'double 2',
    };
    const SECOND = [
      { role: 'user', content: 'double 2' },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'hm',
        reasoning: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }],
        tool_calls: [{ ...toolCall('a', '{"n":2}'), provider_signature: 'ps' }],
      },
      { role: 'tool', tool_call_id: 'a', content: '{"twice":4}' },
    ];

    it('generateText runs the tool and sends thoughts, call and result back', async () => {
      const message = {
        content: null,
        reasoning: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }],
        tool_calls: [{ ...toolCall('a', '{"n":2}'), provider_signature: 'ps' }],
      };
      const server = await scriptedServer(
        json(200, reply(message, 'tool_calls')),
        json(200, reply({ content: 'done' })),
      );
      const result = await generateText({ model: modelOf(server), ...options });
      expect([result.text, result.steps.length]).toEqual(['done', 2]);
      expect(bodyOf(server, 1).messages).toEqual(SECOND);
    });

    it('streamText does', async () => {
      const first = frames(
        chunk({ role: 'assistant', reasoning_content: 'hm' }),
        chunk({ reasoning_signature: 'sig' }),
        chunk({
          tool_calls: [
            { index: 0, id: 'a', function: { name: 'double', arguments: '{"n"' }, provider_signature: 'ps' },
          ],
        }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: ':2}' } }] }),
        ...ending('tool_calls'),
      );
      const server = await scriptedServer(sse(first), sse(HELLO));
      const result = streamText({ model: modelOf(server), ...options });
      expect(await result.text).toBe('hello');
      expect(await result.steps).toHaveLength(2);
      expect(bodyOf(server, 1).messages).toEqual(SECOND);
    });

    it('an image that a tool gives goes into a message behind the result', async () => {
      const picture = tool({
        inputSchema: z.object({}),
        execute: async () => 'AQI=',
        toModelOutput: ({ output }) => ({
          type: 'content' as const,
          value: [
            { type: 'text' as const, text: 'here' },
            { type: 'image-data' as const, data: output, mediaType: 'image/png' },
          ],
        }),
      });
      const message = { content: null, tool_calls: [{ ...toolCall('a', '{}') }] };
      const server = await scriptedServer(
        json(200, reply(message, 'tool_calls')),
        json(200, reply({ content: 'done' })),
      );
      await generateText({ model: modelOf(server), ...options, tools: { double: picture } });
      expect(bodyOf(server, 1).messages.slice(2)).toEqual([
        { role: 'tool', tool_call_id: 'a', content: 'here' },
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AQI=' } }],
        },
      ]);
    });
  });

  describe('errors', () => {
    it.each([
      [503, 'api_error', 'service_unavailable', 3],
      [429, 'rate_limit_error', 'rate_limit_exceeded', 3],
      [429, 'rate_limit_error', 'budget_exhausted', 1],
      [400, 'invalid_request_error', 'invalid_request', 1],
      [401, 'authentication_error', 'invalid_api_key', 1],
    ])('%i %s %s with two retries allowed: %i requests', async (status, type, code, count) => {
      const server = await scriptedServer(json(status, envelope(type, code), SOON));
      const error = await rejection(generateText({ model: modelOf(server), prompt: 'hi', maxRetries: 2 }));
      const last: unknown = count === 1 ? error : Reflect.get(Object(error), 'lastError');
      expect(APICallError.isInstance(last)).toBe(true);
      expect(last).toMatchObject({ code, statusCode: status, isRetryable: count > 1 });
      expect(server.requests).toHaveLength(count);
    });

    it('one as the first event rejects the call and is retried', async () => {
      const limited = (exchange: Exchange) => {
        exchange.head(200, { 'content-type': 'text/event-stream', ...SOON });
        exchange.write(frames(LIMITED));
        exchange.end();
      };
      const server = await scriptedServer(limited, limited, sse(HELLO));
      expect(await rejection(modelOf(server).doStream({ prompt: PROMPT }))).toBeInstanceOf(RateLimitError);
      expect(await streamText({ model: modelOf(server), prompt: 'hi', maxRetries: 1 }).text).toBe('hello');
      expect(server.requests).toHaveLength(3);
    });

    it('one in the middle is one error part with the typed error; the text before it is kept', async () => {
      const server = await scriptedServer(sse(frames(chunk({ content: 'hel' }), LIMITED)));
      const onError = vi.fn();
      const parts = await all(streamText({ model: modelOf(server), prompt: 'hi', onError }).fullStream);
      const errors = parts.flatMap((part) => (part.type === 'error' ? [part.error] : []));
      expect(errors).toHaveLength(1);
      expect(errors[0]).toBeInstanceOf(RateLimitError);
      expect(APICallError.isInstance(errors[0])).toBe(true);
      expect(onError).toHaveBeenCalledExactlyOnceWith({ error: errors[0] });
      expect(parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')).toBe('hel');
      expect(parts.at(-1)).toMatchObject({ type: 'finish', finishReason: 'error' });
      expect(server.requests).toHaveLength(1);
    });

    it('a cut stream is one, finishes as `other`, and runs no tool', async () => {
      const call = { index: 0, id: 'a', function: { name: 'double', arguments: '{"n":2}' } };
      const server = await scriptedServer(
        sse(frames(chunk({ content: 'hel' }), chunk({ tool_calls: [call] }))),
      );
      const execute = vi.fn();
      const tools = { double: tool({ inputSchema: z.object({ n: z.number() }), execute }) };
      const result = streamText({ model: modelOf(server), prompt: 'hi', tools, onError: () => {} });
      const parts = await all(result.fullStream);
      expect(parts.filter((part) => part.type === 'error')).toMatchObject([
        { error: { code: 'stream_interrupted', isRetryable: true } },
      ]);
      expect(parts.at(-1)).toMatchObject({ type: 'finish', finishReason: 'other' });
      expect(execute).not.toHaveBeenCalled();
      expect(server.requests).toHaveLength(1);
    });
  });

  describe('aborts', () => {
    it('before the call: no connection', async () => {
      const server = await scriptedServer(sse(HELLO));
      for (const method of ['doGenerate', 'doStream'] as const) {
        const call = modelOf(server)[method]({ prompt: PROMPT, abortSignal: AbortSignal.abort() });
        expect(await rejection(call)).toMatchObject({ name: 'AbortError' });
      }
      expect(server.requests).toHaveLength(0);
    });

    it('the stream ends with the reason and closes the connection', async () => {
      const { script, exchange } = stalled();
      const server = await scriptedServer(script);
      const controller = new AbortController();
      const { stream } = await modelOf(server).doStream({ prompt: PROMPT, abortSignal: controller.signal });
      const reader = stream.getReader();
      while ((await reader.read()).value?.type !== 'text-delta');
      const next = rejection(reader.read());
      controller.abort();
      expect(await next).toBe(controller.signal.reason);
      await (await exchange).closed;
    });

    it('streamText tells of the abort and closes the connection', async () => {
      const { script, exchange } = stalled();
      const server = await scriptedServer(script);
      const controller = new AbortController();
      const onError = vi.fn();
      const abortSignal = controller.signal;
      const { fullStream } = streamText({ model: modelOf(server), prompt: 'hi', abortSignal, onError });
      const types: string[] = [];
      for await (const { type } of fullStream) {
        types.push(type);
        if (type === 'text-delta') controller.abort();
      }
      expect(types.at(-1)).toBe('abort');
      expect(onError).not.toHaveBeenCalled();
      await (await exchange).closed;
    });

    it('a reader that leaves closes the connection', async () => {
      const { script, exchange } = stalled();
      const server = await scriptedServer(script);
      const { stream } = await modelOf(server).doStream({ prompt: PROMPT });
      await stream.cancel();
      await (await exchange).closed;
    });

    it('a stream that nobody holds any more closes the connection', async () => {
      const { script, exchange } = stalled();
      const server = await scriptedServer(script);
      // In a function of its own, so that nothing here keeps the stream.
      const start = async () => void (await modelOf(server).doStream({ prompt: PROMPT }));
      await start();
      const { closed } = await exchange;
      let isClosed = false;
      void closed.then(() => {
        isClosed = true;
      });
      const { gc } = globalThis;
      if (gc === undefined) throw new Error('the test process runs without --expose-gc');
      const collected = () => {
        gc();
        return isClosed;
      };
      await vi.waitUntil(collected, { timeout: 10_000, interval: 20 });
    });
  });

  describe('the provider', () => {
    it('serves a registry, a custom provider and a wrapped model', async () => {
      const server = await scriptedServer(sse(HELLO));
      const auriko = createAuriko(settings(server));
      const middleware = { specificationVersion: 'v3' as const };
      const models = [
        createProviderRegistry({ auriko }).languageModel('auriko:m:ttft'),
        customProvider({ languageModels: { fast: auriko('m:ttft') } }).languageModel('fast'),
        wrapLanguageModel({ model: auriko.chat('m:ttft'), middleware }),
      ];
      for (const [index, model] of models.entries()) {
        expect(await streamText({ model, prompt: 'hi' }).text).toBe('hello');
        expect(bodyOf(server, index).model).toBe('m:ttft');
      }
      expect(auriko.transport?.name).toBe(transport.name);
    });

    it('embeds', async () => {
      const data = [{ index: 0, embedding: [0.5, 1] }];
      const server = await scriptedServer(json(200, { data, usage: { prompt_tokens: 3 } }));
      const model = createAuriko(settings(server)).embeddingModel('e');
      const { embedding, usage } = await embed({ model, value: 'hi' });
      expect([embedding, usage]).toEqual([[0.5, 1], { tokens: 3 }]);
      expect(server.requests[0]?.path).toBe('/v1/embeddings');
    });

    it('refuses kinds of models that Auriko does not serve', () => {
      const auriko = createAuriko();
      expect(auriko.specificationVersion).toBe('v3');
      expect(auriko('m')).toMatchObject({
        specificationVersion: 'v3',
        provider: 'auriko.chat',
        modelId: 'm',
      });
      expect(() => auriko.imageModel('x')).toThrow(
        expect.toSatisfy((error) => NoSuchModelError.isInstance(error)),
      );
    });
  });
});
