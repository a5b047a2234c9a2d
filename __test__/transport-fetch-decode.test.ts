// The JavaScript chunk decoder against the rows of its Rust twin (crates/auriko-wire/src/chunk/tests.rs), written out
// again by hand: what one decoder learns, the other must. `detail` of a malformed frame has no column here.

import { describe, expect, it } from 'vitest';
import type { CompletionEvent } from '../ts/events.js';
import { ChunkDecoder, type FrameResult } from '../ts/transport/fetch/decode-chunk.js';

interface Frame {
  readonly data: string;
  readonly event?: string;
  readonly isCut?: boolean;
}

function decodeAll(frames: readonly (string | Frame)[]) {
  const events: CompletionEvent[] = [];
  const chunks: unknown[] = [];
  const target = {
    text: (delta: string) => void events.push({ type: 'text', delta }),
    reasoning: (delta: string) => void events.push({ type: 'reasoning', delta }),
    toolArguments: (index: number, delta: string) =>
      void events.push({ type: 'tool-call', ...(index < 0 ? {} : { index }), arguments: delta }),
    event: (event: CompletionEvent) => void events.push(event),
  };
  const decoder = new ChunkDecoder(target, (chunk) => void chunks.push(chunk));
  const results: FrameResult[] = frames.map((frame) =>
    typeof frame === 'string'
      ? decoder.decode(undefined, frame)
      : decoder.decode(frame.event, frame.data, frame.isCut),
  );
  return { events, chunks, results };
}

const delta = (json: string) => `{"choices":[{"index":0,"delta":${json}}]}`;

describe('deltas', () => {
  it.each<[string, CompletionEvent[]]>([
    ['{"role":"assistant","content":""}', []],
    ['{"content":null}', []],
    [String.raw`{"content":"a\n\u00e9"}`, [{ type: 'text', delta: 'a\né' }]],
    ['{"reasoning_content":"r"}', [{ type: 'reasoning', delta: 'r' }]],
    // Blank is not empty: signed thinking must come back byte for byte.
    [String.raw`{"reasoning_content":"\n "}`, [{ type: 'reasoning', delta: '\n ' }]],
    [String.raw`{"reasoning":"\n "}`, [{ type: 'reasoning', delta: '\n ' }]],
    [String.raw`{"content":"\n "}`, [{ type: 'text', delta: '\n ' }]],
    ['{"reasoning":"r"}', [{ type: 'reasoning', delta: 'r' }]],
    ['{"reasoning_content":"r","reasoning":"r"}', [{ type: 'reasoning', delta: 'r' }]],
    ['{"reasoning_content":"","reasoning":"r"}', [{ type: 'reasoning', delta: 'r' }]],
    ['{"reasoning":[{"type":"thinking"}],"content":"t"}', [{ type: 'text', delta: 't' }]],
    ['{"reasoning_content":{},"content":"t"}', [{ type: 'text', delta: 't' }]],
    ['{"reasoning_signature":"s"}', [{ type: 'signature', signature: 's' }]],
    ['{"reasoning_redacted_data":"d"}', [{ type: 'redacted', data: 'd' }]],
    ['{"refusal":"no"}', [{ type: 'refusal', delta: 'no' }]],
    [
      '{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"t"}]}',
      [
        { type: 'reasoning', delta: 'hm' },
        { type: 'text', delta: 't' },
      ],
    ],
    ['{"content":["x",4,{"type":"other"},{"type":"text","text":""}]}', []],
    [
      '{"tool_calls":[{"index":1,"id":"c","function":{"name":"f","arguments":""},"provider_signature":"s"}]}',
      [{ type: 'tool-call', index: 1, id: 'c', name: 'f', arguments: '', signature: 's' }],
    ],
    [
      String.raw`{"tool_calls":[{"index":0,"id":"","function":{"name":"","arguments":"{\"a\""}}]}`,
      [{ type: 'tool-call', index: 0, arguments: '{"a"' }],
    ],
    ['{"tool_calls":[{"index":0,"id":" ","function":{"arguments":""}}]}', []],
    [
      '{"tool_calls":[{"id":"c","function":{"name":"f","arguments":{"a":1}}}]}',
      [{ type: 'tool-call', id: 'c', name: 'f', arguments: '{"a":1}' }],
    ],
    ['{"tool_calls":[{"function":{"arguments":"x"}}]}', [{ type: 'tool-call', arguments: 'x' }]],
    [
      '{"function_call":{"name":"f","arguments":"{}"}}',
      [{ type: 'tool-call', index: 0, name: 'f', arguments: '{}' }],
    ],
    [
      '{"images":[{"type":"image","mime_type":"image/png","data":"AA"}],"annotations":[{"type":"url_citation"}]}',
      [
        { type: 'annotations', annotations: [{ type: 'url_citation' }] },
        { type: 'image', image: { type: 'image', mime_type: 'image/png', data: 'AA' } },
      ],
    ],
    ['{"annotations":[],"images":null,"tool_calls":null,"function_call":null}', []],
    ['{"__proto__":{"content":"x"},"content":"t"}', [{ type: 'text', delta: 't' }]],
    ['{"__proto__":{"content":"x"}}', []],
  ])('%s', (json, expected) => {
    expect(decodeAll([delta(json)]).events).toEqual(expected);
  });
});

