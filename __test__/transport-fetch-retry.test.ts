// Retries of the fetch transport: the decision as a table, then the loop with a scripted clock. Nothing here waits.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TransportFailure } from '../ts/events.js';
import { createFetchTransport } from '../ts/transport/fetch.js';
import { retryAfterMs, retryDelayMs } from '../ts/transport/retry.js';
import { TransportError } from '../ts/transport.js';
import { collect, testRequest } from './helpers/collect.js';
import { envelope, json, scriptedServer, sse, text } from './helpers/scripted-server.js';

const NOW = Date.parse('Sun, 22 Nov 2026 12:00:00 GMT');
/** No jitter: the middle of its range. */
const MIDDLE = 0.5;

function reply(body: string, headers: Record<string, string> = {}, status = 503): TransportFailure {
  return { kind: 'status', message: 'm', status, headers, body };
}

const wire = (type: string, code: string) => JSON.stringify(envelope(type, code));
const BUSY = wire('rate_limit_error', 'rate_limit_exceeded');

describe('whether to send again', () => {
  it.each<[string, TransportFailure, boolean]>([
    ['no connection', { kind: 'connect', message: 'm' }, true],
    ['a broken reply', { kind: 'interrupted', message: 'm' }, true],
    ['limit connect', { kind: 'timeout', message: 'm', limit: 'connect' }, true],
    ['limit first byte', { kind: 'timeout', message: 'm', limit: 'first-byte' }, true],
    ['limit idle', { kind: 'timeout', message: 'm', limit: 'idle' }, true],
    ['limit total', { kind: 'timeout', message: 'm', limit: 'total' }, false],
    ['an event too large', { kind: 'too-large', message: 'm' }, false],
    ['a request that cannot be sent', { kind: 'request', message: 'm' }, false],
    ['rate limit', reply(BUSY, {}, 429), true],
    ['budget', reply(wire('rate_limit_error', 'budget_exhausted'), {}, 429), false],
    ['quota', reply(wire('rate_limit_error', 'insufficient_quota'), {}, 429), false],
    ['internal error', reply(wire('api_error', 'internal_error'), {}, 500), false],
    ['another api_error 500', reply(wire('api_error', 'brand_new'), {}, 500), true],
    ['no provider', reply(wire('api_error', 'no_provider_available')), true],
    ['bad request', reply(wire('invalid_request_error', 'invalid_request'), {}, 400), false],
    ['bad key', reply(wire('authentication_error', 'invalid_api_key'), {}, 401), false],
    // errors.md §3: no proper envelope counts as `api_error`, whatever the status.
    ['an HTML 404', reply('<html>', {}, 404), true],
    ['an empty 400', reply('', {}, 400), true],
    ['an unknown type', reply(wire('strange', 'x'), {}, 400), true],
    ['an empty code', reply(wire('invalid_request_error', ''), {}, 400), true],
  ])('%s', (_, failure, expected) => {
    expect(retryDelayMs(0, 1, failure, MIDDLE, NOW) !== undefined).toBe(expected);
  });

  it('ends with the allowance', () => {
    expect(retryDelayMs(1, 1, reply(BUSY), MIDDLE, NOW)).toBeUndefined();
    expect(retryDelayMs(0, 0, reply(BUSY), MIDDLE, NOW)).toBeUndefined();
  });
});

describe('how long to wait', () => {
  it.each([
    [0, 500],
    [1, 750],
    [2, 1125],
    [11, 30_000],
    [500, 30_000],
  ])('attempt %i waits %i ms', (attempt, expected) => {
    expect(retryDelayMs(attempt, 1000, reply(BUSY), MIDDLE, NOW)).toBe(expected);
  });

  it('stays within a fifth of the backoff', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(random, fc.nat(40), (value, attempt) => {
        const base = Math.min(500 * 1.5 ** attempt, 30_000);
        const wait = retryDelayMs(attempt, 100, reply(BUSY), value, NOW) ?? Number.NaN;
        expect(wait).toBeGreaterThanOrEqual(base * 0.8 - 1e-6);
        expect(wait).toBeLessThanOrEqual(base * 1.2 + 1e-6);
      }),
      { seed: 20261122 },
    );
  });

  it.each<[Record<string, string>, number | undefined]>([
    [{ 'retry-after': '12' }, 12_000],
    [{ 'retry-after': '0.2' }, 500],
    [{ 'retry-after': '60' }, 60_000],
    [{ 'retry-after': '61' }, undefined],
    [{ 'retry-after-ms': '2500' }, 2500],
    [{ 'retry-after-ms': '2500', 'retry-after': '50' }, 2500],
    [{ 'retry-after-ms': '60001' }, undefined],
    [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:07 GMT' }, 7000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, 500],
    [{ 'retry-after': 'Mon, 23 Nov 2026 12:00:00 GMT' }, undefined],
    [{ 'retry-after': 'Infinity' }, 500],
    [{ 'retry-after': 'NaN' }, 500],
    [{ 'retry-after': '-4' }, 500],
    [{ 'retry-after': 'soon' }, 500],
    [{ 'retry-after': '' }, 500],
  ])('%j', (headers, expected) => {
    expect(retryDelayMs(0, 1, reply(BUSY, headers), MIDDLE, NOW)).toBe(expected);
  });

  it('a header that says nothing usable is no wish', () => {
    expect(retryAfterMs({ 'retry-after': 'in 5' }, NOW)).toBeUndefined();
    expect(retryAfterMs({}, NOW)).toBeUndefined();
  });
});

