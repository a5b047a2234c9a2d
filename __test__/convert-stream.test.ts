// Events to stream parts (ai-sdk-provider.md §3.5, §3.6, §5.3 to §5.5, §6.3), and the queue that holds the parts.

import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, it, vi } from 'vitest';
import { StreamConverter } from '../ts/ai-sdk/convert-stream.js';
import { convertUsage } from '../ts/ai-sdk/convert-usage.js';
import { PartQueue } from '../ts/ai-sdk/part-queue.js';
import { AurikoAPIError, type AurikoAPIError as AurikoError } from '../ts/errors.js';
import type { CompletionEvent, ResponseHead, StreamOutcome, TransportFailure } from '../ts/events.js';

type Part = LanguageModelV4StreamPart;
type Event = CompletionEvent | { type: 'raw'; chunk: unknown };

const DONE: StreamOutcome = { type: 'done' };
const EOF: StreamOutcome = { type: 'eof' };
const failed = (failure: Partial<TransportFailure>): StreamOutcome => ({
  type: 'failed',
  failure: { kind: 'interrupted', message: 'broken', ...failure },
});
const BROKEN = failed({});

/** A queue that never merges, a converter on it, and what became of the request. */
function open({ merge = false, wantsLogprobs = false } = {}) {
  const consumed = vi.fn();
  const cancelled = vi.fn();
  const onEnd = vi.fn();
  const queue = new PartQueue(merge, { consumed, cancelled });
  const accepted = vi.fn<(head: ResponseHead) => void>();
  const refused = vi.fn<(error: AurikoError) => void>();
  const context = { url: 'https://api.test/v1/chat/completions?key=1', requestBody: '{"model":"m"}' };
  const converter = new StreamConverter(
    queue,
    { context, warnings: [{ type: 'other', message: 'w' }], wantsLogprobs, onEnd },
    { accepted, refused },
  );
  const send = (...events: Event[]) => {
    for (const event of events) {
      // As the transports do it: frequent events have methods of their own.
      if (event.type === 'text') converter.text(event.delta);
      else if (event.type === 'reasoning') converter.reasoning(event.delta);
      else if (event.type === 'raw') converter.raw(event.chunk);
      else if (event.type === 'tool-call' && event.id === undefined && event.name === undefined)
        converter.toolArguments(event.index ?? -1, event.arguments);
      else converter.event(event);
    }
  };
  return { queue, converter, send, accepted, refused, consumed, cancelled, onEnd };
}

async function drain(stream: ReadableStream<Part>): Promise<Part[]> {
  const parts: Part[] = [];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parts;
    parts.push(value);
  }
}

/** All parts between `stream-start` and `finish`, and these two. */
async function run(
  events: Event[],
  outcome: StreamOutcome = DONE,
  options: { wantsLogprobs?: boolean } = {},
) {
  const { queue, converter, send, onEnd } = open(options);
  converter.head({ status: 200, headers: { 'x-request-id': 'req_1' } });
  send(...events);
  converter.end(outcome);
  const all = await drain(queue.stream);
  expect(onEnd).toHaveBeenCalledTimes(1);
  expect(all[0]).toEqual({ type: 'stream-start', warnings: [{ type: 'other', message: 'w' }] });
  const finish = all.at(-1);
  if (finish?.type !== 'finish') throw new Error('the last part is no finish');
  const parts = all.slice(1, -1);
  expectLegalOrder(parts);
  return { parts, finish, errors: parts.flatMap((part) => (part.type === 'error' ? [part.error] : [])) };
}

/** Every block is opened once, closed once, and used only in between. */
function expectLegalOrder(parts: readonly Part[]): void {
  const state = new Map<string, 'open' | 'closed'>();
  for (const part of parts) {
    const [, kind, step] = /^(text|reasoning|tool-input)-(start|delta|end)$/.exec(part.type) ?? [];
    if (kind === undefined || !('id' in part)) continue;
    const key = `${kind} ${part.id}`;
    expect([part.type, state.get(key)]).toEqual([part.type, step === 'start' ? undefined : 'open']);
    state.set(key, step === 'end' ? 'closed' : 'open');
  }
  expect([...state.values()].filter((value) => value === 'open')).toEqual([]);
}

const text = (delta: string): Event => ({ type: 'text', delta });
const thought = (delta: string): Event => ({ type: 'reasoning', delta });
const finish = (reason: string, native?: string): Event => ({
  type: 'finish',
  reason,
  ...(native === undefined ? {} : { native }),
});
const call = (more: Partial<Extract<CompletionEvent, { type: 'tool-call' }>>): Event => ({
  type: 'tool-call',
  arguments: '',
  ...more,
});
const block = (kind: 'text' | 'reasoning', id: string, ...deltas: string[]): Part[] => [
  { type: `${kind}-start`, id },
  ...deltas.map((delta): Part => ({ type: `${kind}-delta`, id, delta })),
  { type: `${kind}-end`, id },
];
const toolCalls = (parts: readonly Part[]) =>
  parts.flatMap((part) => (part.type === 'tool-call' ? [[part.toolCallId, part.toolName, part.input]] : []));

