// The provider in the places where `ai` puts one: registries, wrappers, bare strings, telemetry, outputs, loops, limits
// (ai-sdk-provider.md §12.3 and §12.4).

import type { LanguageModelV4, LanguageModelV4Prompt, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import {
  createProviderRegistry,
  customProvider,
  embed,
  generateText,
  isStepCount,
  Output,
  streamText,
  tool,
  wrapLanguageModel,
  wrapProvider,
} from 'ai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type AurikoProvider, type AurikoProviderSettings, createAuriko } from '../ts/index.js';
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
  USAGE,
} from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const PROMPT: LanguageModelV4Prompt = [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }];
const middleware = { specificationVersion: 'v4' as const };
const HELLO = sse(
  frames(chunk({ role: 'assistant', content: '' }), chunk({ content: 'hello' }), ...ending()),
);

const reply = (message: Record<string, unknown>, finish_reason = 'stop') =>
  json(200, { id: 'c1', model: 'm-1', choices: [{ index: 0, message, finish_reason }], usage: USAGE });
const toolCall = (id: string, n: number) => ({
  id,
  type: 'function',
  function: { name: 'double', arguments: JSON.stringify({ n }) },
});

/** Says `text`, then nothing. */
const stalled = (text: string) => (exchange: Exchange) => {
  exchange.head(200, { 'content-type': 'text/event-stream' });
  exchange.write(text);
};

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

/** Parts of a stream; what is different in every run is left out. */
async function partsOf(model: LanguageModelV4): Promise<LanguageModelV4StreamPart[]> {
  return all((await model.doStream({ prompt: PROMPT })).stream);
}

afterEach(() => {
  globalThis.AI_SDK_DEFAULT_PROVIDER = undefined;
});

