// The provider under `ai`: what users do with it (ai-sdk-provider.md §6, §7, §12.4).

import { APICallError, type LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { generateText, isStepCount, Output, StreamProviderError, streamText, tool } from 'ai';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type AurikoProviderSettings, createAuriko } from '../ts/index.js';
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
/** Keeps the waits of `ai` between attempts short. */
const SOON = { 'retry-after-ms': '1' };
const HELLO = frames(
  chunk({ role: 'assistant', content: '' }),
  chunk({ content: 'hel' }),
  chunk({ content: 'lo' }),
  ...ending(),
);
const LIMITED = envelope('rate_limit_error', 'rate_limit_exceeded');

const reply = (message: unknown, finish_reason = 'stop') => ({
  id: 'c1',
  model: 'm-1',
  choices: [{ index: 0, message, finish_reason }],
  usage: { prompt_tokens: 3, completion_tokens: 2 },
});
const toolCall = (id: string, text: string) => ({
  id,
  type: 'function',
  function: { name: 'double', arguments: text },
});

/** A stream that says `text` and then waits for the client to leave. */
function stalled(text: string): { script: (exchange: Exchange) => void; exchange: Promise<Exchange> } {
  let found: (exchange: Exchange) => void = () => {};
  const exchange = new Promise<Exchange>((resolve) => {
    found = resolve;
  });
  const script = (open: Exchange) => {
    if (text !== '') {
      open.head(200, { 'content-type': 'text/event-stream' });
      open.write(text);
    }
    found(open);
  };
  return { script, exchange };
}

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