describe('events to parts', () => {
  const citation = {
    type: 'url_citation',
    url_citation: { url: 'https://a.test', title: 'A', start_index: 0, end_index: 2 },
  };
  const source = { type: 'source', sourceType: 'url', id: 's0', url: 'https://a.test', title: 'A' } as const;

  it.each<[string, Event[], Part[]]>([
    [
      'identity is response metadata',
      [{ type: 'meta', id: 'c1', model: 'm-1', created: 1_700_000_000 }],
      [{ type: 'response-metadata', id: 'c1', modelId: 'm-1', timestamp: new Date(1_700_000_000_000) }],
    ],
    [
      'what is unknown of the identity is absent',
      [{ type: 'meta', id: 'c1' }],
      [{ type: 'response-metadata', id: 'c1' }],
    ],
    ['text is one block', [text('a'), text('b')], block('text', 't0', 'a', 'b')],
    [
      'thinking is closed before text',
      [thought('a'), text('b')],
      [...block('reasoning', 'r0', 'a'), ...block('text', 't0', 'b')],
    ],
    [
      'thinking after text opens a new block with a new id',
      [thought('a'), text('b'), thought('c'), text('d')],
      [
        ...block('reasoning', 'r0', 'a'),
        ...block('text', 't0', 'b'),
        ...block('reasoning', 'r1', 'c'),
        ...block('text', 't1', 'd'),
      ],
    ],
    [
      'a signature goes once, on the end of its block',
      [thought('a'), thought('b'), { type: 'signature', signature: 's' }, text('c')],
      [
        { type: 'reasoning-start', id: 'r0' },
        { type: 'reasoning-delta', id: 'r0', delta: 'a' },
        { type: 'reasoning-delta', id: 'r0', delta: 'b' },
        { type: 'reasoning-end', id: 'r0', providerMetadata: { auriko: { signature: 's' } } },
        ...block('text', 't0', 'c'),
      ],
    ],
    [
      'thinking behind a signature is a block that the signature does not cover',
      [thought('a'), { type: 'signature', signature: 's' }, thought('b')],
      [
        { type: 'reasoning-start', id: 'r0' },
        { type: 'reasoning-delta', id: 'r0', delta: 'a' },
        { type: 'reasoning-end', id: 'r0', providerMetadata: { auriko: { signature: 's' } } },
        ...block('reasoning', 'r1', 'b'),
      ],
    ],
    [
      'a signature without visible thinking is a block of its own',
      [{ type: 'signature', signature: 's' }],
      [
        { type: 'reasoning-start', id: 'r0' },
        { type: 'reasoning-end', id: 'r0', providerMetadata: { auriko: { signature: 's' } } },
      ],
    ],
    [
      'encrypted thinking is a block of its own',
      [thought('a'), { type: 'redacted', data: 'x' }, { type: 'redacted', data: 'y' }, thought('b')],
      [
        ...block('reasoning', 'r0', 'a'),
        { type: 'reasoning-start', id: 'r1' },
        { type: 'reasoning-end', id: 'r1', providerMetadata: { auriko: { redactedData: 'x' } } },
        { type: 'reasoning-start', id: 'r2' },
        { type: 'reasoning-end', id: 'r2', providerMetadata: { auriko: { redactedData: 'y' } } },
        ...block('reasoning', 'r3', 'b'),
      ],
    ],
    [
      'a refusal is text',
      [
        { type: 'refusal', delta: 'no' },
        { type: 'refusal', delta: '!' },
      ],
      block('text', 't0', 'no', '!'),
    ],
    [
      'annotations are sources at once and citations on the end of the text',
      [text('ab'), { type: 'annotations', annotations: [citation, { type: 'other' }] }, text('c')],
      [
        { type: 'text-start', id: 't0' },
        { type: 'text-delta', id: 't0', delta: 'ab' },
        source,
        { type: 'text-delta', id: 't0', delta: 'c' },
        { type: 'text-end', id: 't0', citations: [{ source, startIndex: 0, endIndex: 2 }] },
      ],
    ],
    [
      'an image closes the block and is a file, its base64 as it came',
      [
        text('a'),
        { type: 'image', image: { mime_type: 'image/webp', data: 'AAAA', thought_signature: 'ts' } },
        text('b'),
      ],
      [
        ...block('text', 't0', 'a'),
        {
          type: 'file',
          mediaType: 'image/webp',
          data: { type: 'data', data: 'AAAA' },
          providerMetadata: { auriko: { thoughtSignature: 'ts' } },
        },
        ...block('text', 't1', 'b'),
      ],
    ],
    [
      'an image in a data URL is a file',
      [{ type: 'image', image: { type: 'image_url', image_url: { url: 'data:image/jpeg;base64,/9j/' } } }],
      [{ type: 'file', mediaType: 'image/jpeg', data: { type: 'data', data: '/9j/' } }],
    ],
    [
      'an image behind a link is a file with its URL',
      [{ type: 'image', image: { image_url: { url: 'https://a.test/i.png' } } }],
      [{ type: 'file', mediaType: 'image/*', data: { type: 'url', url: new URL('https://a.test/i.png') } }],
    ],
    ['an image that says nothing is no part', [{ type: 'image', image: { x: 1 } }], []],
    [
      'usage, routing, service and finish are no parts of their own',
      [
        text('a'),
        finish('stop'),
        { type: 'usage', usage: {} },
        { type: 'routing', routing: {} },
        { type: 'service', tier: 'x' },
      ],
      block('text', 't0', 'a'),
    ],
    [
      'raw chunks come before their parts',
      [{ type: 'raw', chunk: { n: 1 } }, text('a')],
      [{ type: 'raw', rawValue: { n: 1 } }, ...block('text', 't0', 'a')],
    ],
  ])('%s', async (_name, events, expected) => {
    const { parts } = await run(events);
    expect(parts).toEqual(expected);
  });
});

