// Responses streams as stream parts (api.md §4.5), on every transport: each kind of item, each way to end.

import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, it, vi } from 'vitest';
import { AurikoAPIError, InternalServerError, RateLimitError } from '../ts/errors.js';
import {
  added,
  at,
  BEGIN,
  completed,
  done,
  drain,
  events,
  message,
  RESPONSE_USAGE,
  rejection,
  response,
  responsesModel,
  textDelta,
} from './helpers/responses.js';
import { envelope, frames, json, scriptedServer, sse } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

type Part = LanguageModelV4StreamPart;
type Json = Record<string, unknown>;

const PROMPT = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }];
const META = (more: Json) => ({ providerMetadata: { auriko: more } });
const CALL = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '' };
const SEARCH = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { query: 'q' } };
const REASONING = { type: 'reasoning', id: 'rs_1', summary: [] as unknown[] };
const FLAT_ERROR = { type: 'error', code: 'rate_limit_exceeded', message: 'slow', provider: 'p' };
const args = (delta: string, place = 0) =>
  at(place, 'function_call_arguments.delta', { item_id: 'fc_1', delta });
const thought = (summary_index: number, delta: string) =>
  at(0, 'reasoning_summary_text.delta', { item_id: 'rs_1', summary_index, delta });

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

describe.each(transports)('streams over %s', (_name, transport) => {
  const open = async (wire: string, options: Partial<LanguageModelV4CallOptions> = {}) => {
    const server = await scriptedServer(sse(wire));
    return responsesModel(transport, server, { coalesce: 'off' }).doStream({ prompt: PROMPT, ...options });
  };

  /** The parts between the beginning and `finish`, and `finish`. */
  async function run(wire: string, options: Partial<LanguageModelV4CallOptions> = {}) {
    const { stream } = await open(wire, options);
    const all = await drain(stream);
    expectLegalOrder(all);
    expect(all[0]).toEqual({ type: 'stream-start', warnings: [] });
    const finish = all.at(-1);
    if (finish?.type !== 'finish') throw new Error('the last part is no finish');
    const parts = all.slice(1, -1).filter(({ type }) => type !== 'response-metadata');
    const errors = parts.flatMap((part) => (part.type === 'error' ? [part.error] : []));
    return { all, parts, finish, errors };
  }

  it('plain text in the order of the wire', async () => {
    const item = message('hello', { phase: 'final_answer' });
    const { all, finish } = await run(
      events(
        ...BEGIN,
        added(0, { ...item, status: 'in_progress', content: [] }),
        at(0, 'content_part.added', { content_index: 0, part: { type: 'output_text', text: '' } }),
        textDelta(0, 'hel'),
        textDelta(0, ''),
        textDelta(0, 'lo'),
        at(0, 'output_text.done', { content_index: 0, text: 'hello' }),
        at(0, 'content_part.done', { content_index: 0, part: { type: 'output_text', text: 'hello' } }),
        done(0, item),
        completed([item], { service_tier: 'flex', routing_metadata: { cost: { usd: '0.1' } } }),
      ),
    );
    expect(all.slice(0, -1)).toEqual([
      { type: 'stream-start', warnings: [] },
      {
        type: 'response-metadata',
        id: 'resp_1',
        modelId: 'm-1',
        timestamp: new Date(1_700_000_000_000),
      },
      { type: 'text-start', id: 't0' },
      { type: 'text-delta', id: 't0', delta: 'hel' },
      { type: 'text-delta', id: 't0', delta: 'lo' },
      { type: 'text-end', id: 't0', ...META({ itemId: 'msg_1', phase: 'final_answer' }) },
    ]);
    expect(finish).toEqual({
      type: 'finish',
      finishReason: { unified: 'stop', raw: 'completed' },
      usage: {
        inputTokens: { total: 10, noCache: 5, cacheRead: 4, cacheWrite: 1 },
        outputTokens: { total: 7, text: 2, reasoning: 5 },
        raw: RESPONSE_USAGE,
      },
      ...META({
        routing: { cost: { usd: '0.1' } },
        cost: { usd: '0.1' },
        requestId: 'req_test',
        serviceTier: 'flex',
        responseId: 'resp_1',
      }),
    });
  });

  it.each<[string, Json[], Part[]]>([
    [
      'each summary part is a block; the last carries the encrypted thinking, once',
      [
        added(0, REASONING),
        at(0, 'reasoning_summary_part.added', { summary_index: 0, part: { type: 'summary_text', text: '' } }),
        thought(0, 'one'),
        at(0, 'reasoning_summary_text.done', { summary_index: 0, text: 'one' }),
        thought(1, 'two'),
        done(0, {
          ...REASONING,
          summary: [
            { type: 'summary_text', text: 'one' },
            { type: 'summary_text', text: 'two' },
          ],
          encrypted_content: 'ENC',
        }),
      ],
      [
        { type: 'reasoning-start', id: 'r0' },
        { type: 'reasoning-delta', id: 'r0', delta: 'one' },
        { type: 'reasoning-end', id: 'r0', ...META({ itemId: 'rs_1' }) } as Part,
        { type: 'reasoning-start', id: 'r1' },
        { type: 'reasoning-delta', id: 'r1', delta: 'two' },
        { type: 'reasoning-end', id: 'r1', ...META({ itemId: 'rs_1', encryptedContent: 'ENC' }) } as Part,
      ],
    ],
    [
      'thinking that nobody may see is an empty block',
      [added(0, REASONING), done(0, { ...REASONING, encrypted_content: 'ENC' })],
      [
        { type: 'reasoning-start', id: 'r0' },
        { type: 'reasoning-end', id: 'r0', ...META({ itemId: 'rs_1', encryptedContent: 'ENC' }) } as Part,
      ],
    ],
    [
      'a tool call comes out when its item is whole',
      [
        added(0, CALL),
        args('{"n"'),
        args(':1}'),
        at(0, 'function_call_arguments.done', { arguments: '{"n":1}' }),
        done(0, { ...CALL, arguments: '{"n":1}', status: 'completed' }),
      ],
      [
        { type: 'tool-input-start', id: 'call_1', toolName: 'f' },
        { type: 'tool-input-delta', id: 'call_1', delta: '{"n"' },
        { type: 'tool-input-delta', id: 'call_1', delta: ':1}' },
        { type: 'tool-input-end', id: 'call_1' },
        {
          type: 'tool-call',
          toolCallId: 'call_1',
          toolName: 'f',
          input: '{"n":1}',
          ...META({ itemId: 'fc_1' }),
        } as Part,
      ],
    ],
    [
      'a signed call keeps its signature',
      [added(0, CALL), done(0, { ...CALL, arguments: '{}', provider_signature: 'mark' })],
      [
        { type: 'tool-input-start', id: 'call_1', toolName: 'f' },
        { type: 'tool-input-delta', id: 'call_1', delta: '{}' },
        { type: 'tool-input-end', id: 'call_1' },
        {
          type: 'tool-call',
          toolCallId: 'call_1',
          toolName: 'f',
          input: '{}',
          ...META({ itemId: 'fc_1', providerSignature: 'mark' }),
        } as Part,
      ],
    ],
    [
      'a truncated call never comes out',
      [added(0, CALL), args('{"n"'), done(0, { ...CALL, arguments: '{"n"', status: 'incomplete' })],
      [
        { type: 'tool-input-start', id: 'call_1', toolName: 'f' },
        { type: 'tool-input-delta', id: 'call_1', delta: '{"n"' },
        { type: 'tool-input-end', id: 'call_1' },
      ],
    ],
    [
      'what was not streamed is taken from the item',
      [done(0, message('whole')), done(1, { ...CALL, arguments: '{}' })],
      [
        { type: 'text-start', id: 't0' },
        { type: 'text-delta', id: 't0', delta: 'whole' },
        { type: 'text-end', id: 't0', ...META({ itemId: 'msg_1' }) } as Part,
        { type: 'tool-input-start', id: 'call_1', toolName: 'f' },
        { type: 'tool-input-delta', id: 'call_1', delta: '{}' },
        { type: 'tool-input-end', id: 'call_1' },
        {
          type: 'tool-call',
          toolCallId: 'call_1',
          toolName: 'f',
          input: '{}',
          ...META({ itemId: 'fc_1' }),
        } as Part,
      ],
    ],
    [
      'a hosted tool is a call with a result',
      [
        added(0, { ...SEARCH, status: 'in_progress' }),
        at(0, 'web_search_call.searching', {}),
        done(0, SEARCH),
      ],
      [
        {
          type: 'tool-input-start',
          id: 'ws_1',
          toolName: 'web_search',
          dynamic: true,
          providerExecuted: true,
        },
        { type: 'tool-input-end', id: 'ws_1' },
        {
          type: 'tool-call',
          toolCallId: 'ws_1',
          toolName: 'web_search',
          dynamic: true,
          input: '{"action":{"query":"q"}}',
          providerExecuted: true,
        },
        {
          type: 'tool-result',
          toolCallId: 'ws_1',
          toolName: 'web_search',
          dynamic: true,
          result: SEARCH,
          ...META({ itemId: 'ws_1' }),
        } as Part,
      ],
    ],
    [
      'a generated image is a file',
      [
        added(0, { type: 'image_generation_call', id: 'ig_1', status: 'in_progress' }),
        done(0, { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'QUJD' }),
      ],
      [
        {
          type: 'file',
          mediaType: 'image/png',
          data: { type: 'data', data: 'QUJD' },
          ...META({ itemId: 'ig_1' }),
        } as Part,
      ],
    ],
    [
      'items that only the provider understands are custom parts',
      [done(0, { type: 'compaction', id: 'c' })],
      [
        {
          type: 'custom',
          kind: 'auriko.compaction',
          ...META({ item: { type: 'compaction', id: 'c' } }),
        } as Part,
      ],
    ],
    ['unknown events are left alone', [{ type: 'response.new.delta', delta: 'x' }, { no: 'type' }], []],
    [
      'items that are written at the same time stay apart, without places too',
      [
        textDelta(0, 'a'),
        textDelta(2, 'b'),
        { type: 'response.output_text.delta', item_id: 'i0', delta: 'c' },
        textDelta(0, 'd', 1),
      ],
      [
        { type: 'text-start', id: 't0' },
        { type: 'text-delta', id: 't0', delta: 'a' },
        { type: 'text-start', id: 't1' },
        { type: 'text-delta', id: 't1', delta: 'b' },
        { type: 'text-delta', id: 't0', delta: 'c' },
        { type: 'text-start', id: 't2' },
        { type: 'text-delta', id: 't2', delta: 'd' },
        { type: 'text-end', id: 't0' },
        { type: 'text-end', id: 't2' },
        { type: 'text-end', id: 't1' },
      ],
    ],
  ])('%s', async (_case, values, expected) => {
    const { parts } = await run(events(...BEGIN, ...values, completed()));
    expect(parts).toEqual(expected);
  });

  it('annotations are sources at once and citations at the end of their text, each once', async () => {
    const annotation = { type: 'url_citation', url: 'https://a.test', start_index: 0, end_index: 1 };
    const other = { ...annotation, url: 'https://b.test' };
    const part = { type: 'output_text', text: 'a', annotations: [annotation, other] };
    const { parts } = await run(
      events(
        ...BEGIN,
        textDelta(0, 'a'),
        at(0, 'output_text.annotation.added', { content_index: 0, annotation_index: 0, annotation }),
        at(0, 'content_part.done', { content_index: 0, part }),
        done(0, message('a', { content: [part] })),
        completed(),
      ),
    );
    const sources = parts.filter(({ type }) => type === 'source');
    expect(sources).toMatchObject([
      { id: 's0', url: 'https://a.test' },
      { id: 's1', url: 'https://b.test' },
    ]);
    const citations = parts.flatMap((end) => (end.type === 'text-end' ? (end.citations ?? []) : []));
    expect(citations.map(({ source }) => source)).toEqual(sources);
  });

  it.each<[string, Json[], Json, string, string, number]>([
    ['completed', [], { type: 'response.completed', response: response([]) }, 'stop', 'completed', 0],
    ['a call', [done(0, { ...CALL, arguments: '{}' })], completed(), 'tool-calls', 'completed', 1],
    [
      'a call that only the terminal event has',
      [],
      completed([{ ...CALL, arguments: '{}' }]),
      'tool-calls',
      'completed',
      1,
    ],
    ['a call that was not closed', [added(0, CALL), args('{}')], completed(), 'tool-calls', 'completed', 1],
    [
      'a refusal',
      [at(0, 'refusal.delta', { content_index: 0, delta: 'no' }), done(1, { ...CALL, arguments: '{}' })],
      completed(),
      'content-filter',
      'completed',
      1,
    ],
    [
      'the length',
      [textDelta(0, 'a'), added(1, CALL), args('{"n"', 1)],
      {
        type: 'response.incomplete',
        response: response([], { incomplete_details: { reason: 'max_output_tokens' } }),
      },
      'length',
      'max_output_tokens',
      0,
    ],
    [
      'the filter',
      [],
      {
        type: 'response.incomplete',
        response: response([], { incomplete_details: { reason: 'content_filter' } }),
      },
      'content-filter',
      'content_filter',
      0,
    ],
    ['another reason', [], { type: 'response.incomplete', response: {} }, 'other', 'incomplete', 0],
  ])('finish: %s', async (_case, values, terminal, unified, raw, calls) => {
    const { finish, errors, parts } = await run(events(...BEGIN, ...values, terminal));
    expect(finish.finishReason).toEqual({ unified, raw });
    expect(errors).toEqual([]);
    expect(parts.filter(({ type }) => type === 'tool-call')).toHaveLength(calls);
  });

  it('an item that the terminal event repeats at another place comes out once', async () => {
    const item = message('a');
    const { parts } = await run(events(...BEGIN, done(4, item), completed([item])));
    expect(parts.map(({ type }) => type)).toEqual(['text-start', 'text-delta', 'text-end']);
  });

  it('of a reply that was cut off, only calls that say they are whole come out', async () => {
    const whole = { ...CALL, arguments: '{}', status: 'completed' };
    const { parts } = await run(
      events(...BEGIN, {
        type: 'response.incomplete',
        response: response([whole, { ...whole, status: 'in_progress', call_id: 'call_2', id: 'fc_2' }]),
      }),
    );
    const calls = parts.flatMap((part) => (part.type === 'tool-call' ? [part.toolCallId] : []));
    expect(calls).toEqual(['call_1']);
  });

  it('arguments wait for the name, and calls with one id get two', async () => {
    const { parts } = await run(
      events(
        ...BEGIN,
        args('{"a":'),
        args('1}'),
        done(0, { ...CALL, arguments: '{"a":1}' }),
        done(1, { ...CALL, id: 'fc_2', arguments: '{}' }),
        completed(),
      ),
    );
    expect(parts.slice(0, 2)).toEqual([
      { type: 'tool-input-start', id: 'call_1', toolName: 'f' },
      { type: 'tool-input-delta', id: 'call_1', delta: '{"a":1}' },
    ]);
    const calls = parts.flatMap((part) => (part.type === 'tool-call' ? [part.toolCallId] : []));
    expect(calls).toEqual(['call_1', expect.stringMatching(/^call_[0-9a-f]{32}$/)]);
  });

  it('what is behind the terminal event does not matter, be it [DONE] or a server that lingers', async () => {
    const item = message('a');
    const wire = events(...BEGIN, done(0, item), completed([item]));
    const { finish } = await run(`${wire}${events(textDelta(3, 'late'))}data: [DONE]\n\n`);
    expect(finish.finishReason.unified).toBe('stop');
    const server = await scriptedServer((exchange) => {
      exchange.head(200, { 'content-type': 'text/event-stream' });
      exchange.write(wire);
    });
    const { stream } = await responsesModel(transport, server).doStream({ prompt: PROMPT });
    const parts = await drain(stream);
    expect(parts.at(-1)).toMatchObject({ type: 'finish', finishReason: { unified: 'stop' } });
    await vi.waitFor(() => expect(server.openConnections()).toBe(0), { timeout: 2000 });
  });

  it('raw chunks come before their parts, unknown events too', async () => {
    const unknown = { type: 'response.new', x: 1 };
    const { all } = await run(events(...BEGIN, unknown, textDelta(0, 'a'), completed()), {
      includeRawChunks: true,
    });
    expect(
      all.map((part) => (part.type === 'raw' ? Reflect.get(Object(part.rawValue), 'type') : part.type)),
    ).toEqual([
      'stream-start',
      'response.created',
      'response-metadata',
      'response.in_progress',
      'response.new',
      'response.output_text.delta',
      'text-start',
      'text-delta',
      'response.completed',
      'text-end',
      'finish',
    ]);
  });

  it('metadata is under the name of the provider', async () => {
    const server = await scriptedServer(sse(events(...BEGIN, done(0, message('a')), completed())));
    const model = responsesModel(transport, server, { name: 'mine' });
    const { stream } = await model.doStream({ prompt: PROMPT });
    const parts = await drain(stream);
    expect(parts.find(({ type }) => type === 'text-end')).toMatchObject({
      providerMetadata: { mine: { itemId: 'msg_1' } },
    });
    expect(parts.at(-1)).toMatchObject({ providerMetadata: { mine: { responseId: 'resp_1' } } });
  });

  describe('errors', () => {
    it.each<[string, string, typeof AurikoAPIError, Json]>([
      [
        'a flat error',
        frames(FLAT_ERROR),
        RateLimitError,
        { statusCode: 429, code: 'rate_limit_exceeded', message: '[p] slow', isRetryable: true },
      ],
      [
        'a flat error with its event line',
        events(FLAT_ERROR),
        RateLimitError,
        { statusCode: 429, code: 'rate_limit_exceeded' },
      ],
      [
        'an envelope',
        frames(envelope('rate_limit_error', 'rate_limit_exceeded')),
        RateLimitError,
        { statusCode: 429 },
      ],
      [
        'an unknown code',
        frames({ type: 'error', code: 'new_code', message: 'm' }),
        InternalServerError,
        { statusCode: 500, code: 'new_code', type: 'api_error' },
      ],
      [
        'a code of streams',
        frames({ type: 'error', code: 'stream_duration_exceeded', message: 'm' }),
        AurikoAPIError,
        { statusCode: undefined, code: 'stream_duration_exceeded', isRetryable: true },
      ],
      [
        'an error without a code, when nothing follows',
        frames({ type: 'error', message: 'vague' }),
        AurikoAPIError,
        { message: 'vague', code: 'malformed_response' },
      ],
      [
        'a response that failed',
        events({
          type: 'response.failed',
          response: response([], { status: 'failed', error: { code: 'server_error', message: 'oops' } }),
        }),
        InternalServerError,
        { code: 'server_error', message: 'oops', requestId: 'req_test' },
      ],
      ['malformed JSON', 'data: {"type":\n\n', AurikoAPIError, { code: 'malformed_chunk' }],
      ['nothing at all', '', AurikoAPIError, { code: 'stream_interrupted', isRetryable: true }],
    ])('first: %s rejects', async (_case, wire, kind, facts) => {
      const error = await rejection(open(wire));
      expect(error).toBeInstanceOf(kind);
      expect(error).toMatchObject(facts);
    });

    it('an error status rejects', async () => {
      const server = await scriptedServer(json(429, envelope('rate_limit_error', 'rate_limit_exceeded')));
      const error = await rejection(responsesModel(transport, server).doStream({ prompt: PROMPT }));
      expect(error).toBeInstanceOf(RateLimitError);
    });

    it.each<[string, string, string, string | undefined, Json]>([
      [
        'a flat error',
        frames(FLAT_ERROR),
        'error',
        undefined,
        { code: 'rate_limit_exceeded', statusCode: 429 },
      ],
      ['one with its event line', events(FLAT_ERROR), 'error', undefined, { code: 'rate_limit_exceeded' }],
      [
        'a response that failed',
        events({
          type: 'response.failed',
          response: response([], { status: 'failed', error: { code: 'upstream_error', message: 'x' } }),
        }),
        'error',
        'failed',
        { code: 'upstream_error', statusCode: 502, isRetryable: true },
      ],
      ['malformed JSON', 'data: {"type":\n\n', 'error', undefined, { code: 'malformed_chunk' }],
      [
        'the end of the body',
        '',
        'interrupted',
        undefined,
        { code: 'stream_interrupted', isRetryable: true },
      ],
      ['[DONE] alone', 'data: [DONE]\n\n', 'interrupted', undefined, { code: 'stream_interrupted' }],
    ])(
      'in the middle: %s is a part, open blocks end, no call comes out',
      async (_case, wire, unified, raw, facts) => {
        const begun = events(...BEGIN, textDelta(0, 'a'), added(1, CALL), args('{}', 1));
        const { parts, finish, errors } = await run(begun + wire);
        expect(errors).toMatchObject([facts]);
        expect(AurikoAPIError.isInstance(Reflect.get(Object(errors[0]), 'data'))).toBe(true);
        expect(parts.map(({ type }) => type)).toEqual([
          'text-start',
          'text-delta',
          'tool-input-start',
          'tool-input-delta',
          'error',
          'text-end',
          'tool-input-end',
        ]);
        expect(finish.finishReason).toEqual({ unified, raw });
      },
    );

    it('an error without a code is nothing when the reply goes on', async () => {
      const { finish, errors } = await run(
        events(...BEGIN) + frames({ type: 'error', message: 'vague' }) + events(completed()),
      );
      expect(errors).toEqual([]);
      expect(finish.finishReason.unified).toBe('stop');
    });

    it('a usage known before the failure is kept', async () => {
      const failed = response([], { status: 'failed', error: { code: 'upstream_error', message: 'x' } });
      const { finish } = await run(events(...BEGIN, { type: 'response.failed', response: failed }));
      expect(finish.usage.inputTokens.total).toBe(10);
    });

    it('a call without a name is an error part', async () => {
      const { errors, finish } = await run(
        events(...BEGIN, done(0, { type: 'function_call', call_id: 'c', arguments: '{}' }), completed()),
      );
      expect(errors).toMatchObject([{ code: 'invalid_response' }]);
      expect(finish.finishReason.unified).toBe('stop');
    });
  });

  describe('leaving', () => {
    const stalled = (wire: string) =>
      scriptedServer((exchange) => {
        exchange.head(200, { 'content-type': 'text/event-stream' });
        exchange.write(wire);
      });

    it('an abort before the first event rejects with the reason', async () => {
      const server = await stalled(': wait\n\n');
      const controller = new AbortController();
      const call = responsesModel(transport, server).doStream({
        prompt: PROMPT,
        abortSignal: controller.signal,
      });
      await vi.waitFor(() => expect(server.requests).toHaveLength(1));
      controller.abort();
      expect(await rejection(call)).toMatchObject({ name: 'AbortError' });
      await vi.waitFor(() => expect(server.openConnections()).toBe(0), { timeout: 10_000 });
    });

    it('an abort in the middle rejects the reader and closes the connection', async () => {
      const server = await stalled(events(...BEGIN, textDelta(0, 'a')));
      const controller = new AbortController();
      const { stream } = await responsesModel(transport, server).doStream({
        prompt: PROMPT,
        abortSignal: controller.signal,
      });
      const reader = stream.getReader();
      while ((await reader.read()).value?.type !== 'text-delta');
      controller.abort();
      expect(await rejection(reader.read())).toMatchObject({ name: 'AbortError' });
      await vi.waitFor(() => expect(server.openConnections()).toBe(0), { timeout: 10_000 });
    });

    it.each([
      ['whole', events(...BEGIN, completed())],
      ['cut', events(...BEGIN)],
    ])('nothing listens to the signal when the stream is %s', async (_case, wire) => {
      const { signal } = new AbortController();
      const listen = vi.spyOn(signal, 'addEventListener');
      const leave = vi.spyOn(signal, 'removeEventListener');
      await run(wire, { abortSignal: signal });
      expect(listen).toHaveBeenCalled();
      expect(leave).toHaveBeenCalledWith('abort', listen.mock.calls[0]?.[1]);
    });

    it('a reader that leaves closes the connection', async () => {
      const server = await stalled(events(...BEGIN));
      const { stream } = await responsesModel(transport, server).doStream({ prompt: PROMPT });
      await stream.cancel();
      await vi.waitFor(() => expect(server.openConnections()).toBe(0), { timeout: 10_000 });
    });

    it('a stream that nobody reads is given up', async () => {
      const server = await stalled(events(...BEGIN, textDelta(0, 'a')));
      const { stream } = await responsesModel(transport, server, { abandonedAfterMs: 50 }).doStream({
        prompt: PROMPT,
      });
      await vi.waitFor(() => expect(server.openConnections()).toBe(0), { timeout: 10_000 });
      const parts = await drain(stream);
      expect(parts.find(({ type }) => type === 'error')).toMatchObject({
        error: { code: 'stream_abandoned' },
      });
    });
  });

  it('deltas that nobody waits for are merged', async () => {
    const deltas = Array.from({ length: 200 }, () => textDelta(0, 'ab'));
    const server = await scriptedServer(sse(events(...BEGIN, ...deltas, completed())));
    const { stream } = await responsesModel(transport, server).doStream({ prompt: PROMPT });
    // The connection is closed when all of it has been read.
    await vi.waitFor(() => expect(server.openConnections()).toBe(0), { timeout: 10_000 });
    const texts = (await drain(stream)).flatMap((part) => (part.type === 'text-delta' ? [part.delta] : []));
    expect(texts.join('')).toBe('ab'.repeat(200));
    expect(texts.length).toBeLessThan(20);
  });
});
