// The SDK: plain and streamed completions, retries, errors, and what is sent.

import { describe, expect, it, vi } from 'vitest';
import {
  Auriko,
  type AurikoOptions,
  type ChatCompletionChunk,
  Client,
  type Extensions,
} from '../ts/client/index.js';
import { VERSION } from '../ts/version.js';
import {
  chunk,
  type Exchange,
  ending,
  envelope,
  frames,
  json,
  scriptedServer,
  sse,
  USAGE,
} from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const messages = [{ role: 'user' as const, content: 'hi' }];
const COMPLETION = {
  id: 'c1',
  created: 1,
  model: 'm-1',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
  usage: USAGE,
  routing_metadata: {
    provider: 'p',
    provider_model_id: 'm-1',
    model_canonical: 'm',
    routing_strategy: 'cost',
  },
  unknown_field: { kept: true },
};

describe('construction', () => {
  it('wants a key, and says how to give one', () => {
    vi.stubEnv('AURIKO_API_KEY', '');
    for (const options of [{}, { apiKey: '' }, { apiKey: ' ' }]) {
      expect(() => new Auriko(options)).toThrow(
        expect.objectContaining({ name: 'AuthenticationError', code: 'missing_api_key', statusCode: 0 }),
      );
    }
    vi.stubEnv('AURIKO_API_KEY', 'ak_env');
    expect(new Auriko()).toBeInstanceOf(Client);
    vi.unstubAllEnvs();
  });

  it.each([
    [{ baseURL: '' }, /baseURL must not be empty/],
    [{ baseUrl: 'nope' }, /baseURL must be an absolute/],
    [{ maxRetries: -1 }, /maxRetries/],
    [{ timeout: { firstByteMs: -1 } }, /timeout.firstByteMs/],
  ])('refuses %j', (options, message) => {
    expect(() => new Auriko({ apiKey: 'ak_x', ...options } as AurikoOptions)).toThrow(message);
  });
});

