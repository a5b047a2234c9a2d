// Every recorded stream through every transport, at random byte splits: equal events, and parts that agree with
// values read off the wire by hand.

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import type { CompletionEvent } from '../ts/events.js';
import { createAuriko } from '../ts/index.js';
import { collect, merged, testRequest } from './helpers/collect.js';
import { fixture, fixtureStream, hasFixtures } from './helpers/fixtures.js';
import { type Exchange, scriptedServer } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

/** What the wire says, read by hand (see the files). Long texts by length and the start of their SHA-256. */
interface Expected {
  readonly chunks: number;
  readonly id: string;
  readonly model: string;
  readonly created: number;
  readonly text: string | readonly [length: number, sha256: string];
  readonly reasoning: string | readonly [length: number, sha256: string];
  readonly tools: readonly { readonly id: string; readonly name: string; readonly input: string }[];
  readonly finish: readonly [unified: string, raw: string];
  readonly usage: readonly [
    input: number,
    noCache: number | undefined,
    cacheRead: number | undefined,
    output: number,
    text: number | undefined,
    reasoning: number | undefined,
  ];
}

const u = undefined;
const SAN_FRANCISCO = '{"location": "San Francisco"}';

const EXPECTED: Record<string, Expected> = {
  'alibaba__alibaba-tool-call': {
    chunks: 6,
    id: 'chatcmpl-8e243c57-23b3-9db2-a02e-e3c53929c368',
    model: 'qwen3-max',
    created: 1_770_764_938,
    text: '',
    reasoning: '',
    tools: [{ id: 'call_eee11723464a4b9eb8cee71d', name: 'weather', input: SAN_FRANCISCO }],
    finish: ['tool-calls', 'tool_calls'],
    usage: [295, 295, 0, 22, u, u],
  },
  'deepseek__deepseek-tool-call': {
    chunks: 52,
    id: 'cca85624-4056-401f-b220-d77601d1f70d',
    model: 'deepseek-reasoner',
    created: 1_764_664_568,
    text: '',
    reasoning: [191, 'e9e5190a993cf891'],
    tools: [{ id: 'call_00_ioIn7yN9p1ZOMNpDLwd4MgAF', name: 'weather', input: SAN_FRANCISCO }],
    finish: ['tool-calls', 'tool_calls'],
    usage: [339, 19, 320, 83, 44, 39],
  },
  'groq__groq-tool-call': {
    chunks: 3,
    id: 'chatcmpl-b610d559-f156-4aca-8827-24b4fe6af54f',
    model: 'llama-3.3-70b-versatile',
    created: 1_770_770_843,
    text: '',
    reasoning: '',
    tools: [{ id: 'tk85n1k4m', name: 'weather', input: '{}' }],
    finish: ['tool-calls', 'tool_calls'],
    usage: [210, u, u, 15, u, u],
  },
  'mistral__mistral-text': {
    chunks: 8,
    id: '5319bd0299614c679a0068a4f2c8ffd0',
    model: 'mistral-small-latest',
    created: 1_769_088_720,
    text: 'Hello, world! This is a test response.',
    reasoning: '',
    tools: [],
    finish: ['stop', 'stop'],
    usage: [13, u, u, 8, u, u],
  },
  'moonshotai__moonshotai-stream': {
    chunks: 4,
    id: 'chatcmpl-stream',
    model: 'kimi-k3',
    created: 1_785_880_003,
    text: 'Hello!',
    reasoning: 'Thinking aloud. ',
    tools: [],
    finish: ['stop', 'stop'],
    usage: [9, u, u, 12, 5, 7],
  },
  'openai__openai-text': {
    chunks: 303,
    id: 'chatcmpl-D8Z5oo6uDh67AD85p73ksdT1KxhE0',
    model: 'gpt-4.1-nano-2025-04-14',
    created: 1_770_933_892,
    text: [1724, '53b2d9e583d02b3f'],
    reasoning: '',
    tools: [],
    finish: ['stop', 'stop'],
    usage: [16, 16, 0, 300, 300, 0],
  },
  'xai__xai-text': {
    chunks: 8,
    id: '7327b9f5-1c2f-0a15-3fef-c14a71c460d3',
    model: 'grok-3-mini',
    created: 1_770_774_058,
    text: 'Hello',
    reasoning: 'First, the user said',
    tools: [],
    finish: ['stop', 'stop'],
    // Its reasoning tokens are not part of its completion tokens: what is left of 1 - 290 is 0, not -289.
    usage: [12, 1, 11, 1, 0, 290],
  },
};