describe('whole chunks', () => {
  it.each<[string, (string | Frame)[], CompletionEvent[]]>([
    [
      'identity is reported once, blank ids are ignored',
      [
        '{"id":"","model":"","created":0,"choices":[]}',
        '{"id":"c1","model":"m","created":17,"choices":[]}',
        '{"id":"c2","model":"m","created":18,"choices":[]}',
      ],
      [{ type: 'meta', id: 'c1', model: 'm', created: 17 }],
    ],
    ['an id is identity enough', ['{"id":"c1","choices":[]}'], [{ type: 'meta', id: 'c1' }]],
    ['a model is identity enough', ['{"model":"m","choices":[]}'], [{ type: 'meta', model: 'm' }]],
    ['a time is identity enough', ['{"created":17,"choices":[]}'], [{ type: 'meta', created: 17 }]],
    [
      'the end of a stream',
      [
        '{"choices":[{"index":0,"delta":{},"finish_reason":"stop","native_finish_reason":"end_turn"}],"usage":null}',
        '{"choices":[],"usage":{"prompt_tokens":1},"routing_metadata":{"provider":"p"}}',
        '[DONE]',
        delta('{"content":"late"}'),
      ],
      [
        { type: 'finish', reason: 'stop', native: 'end_turn' },
        { type: 'usage', usage: { prompt_tokens: 1 } },
        { type: 'routing', routing: { provider: 'p' } },
        { type: 'done' },
      ],
    ],
    ['keep-alives in data fields', ['', ' ', ': keepalive'], []],
    [
      'choices are told apart by index',
      ['{"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}'],
      [{ type: 'text', delta: 'a' }],
    ],
    [
      'choices without index count by position',
      ['{"choices":[{"delta":{"content":"a"}},{"delta":{"content":"b"}}]}'],
      [{ type: 'text', delta: 'a' }],
    ],
    [
      'service facts when first seen, before the choices',
      [
        '{"choices":[{"index":0,"delta":{},"logprobs":{"content":[]}}],"system_fingerprint":"fp"}',
        '{"choices":[],"service_tier":"default","system_fingerprint":"fp2"}',
      ],
      [
        { type: 'service', fingerprint: 'fp' },
        { type: 'logprobs', logprobs: { content: [] } },
        { type: 'service', tier: 'default' },
      ],
    ],
    [
      'an error ends the stream',
      ['{"error":{"message":"m","code":"upstream_error"}}', '[DONE]'],
      [{ type: 'error', error: { message: 'm', code: 'upstream_error' } }],
    ],
    ['an error as text', ['{"error":"plain"}'], [{ type: 'error', error: 'plain' }]],
    ['a null error is none', ['{"error":null,"choices":[]}'], []],
    [
      'an error object without envelope',
      ['{"object":"error","message":"m","code":400}'],
      [{ type: 'error', error: { code: 400, message: 'm' } }],
    ],
    [
      'an error frame with an envelope',
      [{ event: 'error', data: '{"error":{"message":"m"}}' }],
      [{ type: 'error', error: { message: 'm' } }],
    ],
    [
      'an error frame without one',
      [{ event: 'error', data: '{"message":"m"}' }],
      [{ type: 'error', error: { message: 'm' } }],
    ],
    ['an error frame of text', [{ event: 'error', data: 'down' }], [{ type: 'error', error: 'down' }]],
  ])('%s', (_, frames, expected) => {
    expect(decodeAll(frames).events).toEqual(expected);
  });
});

describe('what can not be understood', () => {
  const malformed = (detail: string): CompletionEvent => ({ type: 'malformed', detail });

  it.each([
    ['{"choices":', 'the JSON ends too early'],
    ['oops', 'invalid JSON'],
    ['{"choices":5}', 'a field has the wrong type'],
    ['7', 'a field has the wrong type'],
    ['{"choices":[null]}', 'a field has the wrong type'],
    ['{"choices":[{"index":-1}]}', 'a field has the wrong type'],
    [delta('{"content":5}'), 'a field has the wrong type'],
    [delta('{"reasoning":true}'), 'a field has the wrong type'],
    [delta('{"tool_calls":[{"index":"0"}]}'), 'a field has the wrong type'],
    [delta('{"function_call":"f"}'), 'a field has the wrong type'],
  ])('%s', (data, detail) => {
    const { events, results } = decodeAll([data, delta('{"content":"late"}')]);
    expect(events).toEqual([malformed(detail)]);
    expect(results).toEqual(['last', 'skipped']);
  });

  it('is quoted nowhere', () => {
    const { events } = decodeAll(['{"choices":[{"delta":{"content":"my secret" oops']);
    expect(JSON.stringify(events)).not.toMatch(/secret/);
  });

  it.each(['{"choices":', '{"choices":5}', 'oops'])('%s left over by a cut is no event', (data) => {
    const { events, results } = decodeAll([{ data, isCut: true }]);
    expect(events).toEqual([]);
    expect(results).toEqual(['skipped']);
  });

  it('a whole chunk that only lacks its blank line counts', () => {
    const { events } = decodeAll([{ data: delta('{"content":"t"}'), isCut: true }]);
    expect(events).toEqual([{ type: 'text', delta: 't' }]);
  });
});

it('shows each chunk before its events, keep-alives and [DONE] not at all', () => {
  const { chunks, results } = decodeAll([': x', delta('{"content":"t"}'), '[DONE]']);
  expect(chunks).toEqual([JSON.parse(delta('{"content":"t"}'))]);
  expect(results).toEqual(['skipped', 'chunk', 'last']);
});