describe('tool calls', () => {
  it('start with the first fragment that has the name, and end at the end of the stream only', async () => {
    const { queue, converter, send } = open();
    send(
      call({ index: 0, id: 'a', name: 'f', arguments: '{' }),
      call({ index: 0, arguments: '}' }),
      call({ index: 0 }),
    );
    const reader = queue.stream.getReader();
    const types: string[] = [];
    for (let count = 0; count < 4; count += 1) types.push((await reader.read()).value?.type ?? '');
    // The arguments parse already, yet no end and no call.
    expect(types).toEqual(['stream-start', 'tool-input-start', 'tool-input-delta', 'tool-input-delta']);
    send(finish('tool_calls'));
    converter.end(DONE);
    reader.releaseLock();
    expect(await drain(queue.stream)).toMatchObject([
      { type: 'tool-input-end', id: 'a' },
      { type: 'tool-call', toolCallId: 'a', toolName: 'f', input: '{}' },
      { type: 'finish', finishReason: { unified: 'tool-calls' } },
    ]);
  });

  it.each<[string, Event[], unknown[]]>([
    [
      'interleaved parallel calls stay apart',
      [
        call({ index: 0, id: 'a', name: 'f', arguments: '{"x"' }),
        call({ index: 1, id: 'b', name: 'g', arguments: '{"y"' }),
        call({ index: 0, arguments: ':1}' }),
        call({ index: 1, arguments: ':2}' }),
      ],
      [
        ['a', 'f', '{"x":1}'],
        ['b', 'g', '{"y":2}'],
      ],
    ],
    [
      'the first index may be any',
      [call({ index: 1, id: 'a', name: 'f', arguments: '{}' })],
      [['a', 'f', '{}']],
    ],
    [
      'a new id on the same index after complete arguments is a new call',
      [
        call({ index: 0, id: 'a', name: 'f', arguments: '{"x":1}' }),
        call({ index: 0, id: 'b', name: 'g', arguments: '{"y":' }),
        call({ index: 0, arguments: '2}' }),
      ],
      [
        ['a', 'f', '{"x":1}'],
        ['b', 'g', '{"y":2}'],
      ],
    ],
    [
      'a new id on the same index within the arguments is the same call',
      [
        call({ index: 0, id: 'a', name: 'f', arguments: '{"x"' }),
        call({ index: 0, id: 'b', arguments: ':1' }),
        call({ index: 0, id: 'c', arguments: '}' }),
      ],
      [['a', 'f', '{"x":1}']],
    ],
    [
      'the same id and name again on the same index is the same call',
      [
        call({ index: 0, id: 'a', name: 'f', arguments: '{"x"' }),
        call({ index: 0, id: 'a', name: 'f', arguments: ':1}' }),
      ],
      [['a', 'f', '{"x":1}']],
    ],
    [
      'without index the id decides',
      [
        call({ id: 'a', name: 'f', arguments: '{"x"' }),
        call({ id: 'b', name: 'g', arguments: '{}' }),
        call({ id: 'a', arguments: ':1}' }),
      ],
      [
        ['a', 'f', '{"x":1}'],
        ['b', 'g', '{}'],
      ],
    ],
    [
      'without index and id fragments belong to the open call',
      [call({ id: 'a', name: 'f', arguments: '{"x"' }), call({ arguments: ':1}' })],
      [['a', 'f', '{"x":1}']],
    ],
    ['no arguments are an empty object', [call({ index: 0, id: 'a', name: 'f' })], [['a', 'f', '{}']]],
    [
      'blank arguments are an empty object',
      [call({ index: 0, id: 'a', name: 'f', arguments: ' ' })],
      [['a', 'f', '{}']],
    ],
    [
      'arguments are not rewritten',
      [call({ index: 0, id: 'a', name: 'f', arguments: '{ "b": 1, "a": 2 }' })],
      [['a', 'f', '{ "b": 1, "a": 2 }']],
    ],
  ])('%s', async (_name, events, calls) => {
    const { parts } = await run([...events, finish('tool_calls')]);
    expect(toolCalls(parts)).toEqual(calls);
  });

  it('hold arguments back until the name arrives', async () => {
    const { parts } = await run([
      call({ index: 0, id: 'a', arguments: '{"x"' }),
      call({ index: 0, arguments: ':' }),
      call({ index: 0, name: 'f', arguments: '1}' }),
      finish('tool_calls'),
    ]);
    expect(parts).toEqual([
      { type: 'tool-input-start', id: 'a', toolName: 'f' },
      { type: 'tool-input-delta', id: 'a', delta: '{"x":' },
      { type: 'tool-input-delta', id: 'a', delta: '1}' },
      { type: 'tool-input-end', id: 'a' },
      { type: 'tool-call', toolCallId: 'a', toolName: 'f', input: '{"x":1}' },
    ]);
  });

  it('whose name never comes are dropped with an error, and do not count', async () => {
    const {
      parts,
      errors,
      finish: last,
    } = await run([call({ index: 0, id: 'a', arguments: '{}' }), finish('stop')]);
    expect(parts.map((part) => part.type)).toEqual(['error']);
    expect(errors).toMatchObject([
      { message: expect.stringContaining('without a name'), isRetryable: false },
    ]);
    expect(last.finishReason).toEqual({ unified: 'stop', raw: 'stop' });
  });

  it.each<[string, Event[]]>([
    ['missing', [call({ index: 0, name: 'f' }), call({ index: 1, name: 'g' })]],
    ['repeated', [call({ index: 0, id: 'a', name: 'f' }), call({ index: 1, id: 'a', name: 'g' })]],
  ])('get ids of their own when those are %s', async (_name, events) => {
    const { parts } = await run([...events, finish('tool_calls')]);
    const ids = toolCalls(parts).map(([id]) => String(id));
    expect(new Set(ids).size).toBe(2);
    expect(ids.at(-1)).toMatch(/^call_[0-9a-f]{32}$/);
  });

  it('without id and index begin anew with each name', async () => {
    const { parts } = await run([
      call({ name: 'f', arguments: '{}' }),
      call({ name: 'g', arguments: '{}' }),
      finish('tool_calls'),
    ]);
    expect(toolCalls(parts).map(([, name]) => name)).toEqual(['f', 'g']);
  });

  it('carry the provider signature on the call', async () => {
    const { parts } = await run([
      call({ index: 0, id: 'a', name: 'f', signature: 's' }),
      finish('tool_calls'),
    ]);
    expect(parts.at(-1)).toMatchObject({
      type: 'tool-call',
      providerMetadata: { auriko: { providerSignature: 's' } },
    });
  });

  it('close text and thinking before them', async () => {
    const { parts } = await run([text('a'), call({ index: 0, id: 'a', name: 'f' }), finish('tool_calls')]);
    expect(parts.map((part) => part.type)).toEqual([
      'text-start',
      'text-delta',
      'text-end',
      'tool-input-start',
      'tool-input-end',
      'tool-call',
    ]);
  });

  it('end behind the text that follows them', async () => {
    const { parts } = await run([call({ index: 0, id: 'a', name: 'f' }), text('a'), finish('tool_calls')]);
    expect(parts.map((part) => part.type)).toEqual([
      'tool-input-start',
      'text-start',
      'text-delta',
      'text-end',
      'tool-input-end',
      'tool-call',
    ]);
  });

  const truncated = [call({ index: 0, id: 'a', name: 'f', arguments: '{"x' })];

  it('cut by the length limit come out with their raw text', async () => {
    const { parts, finish: last } = await run([...truncated, finish('length')]);
    expect(toolCalls(parts)).toEqual([['a', 'f', '{"x']]);
    expect(last.finishReason.unified).toBe('length');
  });

  it.each<[string, StreamOutcome]>([
    ['the connection', BROKEN],
    ['the end of the body', EOF],
  ])('cut by %s never come out', async (_name, outcome) => {
    const { parts, finish: last } = await run(truncated, outcome);
    expect(parts.map((part) => part.type)).toEqual([
      'tool-input-start',
      'tool-input-delta',
      'error',
      'tool-input-end',
    ]);
    expect(last.finishReason.unified).toBe('interrupted');
  });

  it('are linear in the size of the arguments', async () => {
    const parse = vi.spyOn(JSON, 'parse');
    const pieces = Array.from({ length: 2000 }, (_, index) => call({ index: 0, arguments: `"${index}",` }));
    await run([call({ index: 0, id: 'a', name: 'f', arguments: '[' }), ...pieces, finish('tool_calls')]);
    expect(parse.mock.calls.length).toBe(0);
    parse.mockRestore();
  });

  it('are linear also when every fragment has another id', async () => {
    const parse = vi.spyOn(JSON, 'parse');
    const pieces = Array.from({ length: 500 }, (_, index) =>
      call({ index: 0, id: `i${index}`, arguments: '"x",' }),
    );
    const { parts } = await run([
      call({ index: 0, id: 'a', name: 'f', arguments: '[' }),
      ...pieces,
      finish('tool_calls'),
    ]);
    expect(toolCalls(parts)).toHaveLength(1);
    expect(parse.mock.calls.length).toBe(0);
    parse.mockRestore();
  });
});