describe('the loop', () => {
  /** A transport that does not wait, and what it would have waited. */
  function impatient() {
    const waits: number[] = [];
    const transport = createFetchTransport({
      tools: { random: () => MIDDLE, now: () => NOW, sleep: async (ms) => void waits.push(ms) },
    });
    return { transport, waits };
  }

  it('sends until a good reply comes, with the waits in between', async () => {
    const busy = text(429, BUSY, { 'retry-after': '2' });
    const server = await scriptedServer(busy, text(502, '<html>'), json(200, { ok: true }));
    const { transport, waits } = impatient();
    const { status, body } = await transport.request(testRequest(server.url, { maxRetries: 2 }));
    expect([status, body]).toEqual([200, '{"ok":true}']);
    expect(waits).toEqual([2000, 750]);
    expect(server.requests.length).toBe(3);
    expect(new Set(server.requests.map(({ body: sent }) => sent)).size).toBe(1);
  });

  it('raises the last failure after n + 1 requests', async () => {
    const server = await scriptedServer(text(429, BUSY));
    const { transport } = impatient();
    const error = await transport
      .request(testRequest(server.url, { maxRetries: 3 }))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ failure: { kind: 'status', status: 429, body: BUSY } });
    expect(server.requests.length).toBe(4);
  });

  it('repeats a plain request whose reply broke off', async () => {
    const server = await scriptedServer(
      (exchange) => {
        exchange.head(200, { 'content-length': '100' });
        exchange.write('{"ok"');
        exchange.end();
      },
      json(200, { ok: true }),
    );
    const { transport } = impatient();
    const { body } = await transport.request(testRequest(server.url, { maxRetries: 1 }));
    expect(body).toBe('{"ok":true}');
    expect(server.requests.length).toBe(2);
  });

  it('repeats a stream until its headers are good, and never after', async () => {
    const server = await scriptedServer(text(503, '<html>'), sse('data: {"choices":[]}\n\n'));
    const { transport } = impatient();
    const { outcome } = await collect(transport, testRequest(server.url, { maxRetries: 5 }));
    expect(outcome).toEqual({ type: 'eof' });
    expect(server.requests.length).toBe(2);
  });

  it('does not begin a wait that the total limit would cut short', async () => {
    const server = await scriptedServer(text(429, BUSY, { 'retry-after': '50' }));
    const { transport, waits } = impatient();
    const limits = { connectMs: 0, firstByteMs: 0, idleMs: 0, totalMs: 30_000 };
    const error = await transport
      .request(testRequest(server.url, { maxRetries: 5, limits }))
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ failure: { kind: 'status', status: 429 } });
    expect(waits).toEqual([]);
  });

  it('an abort during the wait ends it at once, with the reason', async () => {
    const server = await scriptedServer(text(429, BUSY, { 'retry-after': '59' }));
    const controller = new AbortController();
    const reason = new Error('enough');
    const transport = createFetchTransport({
      tools: {
        sleep: async () => controller.abort(reason),
      },
    });
    const call = transport.request(testRequest(server.url, { maxRetries: 5 }), controller.signal);
    await expect(call).rejects.toBe(reason);
    expect(server.requests.length).toBe(1);
  });

  it('leaves a failing stream to its reader when nothing may be repeated', async () => {
    const server = await scriptedServer(text(400, wire('invalid_request_error', 'invalid_request')));
    const { transport, waits } = impatient();
    const { outcome, head } = await collect(transport, testRequest(server.url, { maxRetries: 5 }));
    expect(outcome).toMatchObject({ type: 'failed', failure: { kind: 'status', status: 400 } });
    expect(head).toBeUndefined();
    expect(waits).toEqual([]);
  });
});