describe.each(transports)('`ai` over %s', (_name, transport) => {
  const modelOf = (server: ScriptedServer, more: AurikoProviderSettings = {}) =>
    createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url, ...more })('m');
  const quiet = { onError: () => {} };

  describe('results', () => {
    it('generateText gives text, reasoning, usage, finish and metadata', async () => {
      const server = await scriptedServer(
        json(200, reply({ content: 'hello', reasoning_content: 'hm' }), { 'x-request-id': 'r1' }),
      );
      const result = await generateText({ model: modelOf(server), prompt: 'hi' });
      expect([result.text, result.reasoningText, result.finishReason]).toEqual(['hello', 'hm', 'stop']);
      expect(result.usage).toMatchObject({ inputTokens: 3, outputTokens: 2, totalTokens: 5 });
      expect(result.providerMetadata).toEqual({ auriko: { requestId: 'r1' } });
    });

    it('streamText gives text, usage, finish and metadata', async () => {
      const server = await scriptedServer(sse(HELLO));
      const result = streamText({ model: modelOf(server), prompt: 'hi' });
      expect((await all(result.textStream)).join('')).toBe('hello');
      expect(await result.finishReason).toBe('stop');
      expect(await result.usage).toMatchObject({ inputTokens: 3, outputTokens: 2 });
      expect(await result.providerMetadata).toEqual({ auriko: { requestId: 'req_test' } });
      expect((await result.response).id).toBe('c1');
    });

    it('Output.object is asked for as a strict schema and parsed', async () => {
      const server = await scriptedServer(json(200, reply({ content: '{"city":"Bern"}' })));
      const schema = z.object({ city: z.string() });
      const { output } = await generateText({
        model: modelOf(server),
        prompt: 'hi',
        output: Output.object({ schema }),
      });
      expect(output).toEqual({ city: 'Bern' });
      expect(JSON.parse(server.requests[0]?.body ?? '').response_format).toMatchObject({
        type: 'json_schema',
        json_schema: { name: 'response', strict: true, schema: { properties: { city: { type: 'string' } } } },
      });
    });
  });

  describe('tool loops', () => {
    const tools = {
      double: tool({
        inputSchema: z.object({ n: z.number() }),
        execute: async ({ n }) => ({ twice: n * 2 }),
      }),
    };
    const options = { tools, stopWhen: isStepCount(3), prompt: 'double 2 and 3' };
    const SECOND = [
      { role: 'user', content: 'double 2 and 3' },
      {
        role: 'assistant',
        content: null,
        reasoning_content: 'hm',
        reasoning: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }],
        tool_calls: [{ ...toolCall('a', '{"n":2}'), provider_signature: 'ps' }, toolCall('b', '{"n":3}')],
      },
      { role: 'tool', tool_call_id: 'a', content: '{"twice":4}' },
      { role: 'tool', tool_call_id: 'b', content: '{"twice":6}' },
    ];

    it('generateText runs the tools and sends thoughts, calls and results back', async () => {
      const message = {
        content: null,
        reasoning: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }],
        tool_calls: [{ ...toolCall('a', '{"n":2}'), provider_signature: 'ps' }, toolCall('b', '{"n":3}')],
      };
      const server = await scriptedServer(
        json(200, reply(message, 'tool_calls')),
        json(200, reply({ content: 'done' })),
      );
      const result = await generateText({ model: modelOf(server), ...options });
      expect([result.text, result.steps.length]).toEqual(['done', 2]);
      expect(JSON.parse(server.requests[1]?.body ?? '').messages).toEqual(SECOND);
    });

    it.each(['tool_calls', 'stop', 'eos'])('streamText does, when the finish word is %s', async (word) => {
      const first = frames(
        chunk({ role: 'assistant', reasoning_content: 'hm' }),
        chunk({ reasoning_signature: 'sig' }),
        chunk({
          tool_calls: [
            { index: 0, id: 'a', function: { name: 'double', arguments: '' }, provider_signature: 'ps' },
          ],
        }),
        chunk({ tool_calls: [{ index: 1, id: 'b', function: { name: 'double', arguments: '{"n"' } }] }),
        chunk({ tool_calls: [{ index: 0, function: { arguments: '{"n":2}' } }] }),
        chunk({ tool_calls: [{ index: 1, function: { arguments: ':3}' } }] }),
        ...ending(word),
      );
      const server = await scriptedServer(sse(first), sse(HELLO));
      const result = streamText({ model: modelOf(server), ...options });
      expect(await result.text).toBe('hello');
      expect(await result.steps).toHaveLength(2);
      expect(JSON.parse(server.requests[1]?.body ?? '').messages).toEqual(SECOND);
    });

    it('never run calls of a stream that was cut', async () => {
      const cut = frames(
        chunk({ tool_calls: [{ index: 0, id: 'a', function: { name: 'double', arguments: '{"n":2}' } }] }),
      );
      const server = await scriptedServer(sse(cut));
      const execute = vi.fn();
      const spied = { double: tool({ inputSchema: z.object({ n: z.number() }), execute }) };
      const result = streamText({ model: modelOf(server), ...options, ...quiet, tools: spied });
      const parts = await all(result.fullStream);
      expect(parts.filter((part) => part.type === 'error')).toHaveLength(1);
      expect(execute).not.toHaveBeenCalled();
      expect(server.requests).toHaveLength(1);
    });
  });

  describe('aborts', () => {
    it.each(['doGenerate', 'doStream'] as const)(
      'an aborted signal rejects %s before any connection',
      async (method) => {
        const server = await scriptedServer(sse(HELLO));
        const error = await rejection(
          modelOf(server)[method]({ prompt: PROMPT, abortSignal: AbortSignal.abort() }),
        );
        expect(error).toMatchObject({ name: 'AbortError' });
        expect([server.requests.length, server.openConnections()]).toEqual([0, 0]);
      },
    );

    it.each(['doGenerate', 'doStream'] as const)(
      '%s rejects and closes the connection while it waits',
      async (method) => {
        const { script, exchange } = stalled('');
        const server = await scriptedServer(script);
        const controller = new AbortController();
        const call = rejection(modelOf(server)[method]({ prompt: PROMPT, abortSignal: controller.signal }));
        const { closed } = await exchange;
        const reason = new Error('changed my mind');
        controller.abort(reason);
        expect(await call).toMatchObject({ name: 'AbortError', cause: reason });
        await closed;
      },
    );

    it('a stream ends with the reason and closes the connection', async () => {
      const { script, exchange } = stalled(frames(chunk({ content: 'a' })));
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
      const { script, exchange } = stalled(frames(chunk({ content: 'a' })));
      const server = await scriptedServer(script);
      const controller = new AbortController();
      const onError = vi.fn();
      const { fullStream } = streamText({
        model: modelOf(server),
        prompt: 'hi',
        abortSignal: controller.signal,
        onError,
      });
      const types: string[] = [];
      for await (const { type } of fullStream) {
        types.push(type);
        if (type === 'text-delta') controller.abort();
      }
      expect(types.at(-1)).toBe('abort');
      expect(onError).not.toHaveBeenCalled();
      await (await exchange).closed;
    });

    it('an abort behind the end changes nothing', async () => {
      const server = await scriptedServer(sse(HELLO));
      const controller = new AbortController();
      const { stream } = await modelOf(server).doStream({ prompt: PROMPT, abortSignal: controller.signal });
      const parts = await all(stream);
      controller.abort();
      expect(parts.at(-1)).toMatchObject({ type: 'finish' });
    });

    it('no listener stays on the signal, however the call ends', async () => {
      const { script } = stalled(frames(chunk({ content: 'a' })));
      const server = await scriptedServer(
        sse(HELLO),
        json(400, envelope('invalid_request_error', 'invalid_request')),
        json(200, reply({ content: 'hello' })),
        script,
      );
      const { signal } = new AbortController();
      const added = vi.spyOn(signal, 'addEventListener');
      const removed = vi.spyOn(signal, 'removeEventListener');
      const model = modelOf(server);
      const options = { prompt: PROMPT, abortSignal: signal };
      await all((await model.doStream(options)).stream);
      await rejection(model.doStream(options));
      await model.doGenerate(options);
      await (await model.doStream(options)).stream.cancel();
      const listeners = (calls: readonly (readonly unknown[])[]) =>
        new Set(calls.map(([, listener]) => listener));
      expect(added).toHaveBeenCalled();
      expect(listeners(removed.mock.calls)).toEqual(listeners(added.mock.calls));
    });
  });

  describe('retries', () => {
    const RETRIED = [
      [503, 'api_error', 'service_unavailable'],
      [429, 'rate_limit_error', 'rate_limit_exceeded'],
      [502, 'api_error', 'upstream_error'],
    ] as const;
    const FINAL = [
      [429, 'rate_limit_error', 'budget_exhausted'],
      [429, 'rate_limit_error', 'insufficient_quota'],
      [500, 'api_error', 'internal_error'],
      [400, 'invalid_request_error', 'invalid_request'],
      [401, 'authentication_error', 'invalid_api_key'],
    ] as const;

    it.each(RETRIED)('%i %s %s is tried maxRetries + 1 times', async (status, type, code) => {
      const server = await scriptedServer(json(status, envelope(type, code), SOON));
      const error = await rejection(generateText({ model: modelOf(server), prompt: 'hi', maxRetries: 2 }));
      expect(error).toMatchObject({
        name: 'AI_RetryError',
        lastError: { code, statusCode: status, isRetryable: true },
      });
      expect(server.requests).toHaveLength(3);
    });

    it.each(FINAL)('%i %s %s is tried once', async (status, type, code) => {
      const server = await scriptedServer(json(status, envelope(type, code), SOON));
      const error = await rejection(generateText({ model: modelOf(server), prompt: 'hi', maxRetries: 2 }));
      expect(APICallError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({ code, statusCode: status, isRetryable: false });
      expect(server.requests).toHaveLength(1);
    });

    it('streamText retries before the stream', async () => {
      const server = await scriptedServer(
        json(503, envelope('api_error', 'service_unavailable'), SOON),
        sse(HELLO),
      );
      expect(await streamText({ model: modelOf(server), prompt: 'hi', maxRetries: 1 }).text).toBe('hello');
      expect(server.requests).toHaveLength(2);
    });

    it('the core retries none of them on its own', async () => {
      const server = await scriptedServer(json(503, envelope('api_error', 'service_unavailable'), SOON));
      await rejection(modelOf(server).doGenerate({ prompt: PROMPT }));
      await rejection(modelOf(server).doStream({ prompt: PROMPT }));
      expect(server.requests).toHaveLength(2);
    });

    it('an error as the first event rejects the call, and is retried with the headers of the reply', async () => {
      const script = (exchange: Exchange) => {
        exchange.head(200, { 'content-type': 'text/event-stream', 'x-request-id': 'r1', ...SOON });
        exchange.write(frames(LIMITED));
        exchange.end();
      };
      const server = await scriptedServer(script, script, sse(HELLO));
      const model = modelOf(server);
      const error = await rejection(model.doStream({ prompt: PROMPT }));
      expect(error).toMatchObject({
        name: 'RateLimitError',
        statusCode: 429,
        isRetryable: true,
        requestId: 'r1',
      });
      expect(await streamText({ model, prompt: 'hi', maxRetries: 1 }).text).toBe('hello');
      expect(server.requests).toHaveLength(3);
    });

    it('it is one with raw chunks asked for, too', async () => {
      const server = await scriptedServer(sse(frames(LIMITED)));
      const error = await rejection(modelOf(server).doStream({ prompt: PROMPT, includeRawChunks: true }));
      expect(error).toMatchObject({ code: 'rate_limit_exceeded' });
    });

    it('a server that is not there is retryable', async () => {
      const model = createAuriko({ transport, apiKey: 'ak_test', baseURL: 'http://127.0.0.1:1/v1' })('m');
      for (const call of [model.doGenerate({ prompt: PROMPT }), model.doStream({ prompt: PROMPT })]) {
        expect(await rejection(call)).toMatchObject({
          name: 'APIConnectionError',
          isRetryable: true,
          statusCode: undefined,
        });
      }
    });
  });

  describe('errors in the middle', () => {
    const BROKEN = frames(chunk({ content: 'hel' }), LIMITED);

    it('are one error part that says whether to try again; the text before it is kept', async () => {
      const server = await scriptedServer(sse(BROKEN));
      const onError = vi.fn();
      const parts = await all(streamText({ model: modelOf(server), prompt: 'hi', onError }).fullStream);
      const errors = parts.flatMap((part) => (part.type === 'error' ? [part.error] : []));
      expect(errors).toHaveLength(1);
      expect(StreamProviderError.isInstance(errors[0])).toBe(true);
      expect(errors[0]).toMatchObject({ isRetryable: true, statusCode: 429, code: 'rate_limit_exceeded' });
      expect(parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join('')).toBe('hel');
      expect(parts.at(-1)).toMatchObject({ type: 'finish', finishReason: 'error' });
      expect(onError).toHaveBeenCalledTimes(1);
      expect(server.requests).toHaveLength(1);
    });

    it('a connection that breaks is one, and the finish says interrupted', async () => {
      let cut = () => {};
      const server = await scriptedServer((exchange) => {
        exchange.head(200, { 'content-type': 'text/event-stream' });
        exchange.write(frames(chunk({ content: 'hel' })));
        cut = () => exchange.cut();
      });
      const { stream } = await modelOf(server).doStream({ prompt: PROMPT });
      const parts: LanguageModelV4StreamPart[] = [];
      for await (const part of stream) {
        parts.push(part);
        if (part.type === 'text-delta') cut();
      }
      expect(parts.slice(-3)).toMatchObject([
        { type: 'error', error: { code: 'stream_interrupted', isRetryable: true } },
        { type: 'text-end' },
        { type: 'finish', finishReason: { unified: 'interrupted', raw: undefined } },
      ]);
    });

    it('streamRetries starts the stream again', async () => {
      const server = await scriptedServer(sse(BROKEN), sse(HELLO));
      const result = streamText({ model: modelOf(server), prompt: 'hi', streamRetries: 1, ...quiet });
      expect((await all(result.textStream)).join('')).toMatch(/hello$/);
      expect(await result.finishReason).toBe('stop');
      expect(server.requests).toHaveLength(2);
    });

    it('streamRetries frees the connection of the stream that failed', async () => {
      const { script, exchange } = stalled(BROKEN);
      const server = await scriptedServer(script, sse(HELLO));
      const result = streamText({ model: modelOf(server), prompt: 'hi', streamRetries: 1, ...quiet });
      expect(await result.finishReason).toBe('stop');
      await (await exchange).closed;
    });

    it('a limit of ours is one that may be tried again', async () => {
      const { script, exchange } = stalled(frames(chunk({ content: 'a' })));
      const server = await scriptedServer(script);
      const { stream } = await modelOf(server, { timeout: { idleMs: 30 } }).doStream({ prompt: PROMPT });
      expect((await all(stream)).slice(-3)).toMatchObject([
        { type: 'error', error: { code: 'idle_timeout', isRetryable: true } },
        { type: 'text-end' },
        { type: 'finish', finishReason: { unified: 'error' } },
      ]);
      await (await exchange).closed;
    });

    it('limits of the call replace those of the provider', async () => {
      const { script } = stalled('');
      const server = await scriptedServer(script);
      const providerOptions = { auriko: { timeout: { firstByteMs: 30 } } };
      const model = modelOf(server, { timeout: { firstByteMs: 60_000 } });
      for (const method of ['doGenerate', 'doStream'] as const) {
        const error = await rejection(model[method]({ prompt: PROMPT, providerOptions }));
        expect(error).toMatchObject({
          name: 'APIConnectionError',
          code: 'first_byte_timeout',
          isRetryable: true,
        });
      }
    });
  });

  describe('streams', () => {
    it('raw chunks come before their parts, each once', async () => {
      const server = await scriptedServer(sse(HELLO));
      const { stream } = await modelOf(server).doStream({ prompt: PROMPT, includeRawChunks: true });
      const parts = await all(stream);
      const shape = parts.map((part) =>
        part.type === 'raw' ? Reflect.get(Object(part.rawValue), 'choices')?.[0]?.delta?.content : part.type,
      );
      expect(shape).toEqual([
        'stream-start',
        '',
        'response-metadata',
        'hel',
        'text-start',
        'text-delta',
        'lo',
        'text-delta',
        undefined,
        undefined,
        'text-end',
        'finish',
      ]);
    });

    it('raw chunks reach streamText only when asked for', async () => {
      const server = await scriptedServer(sse(HELLO));
      for (const includeRawChunks of [true, false]) {
        const { fullStream } = streamText({ model: modelOf(server), prompt: 'hi', includeRawChunks });
        const raw = (await all(fullStream)).filter((part) => part.type === 'raw');
        expect(raw).toHaveLength(includeRawChunks ? 5 : 0);
      }
    });

    it('doStream resolves at the first data event, not later', async () => {
      const { script, exchange } = stalled(frames(chunk({ role: 'assistant', content: '' })));
      const server = await scriptedServer(script);
      const { stream } = await modelOf(server).doStream({ prompt: PROMPT });
      await stream.cancel();
      await (await exchange).closed;
    });

    it('cancelling closes the connection, also while a reader waits', async () => {
      const { script, exchange } = stalled(frames(chunk({ content: 'a' })));
      const server = await scriptedServer(script);
      const { stream } = await modelOf(server).doStream({ prompt: PROMPT });
      const reader = stream.getReader();
      while ((await reader.read()).value?.type !== 'text-delta');
      const waiting = reader.read();
      await reader.cancel();
      expect((await waiting).done).toBe(true);
      await (await exchange).closed;
    });

    it('leaving a loop over the stream closes the connection', async () => {
      const { script, exchange } = stalled(frames(chunk({ content: 'a' })));
      const server = await scriptedServer(script);
      const { stream } = await modelOf(server).doStream({ prompt: PROMPT });
      for await (const part of stream) if (part.type === 'text-delta') break;
      await (await exchange).closed;
    });

    it.each(['waiting', 'off'] as const)(
      'has no more parts than chunks and four, coalesce %s',
      async (coalesce) => {
        const texts = Array.from({ length: 300 }, (_, index) => `${index} `);
        const chunks = [
          chunk({ role: 'assistant', content: '' }),
          ...texts.map((content) => chunk({ content })),
          ...ending(),
        ];
        const server = await scriptedServer(sse(frames(...chunks)));
        const { stream } = await modelOf(server, { coalesce }).doStream({ prompt: PROMPT });
        const parts = await all(stream);
        expect(parts.length).toBeLessThanOrEqual(chunks.length + 4);
        const deltas = parts.flatMap((part) => (part.type === 'text-delta' ? [part.delta] : []));
        expect(deltas.join('')).toBe(texts.join(''));
        if (coalesce === 'off') expect(deltas).toEqual(texts);
        expect(parts.filter((part) => part.type === 'response-metadata')).toHaveLength(1);
      },
    );

    it('a slow reader gets all of a long text', async () => {
      const texts = Array.from({ length: 2000 }, (_, index) => `${index} `);
      const server = await scriptedServer(
        sse(frames(...texts.map((content) => chunk({ content })), ...ending())),
      );
      const { stream } = await modelOf(server).doStream({ prompt: PROMPT });
      let seen = '';
      for await (const part of stream) {
        if (part.type === 'text-delta') seen += part.delta;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(seen).toBe(texts.join(''));
    });
  });
});