describe('finish', () => {
  const tool = call({ index: 0, id: 'a', name: 'f', arguments: '{}' });
  const cutTool = call({ index: 0, id: 'a', name: 'f', arguments: '{"x' });
  const unnamed = call({ index: 0, id: 'a', arguments: '{}' });

  it.each<[string, Event[], StreamOutcome, string, string | undefined]>([
    ['stop', [text('a'), finish('stop')], DONE, 'stop', 'stop'],
    [
      'stop after a refusal',
      [{ type: 'refusal', delta: 'no' }, finish('stop')],
      DONE,
      'content-filter',
      'stop',
    ],
    [
      'stop after a refusal and tool calls, which must not run',
      [{ type: 'refusal', delta: 'no' }, tool, finish('stop')],
      DONE,
      'content-filter',
      'stop',
    ],
    ['stop after tool calls', [tool, finish('stop')], DONE, 'tool-calls', 'stop'],
    ['length', [text('a'), finish('length')], DONE, 'length', 'length'],
    ['length after tool calls', [tool, finish('length')], DONE, 'length', 'length'],
    ['tool_calls', [tool, finish('tool_calls')], DONE, 'tool-calls', 'tool_calls'],
    ['function_call', [tool, finish('function_call')], DONE, 'tool-calls', 'function_call'],
    ['content_filter', [text('a'), finish('content_filter')], DONE, 'content-filter', 'content_filter'],
    [
      'content_filter after tool calls',
      [tool, finish('content_filter')],
      DONE,
      'content-filter',
      'content_filter',
    ],
    ['error', [text('a'), finish('error')], DONE, 'error', 'error'],
    ['another word', [text('a'), finish('eos')], DONE, 'other', 'eos'],
    ['another word after tool calls', [tool, finish('eos')], DONE, 'tool-calls', 'eos'],
    ['no word but DONE', [text('a')], DONE, 'stop', undefined],
    ['no word but DONE after tool calls', [tool], DONE, 'tool-calls', undefined],
    ['no word but DONE after an incomplete call', [cutTool], DONE, 'other', undefined],
    ['no word but DONE after a call without name', [unnamed], DONE, 'other', undefined],
    ['no word but DONE after text and an incomplete call', [text('a'), cutTool], DONE, 'stop', undefined],
    ['no word but DONE and no output', [{ type: 'meta', id: 'c' }], DONE, 'other', undefined],
    ['no word and no DONE', [text('a')], EOF, 'interrupted', undefined],
    ['no word and a broken connection', [text('a')], BROKEN, 'interrupted', undefined],
    ['a word without DONE', [text('a'), finish('stop')], EOF, 'stop', 'stop'],
    ['a word and then a broken connection', [text('a'), finish('stop')], BROKEN, 'stop', 'stop'],
    [
      'a limit in the middle',
      [text('a')],
      failed({ kind: 'timeout', limit: 'idle', limitMs: 5 }),
      'error',
      undefined,
    ],
  ])('%s', async (_name, events, outcome, unified, raw) => {
    const { finish: last, parts, errors } = await run(events, outcome);
    expect(last.finishReason).toEqual({ unified, raw });
    const isBroken = unified === 'error' || unified === 'interrupted' || events.includes(unnamed);
    expect(errors).toHaveLength(isBroken ? 1 : 0);
    // `ai` runs tools on `stop` and `tool-calls`: there must be none that did not arrive whole.
    if (unified === 'interrupted' || unified === 'error') expect(toolCalls(parts)).toEqual([]);
  });

  it('carries everything that the reply said about itself', async () => {
    const routing = {
      provider: 'p',
      cost: { usd: '0.1', cache_savings_usd: null, byok: false },
      warnings: [{ type: 'x' }],
    };
    const { finish: last } = await run(
      [
        { type: 'service', fingerprint: 'fp' },
        { type: 'service', tier: 'priority' },
        { type: 'logprobs', logprobs: { content: [{ token: 'a' }] } },
        { type: 'logprobs', logprobs: { content: [{ token: 'b' }] } },
        finish('stop', 'end_turn'),
        { type: 'usage', usage: { prompt_tokens: 1 } },
        { type: 'usage', usage: { prompt_tokens: 2, completion_tokens: 3 } },
        { type: 'routing', routing: { provider: 'old' } },
        { type: 'routing', routing },
      ],
      DONE,
      { wantsLogprobs: true },
    );
    expect(last.usage).toMatchObject({
      inputTokens: { total: 2 },
      raw: { prompt_tokens: 2, completion_tokens: 3 },
    });
    expect(last.providerMetadata).toEqual({
      auriko: {
        routing,
        cost: { usd: '0.1', byok: false },
        requestId: 'req_1',
        nativeFinishReason: 'end_turn',
        serviceTier: 'priority',
        systemFingerprint: 'fp',
        logprobs: { content: [{ token: 'a' }, { token: 'b' }] },
      },
    });
  });

  it('carries logprobs only when they were asked for', async () => {
    const { finish: last } = await run([{ type: 'logprobs', logprobs: { content: [] } }, finish('stop')]);
    expect(last.providerMetadata).toEqual({ auriko: { requestId: 'req_1' } });
  });

  it('carries rate limits and credits of the headers', async () => {
    const { queue, converter } = open();
    converter.head({
      status: 200,
      headers: {
        'x-ratelimit-limit-requests': '10',
        'x-ratelimit-remaining-requests': '9',
        'x-ratelimit-reset-requests': '1s',
        'x-credits-balance-microdollars': '5',
      },
    });
    converter.end(DONE);
    expect((await drain(queue.stream)).at(-1)).toMatchObject({
      providerMetadata: {
        auriko: { rateLimit: { limit: 10, remaining: 9, reset: '1s' }, credits: { balanceMicrodollars: 5 } },
      },
    });
  });
});

