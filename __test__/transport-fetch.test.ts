// What only the fetch transport has to prove: framing through a library, limits and cancelling over an API that knows
// nothing but aborts, its window, its way of holding deltas back, and when it is chosen.

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { EventSink } from '../ts/events.js';
import { chooseTransport } from '../ts/transport/choose.js';
import { chooseTransport as chooseOnEdge } from '../ts/transport/choose-edge.js';
import { HoldBack } from '../ts/transport/fetch/hold-back.js';
import { LimitWatch } from '../ts/transport/fetch/limits.js';
import { readFrames, Window } from '../ts/transport/fetch/read-stream.js';
import { createFetchTransport } from '../ts/transport/fetch.js';
import { type Transport, WINDOW_BYTES } from '../ts/transport.js';
import { collect, testRequest } from './helpers/collect.js';
import { chunk, frames, json, scriptedServer, sse } from './helpers/scripted-server.js';

const NO_LIMITS = { connectMs: 0, firstByteMs: 0, idleMs: 0, totalMs: 0 };
const utf8 = new TextEncoder();

function bodyOf(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

/** Frames of a body, and how reading ended. */
async function framesOf(pieces: readonly Uint8Array[], maxEventBytes?: number) {
  const seen: (readonly [string | undefined, string])[] = [];
  const watch = new LimitWatch(NO_LIMITS, Number.POSITIVE_INFINITY);
  const reply = { status: 200, headers: {}, body: bodyOf(pieces), watch };
  const outcome = await readFrames(
    reply,
    new Window(),
    (event, data) => {
      seen.push([event, data]);
      return 'chunk';
    },
    maxEventBytes,
  );
  return { seen, outcome };
}

function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

describe('framing', () => {
  it.each<[string, string, [string | undefined, string][]]>([
    [
      'line feeds',
      'data: a\n\ndata: b\n\n',
      [
        [undefined, 'a'],
        [undefined, 'b'],
      ],
    ],
    [
      'both',
      'data: a\r\n\r\ndata: b\r\n\r\n',
      [
        [undefined, 'a'],
        [undefined, 'b'],
      ],
    ],
    [
      'carriage returns',
      'data: a\r\rdata: b\r\r',
      [
        [undefined, 'a'],
        [undefined, 'b'],
      ],
    ],
    ['several data lines', 'data: a\ndata:b\ndata:  c\n\n', [[undefined, 'a\nb\n c']]],
    [
      'comments, a byte order mark',
      '\uFEFF: hi\nid: 4\nretry: 3\nwhat: x\ndata: a\n\n:\n\n',
      [[undefined, 'a']],
    ],
    [
      'a byte order mark before data',
      '\uFEFFdata: a\n\ndata: b\n\n',
      [
        [undefined, 'a'],
        [undefined, 'b'],
      ],
    ],
    ['both within an event', 'event: e\r\ndata: a\r\ndata: b\r\n\r\n', [['e', 'a\nb']]],
    [
      'event names',
      'event: error\ndata: a\n\ndata: b\n\n',
      [
        ['error', 'a'],
        [undefined, 'b'],
      ],
    ],
    ['an event without data', 'event: lost\n\ndata: b\n\n', [[undefined, 'b']]],
    ['empty data', 'data:\n\n', [[undefined, '']]],
    [
      'no last blank line',
      'data: a\n\ndata: b',
      [
        [undefined, 'a'],
        [undefined, 'b'],
      ],
    ],
    [
      'half of one',
      'data: a\n\ndata: b\n',
      [
        [undefined, 'a'],
        [undefined, 'b'],
      ],
    ],
    ['a carriage return at the end', 'data: a\r', [[undefined, 'a']]],
    ['characters of several bytes', 'data: é😀\n\n', [[undefined, 'é😀']]],
  ])('%s, at any split', async (_, wire, expected) => {
    const bytes = utf8.encode(wire);
    expect((await framesOf([bytes])).seen).toEqual(expected);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
        expect((await framesOf(split(bytes, cuts))).seen).toEqual(expected);
      }),
      { seed: 20261122, numRuns: 50 },
    );
  });

  it('the idle limit counts data events, not bytes, comments or keep-alives in data fields', async () => {
    const watch = new LimitWatch(NO_LIMITS, Number.POSITIVE_INFINITY);
    const touch = vi.spyOn(watch, 'touch');
    const pieces = [': warm\n\n', 'data:\n\n', 'data: a', '\n\n', 'data: : warm\n\n', 'data: b\n\n'];
    const body = bodyOf(pieces.map((piece) => utf8.encode(piece)));
    await readFrames({ status: 200, headers: {}, body, watch }, new Window(), (_event, data) =>
      data === 'a' || data === 'b' ? 'chunk' : 'skipped',
    );
    expect(touch).toHaveBeenCalledTimes(2);
  });

  it('an event over the limit ends the stream, in one line or in many', async () => {
    const line = utf8.encode(`data: ${'x'.repeat(100)}`);
    const many = utf8.encode('data: 0123456789\n'.repeat(10));
    for (const pieces of [[line], [many], split(line, [20, 40, 60, 80])]) {
      const { outcome } = await framesOf(pieces, 64);
      expect(outcome).toMatchObject({ type: 'failed', failure: { kind: 'too-large' } });
    }
  });
});