describe.each(transports)('over %s', (_, transport) => {
  const clientAt = (baseURL: string, options: AurikoOptions = {}) =>
    new Auriko({ transport, apiKey: 'ak_test', baseURL, maxRetries: 0, ...options });

  const readAll = async (stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> => {
    const chunks: ChatCompletionChunk[] = [];
    for await (const item of stream) chunks.push(item);
    return chunks;
  };

  it('returns the reply as it came, with its headers aside', async () => {
    const server = await scriptedServer(
      json(200, COMPLETION, { 'x-request-id': 'req_1', 'retry-after': 'x' }),
    );
    const completion = await clientAt(server.url).chat.completions.create({ model: 'm', messages });
    expect(completion).toEqual(COMPLETION);
    expect(JSON.stringify(completion)).toBe(JSON.stringify(COMPLETION));
    expect(completion.responseHeaders.requestId).toBe('req_1');
    expect(completion.responseHeaders.get('X-Request-ID')).toBe('req_1');
    expect(completion.responseHeaders.retryAfterSeconds).toBeNull();
  });

  it('sends key, product and body; `gateway` of extraBody merges child by child', async () => {
    const server = await scriptedServer(json(200, COMPLETION));
    await clientAt(server.url, { headers: { 'X-Own': '1', 'user-agent': 'app/1' } }).chat.completions.create(
      {
        model: 'm',
        messages,
        gateway: { routing: { optimize: 'cost' }, metadata: { tags: ['a'] } },
        extraBody: { gateway: { routing: { prefer: 'p' } }, top_k: 3, stream: true },
      },
      { headers: { 'x-call': '2' } },
    );
    const [request] = server.requests;
    expect(request?.path).toBe('/v1/chat/completions');
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer ak_test',
      'content-type': 'application/json',
      'x-own': '1',
      'x-call': '2',
      'user-agent': `app/1 auriko-typescript/${VERSION}`,
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      model: 'm',
      messages,
      gateway: { routing: { prefer: 'p' }, metadata: { tags: ['a'] } },
      top_k: 3,
    });
  });

  it.each([
    [{ messages }, 'missing_required_parameter', 'model'],
    [{ model: 'm', gateway: { models: ['n'] }, messages }, 'invalid_parameter_value', 'gateway.models'],
  ])('refuses %j without a request', async (params, code, param) => {
    const server = await scriptedServer(json(200, COMPLETION));
    await expect(clientAt(server.url).chat.completions.create(params)).rejects.toMatchObject({
      name: 'BadRequestError',
      statusCode: 400,
      code,
      param,
    });
    expect(server.requests.length).toBe(0);
  });

  it('a reply can be sent back: null fields of assistant messages are left out', async () => {
    const server = await scriptedServer(json(200, COMPLETION));
    const call = { id: 'a', type: 'function' as const, function: { name: 'f', arguments: '{}' } };
    await clientAt(server.url).chat.completions.create({
      model: 'm',
      messages: [
        ...messages,
        { role: 'assistant', content: null, refusal: null, reasoning: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'a', content: 'r' },
        { role: 'assistant', content: null, tool_calls: null },
      ],
    });
    expect(JSON.parse(server.requests[0]?.body ?? '').messages).toEqual([
      ...messages,
      { role: 'assistant', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'a', content: 'r' },
      { role: 'assistant', content: null },
    ]);
  });

  it('refuses extensions.thinking, and says what to use', async () => {
    const server = await scriptedServer(json(200, COMPLETION));
    const extensions = { thinking: { enabled: true } } as unknown as Extensions;
    await expect(
      clientAt(server.url).chat.completions.create({ model: 'm', messages, extensions }),
    ).rejects.toMatchObject({
      name: 'BadRequestError',
      code: 'invalid_parameter_value',
      param: 'extensions.thinking',
      message: expect.stringContaining('reasoning_effort'),
    });
    expect(server.requests.length).toBe(0);
  });

  it('streams chunks unchanged, and knows usage and routing at the end', async () => {
    const routing = COMPLETION.routing_metadata;
    const sent = [
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'hé' }, { extra: 1 }),
      chunk({}, { finish_reason: 'stop' }),
      { id: 'c1', choices: [], usage: USAGE, routing_metadata: routing },
    ];
    const server = await scriptedServer(sse(frames(...sent, '[DONE]')));
    const stream = await clientAt(server.url).chat.completions.create({ model: 'm', messages, stream: true });
    expect(stream.responseHeaders.requestId).toBe('req_test');
    expect(await readAll(stream)).toEqual(sent);
    expect(stream.usage).toEqual(USAGE);
    expect(stream.routing_metadata).toEqual(routing);
    expect(stream.routingMetadata).toEqual(routing);
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ model: 'm', messages, stream: true });
    expect(() => stream[Symbol.asyncIterator]()).toThrow(/only be iterated once/);
  });

  it('many streams at once keep their chunks apart', async () => {
    const server = await scriptedServer((exchange) => {
      const { marker } = JSON.parse(exchange.request.body) as { marker: string };
      exchange.head(200);
      for (let index = 0; index < 50; index += 1) {
        exchange.write(frames({ ...chunk({ content: `${marker}-${index};` }), nested: { marker } }));
      }
      exchange.write(frames(...ending()));
      exchange.end();
    });
    const texts = await Promise.all(
      Array.from({ length: 20 }, async (__, index) => {
        const stream = await clientAt(server.url).chat.completions.create({
          model: 'm',
          messages,
          stream: true,
          extraBody: { marker: `s${index}` },
        });
        const chunks = await readAll(stream);
        return chunks.map((item) => item.choices[0]?.delta.content ?? '').join('');
      }),
    );
    for (const [index, text] of texts.entries()) {
      expect(text).toBe(Array.from({ length: 50 }, (__, at) => `s${index}-${at};`).join(''));
    }
  });

  it('leaving the loop closes the connection', async () => {
    let exchange: Exchange | undefined;
    const server = await scriptedServer((opened) => {
      exchange = opened;
      opened.head(200);
      opened.write(frames(chunk({ content: 'a' }), chunk({ content: 'b' })));
    });
    const stream = await clientAt(server.url).chat.completions.create({ model: 'm', messages, stream: true });
    for await (const _item of stream) break;
    await exchange?.closed;
  });

  it('abort() ends the iteration without an error and closes the connection', async () => {
    let exchange: Exchange | undefined;
    const server = await scriptedServer((opened) => {
      exchange = opened;
      opened.head(200);
      opened.write(frames(chunk({ content: 'a' })));
    });
    const stream = await clientAt(server.url).chat.completions.create({ model: 'm', messages, stream: true });
    const seen: unknown[] = [];
    for await (const item of stream) {
      seen.push(item);
      stream.abort();
    }
    expect(seen.length).toBe(1);
    await exchange?.closed;
  });

  it('a signal ends a stream with its reason', async () => {
    let exchange: Exchange | undefined;
    const server = await scriptedServer((opened) => {
      exchange = opened;
      opened.head(200);
      opened.write(frames(chunk({ content: 'a' })));
    });
    const controller = new AbortController();
    const stream = await clientAt(server.url).chat.completions.create(
      { model: 'm', messages, stream: true },
      { signal: controller.signal },
    );
    const reason = new Error('enough');
    const read = (async () => {
      for await (const _item of stream) controller.abort(reason);
    })();
    await expect(read).rejects.toBe(reason);
    await exchange?.closed;
  });

  it('a signal ends a plain call, and one that is aborted already makes no request', async () => {
    const controller = new AbortController();
    const server = await scriptedServer(() => controller.abort(new Error('enough')));
    const create = () =>
      clientAt(server.url).chat.completions.create({ model: 'm', messages }, { signal: controller.signal });
    await expect(create()).rejects.toThrow('enough');
    await expect(create()).rejects.toThrow('enough');
    expect(server.requests.length).toBe(1);
  });

  it('throws what the server reports inside a stream, after what came before', async () => {
    const server = await scriptedServer(
      sse(frames(chunk({ content: 'a' }), envelope('api_error', 'upstream_error', { provider: 'p' }))),
    );
    const stream = await clientAt(server.url).chat.completions.create({ model: 'm', messages, stream: true });
    const seen: unknown[] = [];
    const read = (async () => {
      for await (const item of stream) seen.push(item);
    })();
    await expect(read).rejects.toMatchObject({
      code: 'upstream_error',
      provider: 'p',
      requestId: 'req_test',
    });
    expect(seen.length).toBe(1);
  });

  it.each([
    ['cut', frames(chunk({ content: 'a' })), 'stream_interrupted'],
    ['malformed', frames(chunk({ content: 'a' }), '{"choices":'), 'malformed_chunk'],
  ])('a stream that is %s is an error', async (__, body, code) => {
    const server = await scriptedServer(sse(body));
    const stream = await clientAt(server.url).chat.completions.create({ model: 'm', messages, stream: true });
    await expect(readAll(stream)).rejects.toMatchObject({ code });
  });

  describe('retries', () => {
    const busy = json(503, envelope('api_error', 'no_provider_available'), { 'retry-after-ms': '1' });

    it.each([
      [0, 1],
      [1, 2],
      [2, 3],
    ])('maxRetries %i makes %i requests', async (maxRetries, requests) => {
      const server = await scriptedServer(busy);
      const client = clientAt(server.url);
      const call = client.chat.completions.create({ model: 'm', messages }, { maxRetries });
      await expect(call).rejects.toMatchObject({ code: 'no_provider_available' });
      expect(server.requests.length).toBe(requests);
    });

    it('succeeds when a later attempt does, plain and streaming', async () => {
      const plain = await scriptedServer(busy, json(200, COMPLETION));
      await clientAt(plain.url, { maxRetries: 1 }).chat.completions.create({ model: 'm', messages });
      expect(plain.requests.length).toBe(2);
      const streaming = await scriptedServer(busy, sse(frames(chunk({ content: 'a' }), ...ending())));
      const client = clientAt(streaming.url, { maxRetries: 1 });
      await readAll(await client.chat.completions.create({ model: 'm', messages, stream: true }));
      expect(streaming.requests.length).toBe(2);
    });

    it.each([
      [429, 'rate_limit_error', 'budget_exhausted'],
      [429, 'rate_limit_error', 'insufficient_quota'],
      [500, 'api_error', 'internal_error'],
      [400, 'invalid_request_error', 'invalid_request'],
    ])('%i %s %s is not retried', async (status, type, code) => {
      const server = await scriptedServer(json(status, envelope(type, code)));
      const call = clientAt(server.url, { maxRetries: 2 }).chat.completions.create({ model: 'm', messages });
      await expect(call).rejects.toMatchObject({ code });
      expect(server.requests.length).toBe(1);
    });

    it('a wait of more than a minute is the caller’s business', async () => {
      const server = await scriptedServer(
        json(429, envelope('rate_limit_error', 'rate_limit_exceeded'), { 'retry-after': '61' }),
      );
      const call = clientAt(server.url, { maxRetries: 2 }).chat.completions.create({ model: 'm', messages });
      await expect(call).rejects.toMatchObject({ retryAfterSeconds: 61 });
      expect(server.requests.length).toBe(1);
    });

    it('a stream is never retried once it was accepted', async () => {
      const server = await scriptedServer(sse(frames(chunk({ content: 'a' }))));
      const client = clientAt(server.url, { maxRetries: 2 });
      const stream = await client.chat.completions.create({ model: 'm', messages, stream: true });
      await expect(readAll(stream)).rejects.toMatchObject({ code: 'stream_interrupted' });
      expect(server.requests.length).toBe(1);
    });
  });

  it('a reader that does not read stops the server: the window bounds what is held', async () => {
    let written = 0;
    let exchange: Exchange | undefined;
    const filler = 'x'.repeat(64 * 1024);
    const piece = frames(chunk({ content: filler }));
    const server = await scriptedServer((opened) => {
      exchange = opened;
      opened.head(200);
      // As much as the socket takes; 64 MiB is far more than socket buffers and window together.
      for (let index = 0; index < 1024; index += 1) opened.write(piece);
      opened.write(frames(...ending()));
      opened.end();
    });
    const stream = await clientAt(server.url).chat.completions.create({ model: 'm', messages, stream: true });
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    await vi.waitFor(
      () => {
        const before = written;
        written = exchange?.sentBytes() ?? 0;
        // What has left the server no longer grows: it waits for the reader.
        expect(written).toBe(before);
      },
      { interval: 100, timeout: 10_000 },
    );
    expect(written).toBeLessThan(32 * 1024 * 1024);
    let length = filler.length;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      length += next.value.choices[0]?.delta.content?.length ?? 0;
    }
    expect(length).toBe(1024 * filler.length);
  });
});