/**
 * Where even the fewest legal parts (`fewestParts`) are more than chunks and four, unless deltas happen to be merged:
 * thinking and then text are two blocks, so seven parts beside the deltas. In Moonshot's every chunk has a delta, its last
 * also the finish and the usage: 4 + 7 parts for 4 chunks. In xAI's six of eight have: 6 + 7 for 8. DeepSeek's thinking
 * and then a tool call are eight parts beside the deltas, and all but three of its 52 chunks have one: 49 + 8. The others
 * have one block, or more chunks without a delta.
 */
const MORE_THAN_FOUR: Record<string, number> = {
  'deepseek__deepseek-tool-call': 1,
  'moonshotai__moonshotai-stream': 3,
  'xai__xai-text': 1,
};

type Delta = Record<'content' | 'reasoning_content' | 'reasoning', unknown> & {
  readonly tool_calls?: readonly { readonly function?: { readonly arguments?: unknown } }[] | null;
};

/**
 * The fewest parts that may follow from a recorded stream when no delta is merged, read off its chunks: start, identity
 * and finish; two ends of each block; input start, input end and call of each tool; and every delta.
 */
function fewestParts(name: string, toolCalls: number): number {
  let parts = 3 + 3 * toolCalls;
  let block = '';
  const isText = (value: unknown) => typeof value === 'string' && value !== '';
  const say = (kind: string, isDelta: boolean) => {
    if (block !== kind && kind !== 'tool') parts += 2;
    block = kind;
    if (isDelta) parts += 1;
  };
  for (const { choices } of chunksOf<{ choices?: { delta?: Delta }[] }>(name)) {
    const delta = choices?.[0]?.delta;
    if (isText(delta?.reasoning_content) || isText(delta?.reasoning)) say('reasoning', true);
    if (isText(delta?.content)) say('text', true);
    for (const call of delta?.tool_calls ?? []) say('tool', isText(call.function?.arguments));
  }
  return parts;
}

function chunksOf<T>(name: string): T[] {
  return fixture(`${name}.chunks.txt`)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as T);
}

/** Pseudo-random numbers from a seed, so that a failing split can be had again (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Sends the bytes in random pieces, each in a turn of the event loop of its own. */
function inPieces(body: string, seed: number) {
  return async (exchange: Exchange) => {
    const bytes = Buffer.from(body);
    const random = randomFrom(seed);
    const cuts = Array.from({ length: 60 }, () => Math.floor(random() * bytes.length)).sort((a, b) => a - b);
    exchange.head(200, { 'content-type': 'text/event-stream' });
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      exchange.write(bytes.subarray(from, to));
      from = to;
      await setImmediate();
    }
    exchange.end();
  };
}

function fingerprint(text: string): string | [number, string] {
  return text.length < 70
    ? text
    : [text.length, createHash('sha256').update(text).digest('hex').slice(0, 16)];
}

const names = Object.keys(EXPECTED);