describe('errors in the stream', () => {
  const wire = {
    message: 'Slow down',
    type: 'rate_limit_error',
    code: 'rate_limit_exceeded',
    provider: 'acme',
  };
  const MARKER = Symbol.for('vercel.ai.providerStreamError');

  it('are a marked plain value with the typed error in it', async () => {
    const { errors } = await run([text('a'), { type: 'error', error: wire }]);
    const [value] = errors;
    expect(value).toEqual({
      message: '[acme] Slow down',
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      statusCode: 429,
      isRetryable: true,
      data: expect.any(AurikoAPIError),
    });
    expect(Reflect.get(Object(value), MARKER)).toBe(true);
    expect(Object.keys(Object(value))).not.toContain(String(MARKER));
  });

  it.each<[string, Event, string]>([
    ['text', text('a'), 'text-end'],
    ['thinking', thought('a'), 'reasoning-end'],
    ['a tool call', call({ index: 0, id: 'a', name: 'f', arguments: '{}' }), 'tool-input-end'],
  ])('close %s behind the error, then finish', async (_name, event, end) => {
    const { parts, finish: last } = await run([
      event,
      finish('stop'),
      { type: 'usage', usage: { prompt_tokens: 4 } },
      { type: 'error', error: wire },
    ]);
    expect(parts.slice(-2).map((part) => part.type)).toEqual(['error', end]);
    expect(last).toMatchObject({ finishReason: { unified: 'error' }, usage: { inputTokens: { total: 4 } } });
  });

  it.each<[string, unknown, Record<string, unknown>]>([
    [
      'of a known code',
      { ...wire, code: 'budget_exhausted' },
      { code: 'budget_exhausted', statusCode: 429, isRetryable: false },
    ],
    [
      'of a code for streams only',
      { ...wire, type: 'api_error', code: 'stream_duration_exceeded' },
      { statusCode: undefined, isRetryable: true },
    ],
    [
      'of an unknown code',
      { ...wire, type: 'api_error', code: 'new_one' },
      { code: 'new_one', isRetryable: true },
    ],
    [
      'of an unknown code of a type that is never retried',
      { ...wire, type: 'invalid_request_error', code: 'new_one' },
      { isRetryable: false },
    ],
    [
      'as plain text',
      'upstream went away',
      { message: 'upstream went away', code: 'malformed_response', isRetryable: true },
    ],
    [
      'with a status for a code',
      { message: 'bad', code: 400 },
      { message: 'bad', statusCode: 400, isRetryable: false },
    ],
    [
      'with a status in a text for a code',
      { message: 'busy', code: '503' },
      { statusCode: 503, isRetryable: true },
    ],
    ['without anything', {}, { message: 'The server reported an error without a message.' }],
  ])('%s', async (_name, error, expected) => {
    const { errors } = await run([text('a'), { type: 'error', error }]);
    expect(errors).toMatchObject([expected]);
  });

  it.each<[string, Event[], StreamOutcome, Record<string, unknown>]>([
    [
      'a malformed chunk',
      [{ type: 'malformed', detail: 'invalid JSON' }],
      DONE,
      { code: 'malformed_chunk', isRetryable: true },
    ],
    ['the end of the body', [], EOF, { code: 'stream_interrupted', isRetryable: true }],
    ['a broken connection', [], BROKEN, { code: 'stream_interrupted', isRetryable: true }],
    [
      'the idle limit',
      [],
      failed({ kind: 'timeout', limit: 'idle', limitMs: 7 }),
      { code: 'idle_timeout', isRetryable: true },
    ],
    [
      'the total limit',
      [],
      failed({ kind: 'timeout', limit: 'total', limitMs: 7 }),
      { code: 'total_timeout', isRetryable: false },
    ],
    [
      'an event over the size',
      [],
      failed({ kind: 'too-large', message: 'too large' }),
      { code: 'event_too_large', isRetryable: false },
    ],
    [
      'the finish word error',
      [finish('error', 'crashed')],
      DONE,
      { code: 'upstream_error', isRetryable: true, message: expect.stringContaining('crashed') },
    ],
  ])('%s is one', async (_name, events, outcome, expected) => {
    const { errors } = await run([text('a'), ...events], outcome);
    expect(errors).toMatchObject([expected]);
  });
});

