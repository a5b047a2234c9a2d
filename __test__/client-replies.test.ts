// What the calls of the SDK return besides data: status, headers, the raw reply; and what one call may set for itself.

import { describe, expect, it } from 'vitest';
import { Auriko, type AurikoOptions, type RequestOptions } from '../ts/client/index.js';
import {
  chunk,
  ending,
  envelope,
  frames,
  json,
  scriptedServer,
  sse,
  text,
} from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const messages = [{ role: 'user' as const, content: 'hi' }];
const COMPLETION = {
  id: 'c1',
  created: 1,
  model: 'm-1',
  choices: [{ index: 0, message: { role: 'assistant', content: 'héllo' }, finish_reason: 'stop' }],
};

describe.each(transports)('over %s', (_, transport) => {
  const clientAt = (baseURL: string, options: AurikoOptions = {}) =>
    new Auriko({ transport, apiKey: 'ak_test', baseURL, maxRetries: 0, ...options });
  const create = (baseURL: string, options?: RequestOptions, client?: AurikoOptions) =>
    clientAt(baseURL, client).chat.completions.create({ model: 'm', messages }, options);
  const createStream = (baseURL: string, options?: RequestOptions) =>
    clientAt(baseURL).chat.completions.create({ model: 'm', messages, stream: true }, options);

  describe('withResponse', () => {
    it('gives data, status, headers and request id of one request', async () => {
      const server = await scriptedServer(json(201, COMPLETION, { 'x-request-id': 'req_1', 'x-own': 'a' }));
      const promise = create(server.url);
      const { data, response, requestId } = await promise.withResponse();
      expect(data).toEqual(COMPLETION);
      expect([response.status, response.headers.get('X-Own'), requestId]).toEqual([201, 'a', 'req_1']);
      expect(await promise).toBe(data);
      expect(server.requests.length).toBe(1);
    });

    it('has no request id where the reply has none', async () => {
      const server = await scriptedServer(json(200, COMPLETION));
      expect((await create(server.url).withResponse()).requestId).toBeNull();
    });

    it('gives a stream at its head', async () => {
      const server = await scriptedServer(sse(frames(chunk({ content: 'a' }), ...ending())));
      const { data, requestId } = await createStream(server.url).withResponse();
      expect(requestId).toBe('req_test');
      let count = 0;
      for await (const _item of data) count += 1;
      expect(count).toBe(3);
    });

    it('rejects as the call does, and nothing else is left unhandled', async () => {
      const server = await scriptedServer(json(404, envelope('not_found_error', 'model_not_found')));
      const promise = create(server.url);
      await expect(promise.withResponse()).rejects.toMatchObject({ code: 'model_not_found' });
      await expect(promise).rejects.toMatchObject({ name: 'NotFoundError' });
    });
  });

  describe('asResponse', () => {
    it('gives the raw reply, which need not make sense', async () => {
      const server = await scriptedServer(
        text(200, '{"choices": "né"', { 'content-type': 'text/weird', 'x-own': 'a' }),
      );
      const promise = create(server.url);
      const response = await promise.asResponse();
      expect([response.status, response.headers.get('content-type'), response.headers.get('x-own')]).toEqual([
        200,
        'text/weird',
        'a',
      ]);
      expect(await response.text()).toBe('{"choices": "né"');
      await expect(promise).rejects.toMatchObject({ code: 'invalid_response' });
      expect(server.requests.length).toBe(1);
    });

    it('gives the JSON of a good reply, and its data still', async () => {
      const server = await scriptedServer(json(200, COMPLETION));
      const promise = create(server.url);
      expect(await (await promise.asResponse()).json()).toEqual(COMPLETION);
      expect(await promise).toEqual(COMPLETION);
    });

    it('gives a stream as server-sent events', async () => {
      const sent = [chunk({ content: 'hé' }, { extra: 1 }), chunk({}, { finish_reason: 'stop' })];
      const server = await scriptedServer(sse(': warm\n\n', frames(...sent, '[DONE]')));
      const response = await createStream(server.url).asResponse();
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      expect(await response.text()).toBe(frames(...sent, '[DONE]'));
    });

    it('cancelling the body of a stream closes the connection', async () => {
      let closed: Promise<void> | undefined;
      const server = await scriptedServer((exchange) => {
        closed = exchange.closed;
        exchange.head(200);
        exchange.write(frames(chunk({ content: 'a' })));
      });
      const reader = (await createStream(server.url).asResponse()).body?.getReader();
      expect((await reader?.read())?.done).toBe(false);
      await reader?.cancel();
      await closed;
    });

    it('the body of a stream fails as the stream does', async () => {
      const server = await scriptedServer(sse(frames(chunk({ content: 'a' }))));
      const response = await createStream(server.url).asResponse();
      await expect(response.text()).rejects.toMatchObject({ code: 'stream_interrupted' });
    });

    it('rejects on an error status', async () => {
      const server = await scriptedServer(json(401, envelope('authentication_error', 'invalid_api_key')));
      await expect(create(server.url).asResponse()).rejects.toMatchObject({ name: 'AuthenticationError' });
    });
  });

  it('is a promise: catch, finally and Promise.all see the data', async () => {
    const server = await scriptedServer(json(200, COMPLETION));
    const promise = create(server.url);
    expect(promise).toBeInstanceOf(Promise);
    let isOver = false;
    const [viaAll, viaFinally] = await Promise.all([
      promise,
      promise.finally(() => {
        isOver = true;
      }),
    ]);
    expect([viaAll, viaFinally, isOver]).toEqual([COMPLETION, COMPLETION, true]);
    expect(promise.then()).not.toHaveProperty('withResponse');
  });

  describe('options of a call', () => {
    it('query, headers and idempotency key are sent; undefined takes a header away', async () => {
      const server = await scriptedServer(json(200, COMPLETION));
      await create(
        server.url,
        {
          query: { a: 'x y', b: 2, c: true, d: undefined },
          headers: { 'X-Own': undefined, 'x-call': '1' },
          idempotencyKey: 'key_1-A',
        },
        { headers: { 'x-own': 'client' }, queryParams: { z: '9' } },
      );
      const [request] = server.requests;
      expect(request?.path).toBe('/v1/chat/completions?a=x+y&b=2&c=true&z=9');
      expect(request?.headers).toMatchObject({ 'x-call': '1', 'idempotency-key': 'key_1-A' });
      expect(request?.headers).not.toHaveProperty('x-own');
    });

    it.each([
      [{ idempotencyKey: '' }, /idempotencyKey must be 1 to 255/],
      [{ idempotencyKey: 'a b' }, /idempotencyKey/],
      [{ idempotencyKey: 'x'.repeat(256) }, /idempotencyKey/],
      [{ maxRetries: 1.5 }, /maxRetries must be a whole number/],
      [{ maxRetries: -1 }, /maxRetries/],
      [{ timeout: Number.NaN }, /timeout must be milliseconds/],
      [{ timeout: { idleMs: -1 } }, /timeout\.idleMs/],
      [{ timeout: { idle: 1 } as object }, /timeout\.idle is not a limit/],
      [{ signal: {} as AbortSignal }, /signal must be an AbortSignal/],
    ])('refuses %j without a request', async (options, message) => {
      const server = await scriptedServer(json(200, COMPLETION));
      await expect(create(server.url, options)).rejects.toThrow(message);
      await expect(createStream(server.url, options)).rejects.toThrow(message);
      expect(server.requests.length).toBe(0);
    });

    it.each([
      ['a number', 30],
      ['a limit', { firstByteMs: 30 }],
    ])('timeout as %s ends a call that gets no answer', async (__, timeout) => {
      const server = await scriptedServer(() => {});
      const expected = { name: 'APIConnectionError', code: 'first_byte_timeout' };
      await expect(create(server.url, { timeout })).rejects.toMatchObject(expected);
      await expect(createStream(server.url, { timeout })).rejects.toMatchObject(expected);
    });
  });
});