describe.each(transports)('integration over %s', (_name, transport) => {
  const provider = (server: ScriptedServer, more: AurikoProviderSettings = {}) =>
    createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url, ...more });
  const bodies = (server: ScriptedServer) => server.requests.map(({ body }) => JSON.parse(body));

  describe.each<[string, (auriko: AurikoProvider) => LanguageModelV4]>([
    ['a registry', (auriko) => createProviderRegistry({ auriko }).languageModel('auriko:m')],
    [
      'a custom provider',
      (auriko) => customProvider({ languageModels: { mine: auriko('m') } }).languageModel('mine'),
    ],
    ['a fallback provider', (auriko) => customProvider({ fallbackProvider: auriko }).languageModel('m')],
    ['a wrapped model', (auriko) => wrapLanguageModel({ model: auriko('m'), middleware })],
    [
      'a wrapped provider',
      (auriko) => wrapProvider({ provider: auriko, languageModelMiddleware: middleware }).languageModel('m'),
    ],
  ])('%s', (_kind, wrap) => {
    it('gives the very results of a direct call', async () => {
      const server = await scriptedServer(reply({ content: 'hello' }), reply({ content: 'hello' }), HELLO);
      const auriko = provider(server);
      const model = wrap(auriko);
      expect(model).toMatchObject({ specificationVersion: 'v4', provider: 'auriko.chat', modelId: 'm' });
      const direct = await auriko('m').doGenerate({ prompt: PROMPT });
      expect(await model.doGenerate({ prompt: PROMPT })).toEqual(direct);
      expect(direct.usage.inputTokens.total).toBe(3);
      expect(direct.finishReason).toEqual({ unified: 'stop', raw: 'stop' });
      expect(await partsOf(model)).toEqual(await partsOf(auriko('m')));
    });

    it('keeps the URLs that need no download', async () => {
      const server = await scriptedServer(HELLO);
      const supported = await wrap(provider(server)).supportedUrls;
      expect(supported['image/*']?.some((pattern) => pattern.test('https://a.test/x.png'))).toBe(true);
    });
  });

  it('a registry has the embedding models too', async () => {
    const server = await scriptedServer(json(200, { data: [{ index: 0, embedding: [1] }] }));
    const model = createProviderRegistry({ auriko: provider(server) }).embeddingModel('auriko:e');
    expect((await embed({ model, value: 'one' })).embedding).toEqual([1]);
    expect(bodies(server)[0].model).toBe('e');
  });

  it('responses(id) is a model of the Responses endpoint, of this provider', async () => {
    const message = { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hello' }] };
    const server = await scriptedServer(
      json(200, { id: 'r1', object: 'response', status: 'completed', model: 'm-1', output: [message] }),
    );
    const model = provider(server, { name: 'mine' }).responses('m');
    expect(model).toMatchObject({ specificationVersion: 'v4', provider: 'mine.responses', modelId: 'm' });
    expect((await generateText({ model, prompt: 'hi' })).text).toBe('hello');
    expect([server.requests[0]?.path, bodies(server)[0].model]).toEqual(['/v1/responses', 'm']);
  });

  it('AI_SDK_DEFAULT_PROVIDER serves bare strings', async () => {
    const server = await scriptedServer(reply({ content: 'hello' }), HELLO);
    globalThis.AI_SDK_DEFAULT_PROVIDER = provider(server);
    const { text, usage, finishReason } = await generateText({ model: 'm:ttft', prompt: 'hi' });
    expect([text, finishReason, usage.totalTokens]).toEqual(['hello', 'stop', 5]);
    const streamed = streamText({ model: 'm', prompt: 'hi' });
    expect(await streamed.text).toBe('hello');
    expect(await streamed.usage).toEqual(usage);
    expect(bodies(server).map(({ model }) => model)).toEqual(['m:ttft', 'm']);
  });

  it('telemetry knows the origin of the request', async () => {
    const server = await scriptedServer(reply({ content: 'hello' }), HELLO);
    const model = provider(server)('m');
    const onLanguageModelCallEnd = vi.fn();
    const telemetry = { integrations: [{ onLanguageModelCallEnd }] };
    await generateText({ model, prompt: 'hi', telemetry });
    await streamText({ model, prompt: 'hi', telemetry }).text;
    const { origin } = new URL(server.url);
    expect(onLanguageModelCallEnd.mock.calls).toMatchObject([
      [{ finishReason: 'stop', request: { url: origin }, responseId: 'c1' }],
      [{ finishReason: 'stop', request: { url: origin }, responseId: 'c1' }],
    ]);
  });

  it('response metadata comes once, and before any text', async () => {
    const server = await scriptedServer(HELLO);
    const types = (await partsOf(provider(server)('m'))).map(({ type }) => type);
    expect(types.filter((type) => type === 'response-metadata')).toHaveLength(1);
    expect(types.slice(0, 3)).toEqual(['stream-start', 'response-metadata', 'text-start']);
  });

  it('Output.array and Output.choice are asked for as schemas and parsed', async () => {
    const cities = { elements: [{ city: 'Bern' }, { city: 'Biel' }] };
    const server = await scriptedServer(
      reply({ content: JSON.stringify(cities) }),
      reply({ content: '{"result":"no"}' }),
      sse(
        frames(
          chunk({ content: '{"elements":[{"city":"Bern"},' }),
          chunk({ content: '{"city":"Biel"}]}' }),
          ...ending(),
        ),
      ),
    );
    const model = provider(server)('m');
    const array = Output.array({ element: z.object({ city: z.string() }) });
    expect((await generateText({ model, prompt: 'hi', output: array })).output).toEqual(cities.elements);
    const choice = Output.choice({ options: ['yes', 'no'] });
    expect((await generateText({ model, prompt: 'hi', output: choice })).output).toBe('no');
    const streamed = streamText({ model, prompt: 'hi', output: array });
    expect(await all(streamed.elementStream)).toEqual(cities.elements);
    for (const { response_format: format } of bodies(server)) {
      expect(format).toMatchObject({ type: 'json_schema', json_schema: { strict: true } });
    }
  });

  describe('a tool loop of three steps', () => {
    const tools = {
      double: tool({ inputSchema: z.object({ n: z.number() }), execute: async ({ n }) => n * 2 }),
    };
    const options = { tools, stopWhen: isStepCount(5), prompt: 'double 1 twice' };
    const MESSAGES = [
      { role: 'user', content: 'double 1 twice' },
      { role: 'assistant', content: null, tool_calls: [toolCall('a', 1)] },
      { role: 'tool', tool_call_id: 'a', content: '2' },
      { role: 'assistant', content: null, tool_calls: [toolCall('b', 2)] },
      { role: 'tool', tool_call_id: 'b', content: '4' },
    ];

    it('runs whole', async () => {
      const server = await scriptedServer(
        reply({ content: null, tool_calls: [toolCall('a', 1)] }, 'tool_calls'),
        reply({ content: null, tool_calls: [toolCall('b', 2)] }, 'tool_calls'),
        reply({ content: 'done: 4' }),
      );
      const result = await generateText({ model: provider(server)('m'), ...options });
      expect([result.text, result.steps.length, result.usage.totalTokens]).toEqual(['done: 4', 3, 15]);
      expect(bodies(server).map(({ messages }) => messages.length)).toEqual([1, 3, 5]);
      expect(bodies(server)[2].messages).toEqual(MESSAGES);
    });

    it('runs streamed', async () => {
      const step = (id: string, n: number) =>
        sse(frames(chunk({ tool_calls: [{ index: 0, ...toolCall(id, n) }] }), ...ending('tool_calls')));
      const server = await scriptedServer(step('a', 1), step('b', 2), HELLO);
      const result = streamText({ model: provider(server)('m'), ...options });
      expect(await result.text).toBe('hello');
      expect((await result.steps).map(({ finishReason }) => finishReason)).toEqual([
        'tool-calls',
        'tool-calls',
        'stop',
      ]);
      expect(bodies(server)[2].messages).toEqual(MESSAGES);
    });
  });

  describe("`ai`'s own limits", () => {
    it.each([{ totalMs: 40 }, { stepMs: 40 }])(
      'generateText with %j closes the connection',
      async (timeout) => {
        let closed: Promise<void> | undefined;
        const server = await scriptedServer((exchange) => {
          closed = exchange.closed;
        });
        const call = generateText({ model: provider(server)('m'), prompt: 'hi', timeout });
        await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
        await closed;
        expect(server.requests).toHaveLength(1);
      },
    );

    it.each([{ chunkMs: 40 }, { totalMs: 40 }])(
      'streamText with %j closes the connection',
      async (timeout) => {
        let closed: Promise<void> | undefined;
        const server = await scriptedServer((exchange) => {
          closed = exchange.closed;
          stalled(frames(chunk({ content: 'a' })))(exchange);
        });
        const { fullStream } = streamText({
          model: provider(server)('m'),
          prompt: 'hi',
          timeout,
          onError() {},
        });
        expect((await all(fullStream)).map(({ type }) => type)).toContain('text-delta');
        await closed;
        expect(server.requests).toHaveLength(1);
      },
    );

    it('streamRetries try n more times, and no more', async () => {
      const broken = sse(
        frames(chunk({ content: 'a' }), envelope('rate_limit_error', 'rate_limit_exceeded')),
      );
      const server = await scriptedServer(broken);
      const result = streamText({
        model: provider(server)('m'),
        prompt: 'hi',
        streamRetries: 2,
        onError() {},
      });
      const errors = (await all(result.fullStream)).filter(({ type }) => type === 'error');
      expect(errors.length).toBeGreaterThan(0);
      expect(server.requests).toHaveLength(3);
    });
  });
});