describe('the window', () => {
  it('reads no further while the reader holds too much, and goes on at its word', async () => {
    const piece = utf8.encode(frames(chunk({ content: 'x'.repeat(64 * 1024) })));
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1;
          if (pulled <= 64) controller.enqueue(piece);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const transport = createFetchTransport({ fetch: async () => new Response(body) });
    let received = 0;
    let ended = false;
    const sink = recording({
      text: (delta) => {
        received += delta.length;
      },
      end: () => {
        ended = true;
      },
    });
    const handle = transport.streamEvents(
      testRequest('http://test/v1', { limits: { ...NO_LIMITS, idleMs: 20 } }),
      { coalesce: 'waiting', includeRaw: false },
      sink,
    );
    await vi.waitFor(() => expect(received).toBeGreaterThanOrEqual(WINDOW_BYTES - piece.byteLength));
    const held = pulled;
    // Longer than the idle limit: the reader's pause is not the server's silence.
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(pulled).toBe(held);
    expect(held * piece.byteLength).toBeLessThan(WINDOW_BYTES + 2 * piece.byteLength);
    expect(ended).toBe(false);
    while (!ended) {
      handle.release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(received).toBe(64 * 64 * 1024);
  });
});

describe('a fetch that does not look at its signal', () => {
  const deaf = (body?: ReadableStream<Uint8Array>): Transport =>
    createFetchTransport({
      fetch: () => (body === undefined ? new Promise(() => {}) : Promise.resolve(new Response(body))),
    });
  const endless = (onCancel: () => void = () => {}) =>
    new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(utf8.encode(frames(chunk({ content: 'a' })))),
      cancel: onCancel,
    });

  it('still meets the first-byte limit', async () => {
    const limits = { ...NO_LIMITS, firstByteMs: 20 };
    const call = deaf().request(testRequest('http://test/v1', { limits }));
    await expect(call).rejects.toMatchObject({
      failure: { kind: 'timeout', limit: 'first-byte', limitMs: 20 },
    });
  });

  it('still meets the idle and the total limit, and its body is let go', async () => {
    for (const [limit, limits] of [
      ['idle', { ...NO_LIMITS, idleMs: 20 }],
      ['total', { ...NO_LIMITS, totalMs: 20 }],
    ] as const) {
      const onCancel = vi.fn();
      const { outcome } = await collect(deaf(endless(onCancel)), testRequest('http://test/v1', { limits }));
      expect(outcome).toMatchObject({ type: 'failed', failure: { kind: 'timeout', limit, limitMs: 20 } });
      expect(onCancel).toHaveBeenCalledOnce();
    }
  });

  it('still ends at an abort, with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const call = deaf(endless()).request(testRequest('http://test/v1'), controller.signal);
    setImmediate(() => controller.abort(reason));
    await expect(call).rejects.toBe(reason);
  });

  it('still lets its body go when the stream is cancelled, and delivers nothing more', async () => {
    let cancelled = () => {};
    const closed = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    const end = vi.fn();
    const handle = deaf(endless(cancelled)).streamEvents(
      testRequest('http://test/v1'),
      { coalesce: 'waiting', includeRaw: false },
      recording({ text: () => handle.cancel(), end }),
    );
    await closed;
    expect(end).not.toHaveBeenCalled();
  });
});

describe('requests that can not be sent', () => {
  it.each([
    ['a bad URL', { url: 'not a url' }],
    ['a bad header', { headers: { 'x-key': 'ak_secret\nx' } }],
  ])('%s fails before any attempt, and shows no value', async (_, more) => {
    const fetch = vi.fn();
    const transport = createFetchTransport({ fetch });
    const error = await transport
      .request({ ...testRequest('http://test/v1'), maxRetries: 3, ...more })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ failure: { kind: 'request' } });
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(fetch).not.toHaveBeenCalled();
  });

  it('an aborted signal makes no request', async () => {
    const fetch = vi.fn();
    const call = createFetchTransport({ fetch }).request(
      testRequest('http://test/v1'),
      AbortSignal.abort('no'),
    );
    await expect(call).rejects.toBe('no');
    expect(fetch).not.toHaveBeenCalled();
  });
});