describe.skipIf(!hasFixtures)('recorded streams', () => {
  it.each(names)('%s: native and fetch deliver equal events at any split', async (name) => {
    const body = fixtureStream(`${name}.chunks.txt`);
    const seen: CompletionEvent[][] = [];
    for (const seed of [1, 2, 3]) {
      for (const [, transport] of transports) {
        const server = await scriptedServer(inPieces(body, seed));
        const { events, outcome } = await collect(transport, testRequest(server.url));
        expect(outcome).toEqual({ type: 'done' });
        seen.push(events);
      }
    }
    for (const events of seen.slice(1)) expect(events).toEqual(seen[0]);
  });

  describe.each(transports)('over %s', (_, transport) => {
    it.each(names)('%s: the parts say what the wire says', async (name) => {
      const expected = EXPECTED[name];
      if (expected === undefined) throw new Error(`nothing is known of ${name}`);
      const body = fixtureStream(`${name}.chunks.txt`);
      expect(body.split('\n\n').length - 2).toBe(expected.chunks);
      const server = await scriptedServer(inPieces(body, 7));
      const model = createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url })('m');
      const { stream } = await model.doStream({
        prompt: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      });
      const parts: LanguageModelV4StreamPart[] = [];
      for await (const part of stream) parts.push(part);

      const of = <T extends LanguageModelV4StreamPart['type']>(type: T) =>
        parts.filter((part): part is Extract<LanguageModelV4StreamPart, { type: T }> => part.type === type);
      const text = of('text-delta')
        .map((part) => part.delta)
        .join('');
      const reasoning = of('reasoning-delta')
        .map((part) => part.delta)
        .join('');
      expect(fingerprint(text)).toEqual(expected.text);
      expect(fingerprint(reasoning)).toEqual(expected.reasoning);
      expect(of('tool-call')).toEqual(
        expected.tools.map(({ id, name, input }) => ({
          type: 'tool-call',
          toolCallId: id,
          toolName: name,
          input,
        })),
      );
      for (const { id, input } of expected.tools) {
        const deltas = of('tool-input-delta').filter((part) => part.id === id);
        expect(deltas.map((part) => part.delta).join('')).toBe(input);
      }
      expect(of('response-metadata')).toEqual([
        {
          type: 'response-metadata',
          id: expected.id,
          timestamp: new Date(expected.created * 1000),
          modelId: expected.model,
        },
      ]);
      const [finish, ...more] = of('finish');
      expect(more).toEqual([]);
      expect(finish).toBe(parts.at(-1));
      const [unified, raw] = expected.finish;
      expect(finish?.finishReason).toEqual({ unified, raw });
      const [input, noCache, cacheRead, output, textTokens, reasoningTokens] = expected.usage;
      expect(finish?.usage).toEqual({
        inputTokens: { total: input, noCache, cacheRead, cacheWrite: undefined },
        outputTokens: { total: output, text: textTokens, reasoning: reasoningTokens },
        raw: lastUsage(name),
      });
      expect(of('error')).toEqual([]);
      // Blocks are well-formed: every start has its end.
      for (const kind of ['text', 'reasoning', 'tool-input'] as const) {
        expect(of(`${kind}-start`).map((part) => part.id)).toEqual(of(`${kind}-end`).map((part) => part.id));
      }
      // Nothing but start, metadata, finish, and the markers of blocks and calls is there beside the deltas.
      const deltas = parts.filter((part) => part.type.endsWith('-delta')).length;
      const blocks = of('text-start').length + of('reasoning-start').length;
      expect(parts.length - deltas).toBe(3 + 2 * blocks + 3 * expected.tools.length);
      expect(parts.length).toBeLessThanOrEqual(expected.chunks + 4 + (MORE_THAN_FOUR[name] ?? 0));
    });
  });

  it.each(names)('%s: the fewest legal parts exceed chunks and four only where it says so', (name) => {
    const { chunks = 0, tools = [] } = EXPECTED[name] ?? {};
    const more = fewestParts(name, tools.length) - (chunks + 4);
    expect(Math.max(0, more)).toBe(MORE_THAN_FOUR[name] ?? 0);
  });

  describe.each(transports)('over %s', (_, transport) => {
    it.each(names)('%s: the parts are the fewest legal ones, and fewer when deltas wait', async (name) => {
      const fewest = fewestParts(name, EXPECTED[name]?.tools.length ?? 0);
      const count = async (coalesce: 'off' | 'waiting') => {
        const server = await scriptedServer(inPieces(fixtureStream(`${name}.chunks.txt`), 3));
        const model = createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url, coalesce })('m');
        const { stream } = await model.doStream({
          prompt: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
        });
        let parts = 0;
        for await (const _part of stream) parts += 1;
        return parts;
      };
      expect(await count('off')).toBe(fewest);
      expect(await count('waiting')).toBeLessThanOrEqual(fewest);
    });
  });

  it('over all streams the parts are at most the chunks and four for each stream', async () => {
    const [first] = transports;
    if (first === undefined) throw new Error('there is no transport');
    let parts = 0;
    let allowed = 0;
    for (const [name, { chunks }] of Object.entries(EXPECTED)) {
      const server = await scriptedServer(inPieces(fixtureStream(`${name}.chunks.txt`), 5));
      const model = createAuriko({
        transport: first[1],
        apiKey: 'ak_test',
        baseURL: server.url,
        coalesce: 'off',
      })('m');
      const { stream } = await model.doStream({
        prompt: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      });
      for await (const _part of stream) parts += 1;
      allowed += chunks + 4;
    }
    expect(parts).toBeLessThanOrEqual(allowed);
  });

  it('merging changes how deltas are cut, and nothing else', async () => {
    const body = fixtureStream('openai__openai-text.chunks.txt');
    const [first] = transports;
    if (first === undefined) throw new Error('there is no transport');
    const server = await scriptedServer(inPieces(body, 11));
    const off = await collect(first[1], testRequest(server.url));
    const on = await collect(first[1], testRequest(server.url), { coalesce: 'waiting' });
    expect(merged(on.events)).toEqual(merged(off.events));
  });
});

function lastUsage(name: string): unknown {
  return chunksOf<{ usage?: unknown }>(name).findLast((chunk) => chunk.usage)?.usage;
}