describe('what becomes of the request', () => {
  const error: CompletionEvent = {
    type: 'error',
    error: { message: 'x', type: 'api_error', code: 'upstream_error' },
  };

  it.each<[string, Event]>([
    ['identity', { type: 'meta', id: 'c' }],
    ['text', text('a')],
    ['thinking', thought('a')],
    ['a tool fragment', call({ index: 0, arguments: '{' })],
    ['usage', { type: 'usage', usage: {} }],
    ['DONE', { type: 'done' }],
  ])('is decided by the first data event: %s accepts it, with the head', (_name, event) => {
    const { converter, send, accepted, refused } = open();
    const head = { status: 200, headers: { a: 'b' } };
    converter.head(head);
    expect(accepted).not.toHaveBeenCalled();
    send(event);
    expect(accepted).toHaveBeenCalledExactlyOnceWith(head);
    send(text('more'));
    expect(accepted).toHaveBeenCalledTimes(1);
    expect(refused).not.toHaveBeenCalled();
  });

  it.each<[string, Event[], StreamOutcome, string]>([
    ['an error event', [error], DONE, 'upstream_error'],
    ['an error event behind its raw chunk', [{ type: 'raw', chunk: {} }, error], DONE, 'upstream_error'],
    ['a malformed chunk', [{ type: 'malformed', detail: 'x' }], DONE, 'malformed_chunk'],
    ['an empty body', [], EOF, 'stream_interrupted'],
    ['an error status', [], failed({ kind: 'status', status: 404, body: '' }), 'malformed_response'],
    ['a failure to connect', [], failed({ kind: 'connect' }), 'api_connection_error'],
  ])('%s refuses it', (_name, events, outcome, code) => {
    const { converter, send, accepted, refused, onEnd } = open();
    send(...events);
    converter.end(outcome);
    expect(accepted).not.toHaveBeenCalled();
    expect(refused).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code }));
    expect(onEnd).toHaveBeenCalledTimes(1);
  });

  it('an early error keeps the headers of the reply', () => {
    const { converter, send, refused } = open();
    converter.head({ status: 200, headers: { 'retry-after-ms': '3', 'x-request-id': 'r' } });
    send(error);
    converter.end(DONE);
    expect(refused).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        statusCode: 502,
        requestId: 'r',
        retryAfterMs: 3,
        responseHeaders: { 'retry-after-ms': '3', 'x-request-id': 'r' },
      }),
    );
  });
});

