// Everything that may go wrong between a caller and a model, on every transport: the class, code and retryability of
// the error, and how many requests were made.

import { createServer } from 'node:net';
import { type LanguageModelV4StreamPart, LoadAPIKeyError } from '@ai-sdk/provider';
import { describe, expect, it, vi } from 'vitest';
import { type AurikoProviderSettings, createAuriko } from '../ts/index.js';
import {
  chunk,
  type Exchange,
  ending,
  envelope,
  frames,
  json,
  scriptedServer,
  sse,
  text,
} from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const PROMPT = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }];

async function readAll(
  stream: ReadableStream<LanguageModelV4StreamPart>,
): Promise<LanguageModelV4StreamPart[]> {
  const parts: LanguageModelV4StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

function of<T extends LanguageModelV4StreamPart['type']>(parts: LanguageModelV4StreamPart[], type: T) {
  return parts.filter((part): part is Extract<LanguageModelV4StreamPart, { type: T }> => part.type === type);
}

describe('before any request', () => {
  it('a missing key is an error that names both ways to give one', async () => {
    vi.stubEnv('AURIKO_API_KEY', '');
    const server = await scriptedServer(json(200, {}));
    const model = createAuriko({ baseURL: server.url, transport: 'fetch' })('m');
    const error = await model.doGenerate({ prompt: PROMPT }).catch((thrown: unknown) => thrown);
    expect(LoadAPIKeyError.isInstance(error)).toBe(true);
    expect(String(error)).toMatch(/apiKey.*AURIKO_API_KEY/);
    expect(server.requests.length).toBe(0);
    vi.unstubAllEnvs();
  });

  it.each(['', '   '])('an empty base URL %j is refused', (baseURL) => {
    expect(() => createAuriko({ baseURL })).toThrow(/baseURL must not be empty/);
  });

  it.each(['not a url', 'ftp://host/v1', 'https://host/v1?key=1'])(
    'the base URL %j is refused',
    (baseURL) => {
      expect(() => createAuriko({ baseURL })).toThrow(/baseURL must/);
    },
  );
});

describe.each(transports)('over %s', (_, transport) => {
  const modelAt = (baseURL: string, settings: AurikoProviderSettings = {}) =>
    createAuriko({ transport, apiKey: 'ak_live_secret', baseURL, ...settings })('m');

  const failing = async (baseURL: string, settings: AurikoProviderSettings = {}) => {
    const model = modelAt(baseURL, settings);
    const plain = await model.doGenerate({ prompt: PROMPT }).catch((thrown: unknown) => thrown);
    const streamed = await model.doStream({ prompt: PROMPT }).catch((thrown: unknown) => thrown);
    return [plain, streamed];
  };

  it.each([
    [401, 'authentication_error', 'invalid_api_key', 'AuthenticationError', false],
    [404, 'not_found_error', 'model_not_found', 'NotFoundError', false],
    [403, 'permission_error', 'insufficient_permissions', 'PermissionDeniedError', false],
    [409, 'invalid_request_error', 'idempotency_conflict', 'ConflictError', false],
    [413, 'invalid_request_error', 'payload_too_large', 'BadRequestError', false],
    [429, 'rate_limit_error', 'rate_limit_exceeded', 'RateLimitError', true],
    [429, 'rate_limit_error', 'budget_exhausted', 'RateLimitError', false],
    [500, 'api_error', 'internal_error', 'InternalServerError', false],
    [503, 'api_error', 'no_provider_available', 'APIStatusError', true],
  ])('%i %s %s is a %s, retryable: %s', async (status, type, code, name, isRetryable) => {
    const server = await scriptedServer(
      json(status, envelope(type, code, { provider: 'p1', suggestion: 'Do this.' }), {
        'x-request-id': 'req_1',
      }),
    );
    for (const error of await failing(server.url)) {
      expect(error).toMatchObject({
        name,
        code,
        type,
        statusCode: status,
        isRetryable,
        provider: 'p1',
        suggestion: 'Do this.',
        requestId: 'req_1',
        message: `[p1] about ${code}. Do this.`,
      });
    }
    expect(server.requests.length).toBe(2);
  });

  it('no key is in any error', async () => {
    const server = await scriptedServer(text(401, 'who is ak_live_secret?'));
    for (const error of await failing(server.url)) {
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('ak_live_secret');
      expect(String(error)).not.toContain('ak_live_secret');
    }
  });

  it('a body that is not JSON is an invalid response', async () => {
    const server = await scriptedServer(text(200, 'hello'));
    const error = await modelAt(server.url)
      .doGenerate({ prompt: PROMPT })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'APIStatusError', code: 'invalid_response', isRetryable: false });
    expect(server.requests.length).toBe(1);
  });

  it('an HTML 502 keeps its text and is retryable', async () => {
    const html = `<html><body>Bad Gateway${'.'.repeat(5000)}</body></html>`;
    const server = await scriptedServer(text(502, html, { 'content-type': 'text/html' }));
    for (const error of await failing(server.url)) {
      expect(error).toMatchObject({
        name: 'APIStatusError',
        code: 'malformed_response',
        statusCode: 502,
        isRetryable: true,
      });
      expect(error).toHaveProperty('responseBody', html.slice(0, 4096));
    }
  });

  it('a reply without choices is invalid', async () => {
    const server = await scriptedServer(json(200, { id: 'x', object: 'chat.completion' }));
    const error = await modelAt(server.url)
      .doGenerate({ prompt: PROMPT })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'AI_InvalidResponseDataError' });
  });

  it('a 200 with an error is that error', async () => {
    const server = await scriptedServer(json(200, envelope('api_error', 'upstream_error')));
    const error = await modelAt(server.url)
      .doGenerate({ prompt: PROMPT })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'upstream_error', isRetryable: true });
  });

  it('nobody listens: a connection error, retryable, without a status', async () => {
    // A port that was free a moment ago.
    const closed = createServer();
    await new Promise<void>((listening) => closed.listen(0, '127.0.0.1', listening));
    const address = closed.address();
    await new Promise((done) => closed.close(done));
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    for (const error of await failing(`http://127.0.0.1:${address.port}`)) {
      expect(error).toMatchObject({
        name: 'APIConnectionError',
        code: 'api_connection_error',
        isRetryable: true,
        statusCode: undefined,
        message: expect.stringMatching(/ECONNREFUSED/),
      });
      expect(error).toHaveProperty('cause');
    }
  });

  it('a connection reset before the headers is a connection error', async () => {
    const server = await scriptedServer((exchange) => exchange.cut());
    for (const error of await failing(server.url)) {
      expect(error).toMatchObject({
        name: 'APIConnectionError',
        code: 'api_connection_error',
        isRetryable: true,
      });
    }
  });

  it('a server that never answers meets the first-byte limit', async () => {
    const closed: Promise<void>[] = [];
    const server = await scriptedServer((exchange) => void closed.push(exchange.closed));
    for (const error of await failing(server.url, { timeout: { firstByteMs: 50 } })) {
      expect(error).toMatchObject({
        name: 'APIConnectionError',
        code: 'first_byte_timeout',
        isRetryable: true,
        message: expect.stringContaining('timeout.firstByteMs'),
      });
    }
    await Promise.all(closed);
    expect(server.requests.length).toBe(2);
  });

  it('the total limit ends a call that drips', async () => {
    const server = await scriptedServer((exchange) => {
      exchange.head(200, { 'content-type': 'text/event-stream' });
      exchange.write(frames(chunk({ content: 'a' })));
      const timer = setInterval(() => exchange.write(frames(chunk({ content: 'b' }))), 10);
      void exchange.closed.then(() => clearInterval(timer));
    });
    const { stream } = await modelAt(server.url, { timeout: { totalMs: 150 } }).doStream({ prompt: PROMPT });
    const parts = await readAll(stream);
    expect(of(parts, 'error')[0]?.error).toMatchObject({ code: 'total_timeout', isRetryable: false });
    expect(of(parts, 'finish')[0]?.finishReason.unified).toBe('error');
  });

  it.each([': keep-alive\n\n', 'data:\n\n', 'data: : keep-alive\n\n'])(
    'a stream that stalls meets the idle limit, and %j does not count',
    async (keepAlive) => {
      let closed: Promise<void> | undefined;
      const server = await scriptedServer((exchange) => {
        closed = exchange.closed;
        exchange.head(200, { 'content-type': 'text/event-stream' });
        exchange.write(frames(chunk({ content: 'a' })));
        const timer = setInterval(() => exchange.write(keepAlive), 10);
        void exchange.closed.then(() => clearInterval(timer));
      });
      const { stream } = await modelAt(server.url, { timeout: { idleMs: 80 } }).doStream({ prompt: PROMPT });
      const parts = await readAll(stream);
      expect(of(parts, 'text-delta').map((part) => part.delta)).toEqual(['a']);
      expect(of(parts, 'text-end').length).toBe(1);
      expect(of(parts, 'error')[0]?.error).toMatchObject({ code: 'idle_timeout', isRetryable: true });
      await closed;
    },
  );

  it('an error as the first event rejects the call', async () => {
    const server = await scriptedServer(
      sse(frames(envelope('rate_limit_error', 'rate_limit_exceeded', { provider: 'p1' }))),
    );
    await expect(modelAt(server.url).doStream({ prompt: PROMPT })).rejects.toMatchObject({
      name: 'RateLimitError',
      code: 'rate_limit_exceeded',
      statusCode: 429,
      isRetryable: true,
      requestId: 'req_test',
    });
    expect(server.requests.length).toBe(1);
  });

  it('an error in the middle is a part, then open blocks end and the stream finishes', async () => {
    const server = await scriptedServer(
      sse(
        frames(chunk({ content: 'a' }), envelope('api_error', 'upstream_error'), chunk({ content: 'late' })),
      ),
    );
    const { stream } = await modelAt(server.url).doStream({ prompt: PROMPT });
    const parts = await readAll(stream);
    expect(parts.map((part) => part.type)).toEqual([
      'stream-start',
      'response-metadata',
      'text-start',
      'text-delta',
      'error',
      'text-end',
      'finish',
    ]);
    expect(of(parts, 'error')[0]?.error).toMatchObject({ code: 'upstream_error', isRetryable: true });
    expect(of(parts, 'finish')[0]?.finishReason).toEqual({ unified: 'error', raw: undefined });
  });

  it('an error that is a plain string is reported in its words', async () => {
    const server = await scriptedServer(sse(frames({ error: 'out of memory' })));
    await expect(modelAt(server.url).doStream({ prompt: PROMPT })).rejects.toMatchObject({
      message: expect.stringContaining('out of memory'),
    });
  });

  it('malformed JSON ends the stream with one retryable error', async () => {
    const server = await scriptedServer(
      sse(frames(chunk({ content: 'a' }), '{"choices": [', chunk({ content: 'late' }))),
    );
    const { stream } = await modelAt(server.url).doStream({ prompt: PROMPT });
    const parts = await readAll(stream);
    expect(of(parts, 'text-delta').map((part) => part.delta)).toEqual(['a']);
    const errors = of(parts, 'error');
    expect(errors.length).toBe(1);
    expect(errors[0]?.error).toMatchObject({ code: 'malformed_chunk', isRetryable: true });
    expect(of(parts, 'finish')[0]?.finishReason.unified).toBe('error');
  });

  it('a server that lingers after [DONE] delays nothing', async () => {
    let lingering: Exchange | undefined;
    const server = await scriptedServer((exchange) => {
      lingering = exchange;
      exchange.head(200, { 'content-type': 'text/event-stream' });
      exchange.write(frames(chunk({ content: 'a' }), ...ending()));
    });
    const { stream } = await modelAt(server.url).doStream({ prompt: PROMPT });
    // Resolves although the server never closes.
    const parts = await readAll(stream);
    expect(of(parts, 'finish')[0]?.finishReason.unified).toBe('stop');
    await lingering?.closed;
  });

  it('a body that ends after the finish word but without [DONE] is complete', async () => {
    const server = await scriptedServer(sse(frames(chunk({ content: 'a' }, { finish_reason: 'stop' }))));
    const { stream } = await modelAt(server.url).doStream({ prompt: PROMPT });
    const parts = await readAll(stream);
    expect(of(parts, 'error')).toEqual([]);
    expect(of(parts, 'finish')[0]?.finishReason).toEqual({ unified: 'stop', raw: 'stop' });
  });

  it('a last event without its blank line counts', async () => {
    const body = frames(chunk({ content: 'a' }), ...ending());
    const server = await scriptedServer(sse(body.slice(0, body.lastIndexOf('\n\ndata: [DONE]'))));
    const { stream } = await modelAt(server.url).doStream({ prompt: PROMPT });
    const finish = of(await readAll(stream), 'finish')[0];
    expect(finish?.usage.inputTokens.total).toBe(3);
  });

  it('an empty stream is a retryable error of the call', async () => {
    const server = await scriptedServer(sse());
    await expect(modelAt(server.url).doStream({ prompt: PROMPT })).rejects.toMatchObject({
      name: 'APIConnectionError',
      code: 'stream_interrupted',
      isRetryable: true,
    });
  });

  describe('a stream cut at any byte', () => {
    const body = frames(
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'é😀' }),
      chunk({ tool_calls: [{ index: 0, id: 'call_1', function: { name: 'f', arguments: '{"a":1}' } }] }),
      ...ending('tool_calls'),
    );
    const bytes = Buffer.from(body);
    const finishAt = Buffer.from(body.slice(0, body.indexOf('"finish_reason":"tool_calls"'))).length;
    const finishEnd = bytes.indexOf('\n\n', finishAt);
    // Every byte would be a thousand servers; a prime step comes to all kinds of places.
    const cuts = Array.from({ length: Math.ceil(bytes.length / 13) }, (_, index) => index * 13);

    it.each(['closed', 'short'] as const)('%s: never hangs, never runs a truncated tool', async (kind) => {
      for (const cut of cuts) {
        const server = await scriptedServer((exchange) => {
          // Short of what was announced, the end is a broken connection and not the end of a body.
          exchange.head(200, kind === 'closed' ? {} : { 'content-length': '1000000' });
          exchange.write(bytes.subarray(0, cut));
          exchange.end();
        });
        const open = await modelAt(server.url)
          .doStream({ prompt: PROMPT })
          .catch((thrown: unknown) => thrown);
        if (!(typeof open === 'object' && open !== null && 'stream' in open)) {
          expect(open, `cut at ${cut}`).toMatchObject({ isRetryable: true });
          continue;
        }
        const parts = await readAll(open.stream as ReadableStream<LanguageModelV4StreamPart>);
        const finish = of(parts, 'finish')[0];
        // At the end of a body a last event needs no blank line; when the connection breaks it does.
        const isWhole = cut >= (kind === 'closed' ? finishEnd : finishEnd + 2);
        if (isWhole) {
          expect(finish?.finishReason.unified, `cut at ${cut}`).toBe('tool-calls');
          expect(of(parts, 'tool-call').length, `cut at ${cut}`).toBe(1);
        } else {
          expect(['interrupted', 'error'], `cut at ${cut}`).toContain(finish?.finishReason.unified);
          expect(of(parts, 'tool-call'), `cut at ${cut}`).toEqual([]);
          expect(of(parts, 'error')[0]?.error, `cut at ${cut}`).toMatchObject({ isRetryable: true });
        }
        for (const block of ['text', 'tool-input'] as const) {
          expect(of(parts, `${block}-end`).length).toBe(of(parts, `${block}-start`).length);
        }
        expect(parts.at(-1)?.type).toBe('finish');
      }
    });
  });
});