it('delivers the chunks of a stream unchanged, and its last word as an event', async () => {
  const wire = [chunk({ role: 'assistant' }), chunk({ content: 'a' }), { x: 1, choices: [] }];
  const server = await scriptedServer(sse(frames(...wire, '[DONE]')));
  const chunks: unknown[] = [];
  const events: unknown[] = [];
  const outcome = await new Promise((resolve) => {
    createFetchTransport().streamChunks(
      testRequest(server.url),
      { coalesce: 'waiting', includeRaw: false },
      {
        head: () => {},
        chunk: (value) => void chunks.push(value),
        event: (event) => void events.push(event),
        end: resolve,
      },
    );
  });
  expect(chunks).toEqual(wire);
  expect(events).toEqual([{ type: 'done' }]);
  expect(outcome).toEqual({ type: 'done' });
});

describe('deltas that are held back', () => {
  it('merge while they are of one kind, and keep their order', () => {
    vi.useFakeTimers();
    const said: unknown[] = [];
    const held = new HoldBack(
      recording({
        text: (delta) => void said.push(['text', delta]),
        reasoning: (delta) => void said.push(['reasoning', delta]),
        toolArguments: (index, delta) => void said.push([index, delta]),
        event: (event) => void said.push(event.type),
      }),
      50,
    );
    held.reasoning('a');
    held.reasoning('b');
    held.text('c');
    vi.advanceTimersByTime(49);
    held.text('d');
    expect(said).toEqual([['reasoning', 'ab']]);
    vi.advanceTimersByTime(1);
    expect(said.at(-1)).toEqual(['text', 'cd']);
    held.toolArguments(0, 'x');
    held.toolArguments(1, 'y');
    held.event({ type: 'done' });
    expect(said.slice(2)).toEqual([[0, 'x'], [1, 'y'], 'done']);
    held.text('lost');
    held.drop();
    vi.advanceTimersByTime(1000);
    expect(said.length).toBe(5);
    vi.useRealTimers();
  });
});

describe('the choice of transport', () => {
  it('is fetch when asked for, and whenever a fetch is given', async () => {
    expect((await chooseTransport({ transport: 'fetch' })).transport.name).toBe('fetch');
    const fetch = vi.fn(async () => new Response('{}'));
    const { transport } = await chooseTransport({ fetch });
    await transport.request(testRequest('http://test/v1'));
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('is the object that was given', async () => {
    const transport = createFetchTransport();
    expect(await chooseTransport({ transport })).toEqual({ transport });
    expect(await chooseOnEdge({ transport })).toEqual({ transport });
  });

  it('follows the environment, and refuses words it does not know', async () => {
    vi.stubEnv('AURIKO_TRANSPORT', 'fetch');
    expect((await chooseTransport({})).transport.name).toBe('fetch');
    vi.stubEnv('AURIKO_TRANSPORT', 'pigeon');
    await expect(chooseTransport({})).rejects.toThrow(/AURIKO_TRANSPORT.*'pigeon'/);
    vi.unstubAllEnvs();
  });

  it('on edge runtimes it is fetch, with the reason; native is refused', async () => {
    vi.stubEnv('AURIKO_TRANSPORT', '');
    const { transport, reason } = await chooseOnEdge({});
    expect([transport.name, reason]).toEqual(['fetch', 'this platform runs no native addons']);
    await expect(chooseOnEdge({ transport: 'native' })).rejects.toThrow(/does not exist on this platform/);
    vi.unstubAllEnvs();
  });
});

it('closes the connection of a cancelled stream', async () => {
  let closed: Promise<void> | undefined;
  const server = await scriptedServer(
    (exchange) => {
      closed = exchange.closed;
      exchange.head(200, { 'content-type': 'text/event-stream' });
      exchange.write(frames(chunk({ content: 'a' })));
    },
    json(200, {}),
  );
  await new Promise<void>((resolve) => {
    const handle = createFetchTransport().streamEvents(
      testRequest(server.url),
      { coalesce: 'waiting', includeRaw: false },
      recording({
        text: () => {
          handle.cancel();
          handle.cancel();
          resolve();
        },
      }),
    );
  });
  await closed;
  // Node's fetch replaces an aborted connection, sends nothing, and closes that one too (seen with a bare fetch, Node 24).
  await vi.waitFor(() => expect(server.openConnections()).toBe(0), { timeout: 10_000 });
  expect(server.requests.length).toBe(1);
});

/** A sink that ignores what the test does not ask for. */
function recording(wanted: Partial<EventSink>): EventSink {
  const ignore = (): void => {};
  return {
    head: ignore,
    text: ignore,
    reasoning: ignore,
    toolArguments: ignore,
    event: ignore,
    raw: ignore,
    end: ignore,
    ...wanted,
  };
}