describe('usage', () => {
  const U = undefined;
  it.each<[string, unknown, unknown[]]>([
    // [total, noCache, cacheRead, cacheWrite], [total, text, reasoning]
    ['absent', U, [U, U, U, U, U, U, U]],
    ['null', null, [U, U, U, U, U, U, U]],
    ['totals only', { prompt_tokens: 5, completion_tokens: 3 }, [5, U, U, U, 3, U, U]],
    [
      'all details',
      {
        prompt_tokens: 10,
        completion_tokens: 8,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 5 },
      },
      [10, 5, 4, 1, 8, 3, 5],
    ],
    [
      'cached only',
      { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 4 } },
      [10, 6, 4, U, U, U, U],
    ],
    [
      'more cached than sent does not go below zero',
      { prompt_tokens: 3, prompt_tokens_details: { cached_tokens: 4 } },
      [3, 0, 4, U, U, U, U],
    ],
    [
      'reasoning beside the completion does not go below zero',
      { completion_tokens: 3, completion_tokens_details: { reasoning_tokens: 341 } },
      [U, U, U, U, 3, 0, 341],
    ],
    [
      'text tokens as sent',
      { completion_tokens: 9, completion_tokens_details: { reasoning_tokens: 3, text_tokens: 4 } },
      [U, U, U, U, 9, 4, 3],
    ],
    [
      'zeros',
      { prompt_tokens: 0, completion_tokens: 0, prompt_tokens_details: { cached_tokens: 0 } },
      [0, 0, 0, U, 0, U, U],
    ],
    ['null details', { prompt_tokens: 1, prompt_tokens_details: null }, [1, U, U, U, U, U, U]],
    ['what is no number', { prompt_tokens: '7', completion_tokens: null }, [U, U, U, U, U, U, U]],
  ])('%s', (_name, wire, expected) => {
    const { inputTokens: i, outputTokens: o, raw } = convertUsage(wire);
    expect([i.total, i.noCache, i.cacheRead, i.cacheWrite, o.total, o.text, o.reasoning]).toEqual(expected);
    expect(raw).toBe(wire ?? U);
  });
});

describe('the part queue', () => {
  const deltas = (queue: PartQueue, ...texts: string[]) => {
    for (const piece of texts) queue.delta('text-delta', 't0', piece);
  };
  const hooks = () => ({ consumed: vi.fn(), cancelled: vi.fn() });

  it('merges adjacent deltas of one block that nobody waits for', async () => {
    const queue = new PartQueue(true, hooks());
    deltas(queue, 'a', 'b', 'c');
    queue.close();
    expect(await drain(queue.stream)).toEqual([{ type: 'text-delta', id: 't0', delta: 'abc' }]);
  });

  it('gives each delta at once to a reader that waits, and merges what comes behind it', async () => {
    const queue = new PartQueue(true, hooks());
    const reader = queue.stream.getReader();
    const first = reader.read();
    // Once the stream has asked for parts.
    await Promise.resolve();
    deltas(queue, 'a', 'b', 'c');
    expect((await first).value).toEqual({ type: 'text-delta', id: 't0', delta: 'a' });
    expect((await reader.read()).value).toEqual({ type: 'text-delta', id: 't0', delta: 'bc' });
  });

  it('never merges when switched off', async () => {
    const queue = new PartQueue(false, hooks());
    deltas(queue, 'a', 'b');
    queue.close();
    expect(await drain(queue.stream)).toHaveLength(2);
  });

  it('never merges across blocks, kinds or other parts', async () => {
    const queue = new PartQueue(true, hooks());
    queue.delta('text-delta', 't0', 'a');
    queue.delta('text-delta', 't1', 'b');
    queue.delta('reasoning-delta', 't1', 'c');
    queue.push({ type: 'raw', rawValue: 1 });
    queue.delta('reasoning-delta', 't1', 'd');
    queue.delta('tool-input-delta', 't1', 'e');
    queue.delta('tool-input-delta', 't1', 'f');
    queue.close();
    const parts = await drain(queue.stream);
    expect(parts.map((part) => ('delta' in part ? part.delta : part.type))).toEqual([
      'a',
      'b',
      'c',
      'raw',
      'd',
      'ef',
    ]);
  });

  it('merges slowly read streams to few parts whose text is whole', async () => {
    const { queue, converter, send } = open({ merge: true });
    send(...Array.from({ length: 500 }, () => text('x')), finish('stop'));
    converter.end(DONE);
    const parts = await drain(queue.stream);
    expect(parts.map((part) => part.type)).toEqual([
      'stream-start',
      'text-start',
      'text-delta',
      'text-end',
      'finish',
    ]);
    expect(parts[2]).toMatchObject({ delta: 'x'.repeat(500) });
  });

  it('says that all was consumed only when the reader wants more than there is', async () => {
    const { consumed, cancelled } = hooks();
    const queue = new PartQueue(true, { consumed, cancelled });
    const reader = queue.stream.getReader();
    queue.push({ type: 'raw', rawValue: 1 });
    queue.push({ type: 'raw', rawValue: 2 });
    expect((await reader.read()).value).toEqual({ type: 'raw', rawValue: 1 });
    expect(consumed).not.toHaveBeenCalled();
    expect((await reader.read()).value).toEqual({ type: 'raw', rawValue: 2 });
    expect(consumed).not.toHaveBeenCalled();
    const third = reader.read();
    await vi.waitFor(() => expect(consumed).toHaveBeenCalledTimes(1));
    queue.push({ type: 'raw', rawValue: 3 });
    expect((await third).value).toEqual({ type: 'raw', rawValue: 3 });
    expect(consumed).toHaveBeenCalledTimes(1);
  });

  it('asks for nothing before it is read', async () => {
    const { consumed, cancelled } = hooks();
    const { stream } = new PartQueue(true, { consumed, cancelled });
    await new Promise((resolve) => setImmediate(resolve));
    expect(consumed).not.toHaveBeenCalled();
    await stream.cancel();
    expect(cancelled).toHaveBeenCalledTimes(1);
  });

  it('tells of a cancel, once, and takes nothing afterwards', async () => {
    const { consumed, cancelled } = hooks();
    const queue = new PartQueue(true, { consumed, cancelled });
    queue.push({ type: 'raw', rawValue: 1 });
    await queue.stream.cancel('enough');
    await queue.stream.cancel('enough');
    queue.push({ type: 'raw', rawValue: 2 });
    queue.delta('text-delta', 't0', 'x');
    queue.close();
    queue.abort(new Error('late'));
    expect(cancelled).toHaveBeenCalledTimes(1);
    expect(await drain(queue.stream)).toEqual([]);
  });

  it('an abort rejects a reader that waits', async () => {
    const queue = new PartQueue(true, hooks());
    const read = queue.stream.getReader().read();
    await Promise.resolve();
    const reason = new DOMException('stop', 'AbortError');
    queue.abort(reason);
    await expect(read).rejects.toBe(reason);
  });

  it('closes for a reader that waits', async () => {
    const queue = new PartQueue(true, hooks());
    const read = queue.stream.getReader().read();
    await Promise.resolve();
    queue.close();
    expect(await read).toEqual({ done: true, value: undefined });
  });

  it('an abort rejects the reader with the reason and drops what waits', async () => {
    const queue = new PartQueue(true, hooks());
    const { stream } = queue;
    deltas(queue, 'a');
    const reason = new DOMException('stop', 'AbortError');
    queue.abort(reason);
    await expect(stream.getReader().read()).rejects.toBe(reason);
  });
});
