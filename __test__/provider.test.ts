// The provider object and what it sends (ai-sdk-provider.md §3.7, §4.1, §4.3, §4.4).

import { inspect } from 'node:util';
import { InvalidArgumentError, LoadAPIKeyError, NoSuchModelError } from '@ai-sdk/provider';
import { createProviderRegistry, customProvider, generateText, streamText, wrapLanguageModel } from 'ai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type AurikoProviderSettings, createAuriko, VERSION } from '../ts/index.js';
import { resolveConnection } from '../ts/options.js';
import type { Transport } from '../ts/transport.js';
import {
  chunk,
  ending,
  frames,
  json,
  type ScriptedServer,
  scriptedServer,
  sse,
  USAGE,
} from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const PROMPT = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }];
const REPLY = {
  id: 'c1',
  created: 1_700_000_000,
  model: 'm-1',
  choices: [{ index: 0, message: { content: 'hello' }, finish_reason: 'stop' }],
  usage: USAGE,
};
const REPLY_HEADERS = { 'X-Request-Id': 'req_1', 'Retry-After-Ms': '5' };

afterEach(() => {
  vi.unstubAllEnvs();
});

describe.each(transports)('requests over %s', (name, transport) => {
  const serve = () => scriptedServer(json(200, REPLY, REPLY_HEADERS));
  const provider = (server: ScriptedServer, more: AurikoProviderSettings = {}) =>
    createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url, ...more });

  /** The one request that a `doGenerate` sends. */
  async function sent(more: AurikoProviderSettings = {}, headers?: Record<string, string | undefined>) {
    const server = await serve();
    const model = provider(server, more)('m');
    await model.doGenerate({ prompt: PROMPT, ...(headers === undefined ? {} : { headers }) });
    expect(server.requests).toHaveLength(1);
    const [request] = server.requests;
    if (request === undefined) throw new Error('nothing was sent');
    return request;
  }

  it('go to chat completions with key, JSON type and our name', async () => {
    const { method, path, headers, body } = await sent();
    expect([method, path]).toEqual(['POST', '/v1/chat/completions']);
    expect(headers).toMatchObject({
      authorization: 'Bearer ak_test',
      'content-type': 'application/json',
      'user-agent': `auriko-ai-sdk/${VERSION}`,
    });
    expect(JSON.parse(body)).toEqual({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
  });

  it("headers of the call win over the provider's, and both over ours, in any case", async () => {
    const { headers } = await sent(
      {
        headers: {
          'X-A': 'provider',
          'X-B': 'provider',
          AUTHORIZATION: 'Token mine',
          'X-Gone': 'x',
          'X-None': undefined,
        },
      },
      { 'x-A': 'call', 'X-GONE': undefined },
    );
    expect(headers).toMatchObject({ 'x-a': 'call', 'x-b': 'provider', authorization: 'Token mine' });
    expect(headers).not.toHaveProperty('x-gone');
    expect(headers).not.toHaveProperty('x-none');
  });

  it('our name is a suffix of the user agent of the caller', async () => {
    const { headers } = await sent({ headers: { 'User-Agent': 'my-app/2' } });
    expect(headers['user-agent']).toBe(`my-app/2 auriko-ai-sdk/${VERSION}`);
  });

  it('query parameters are on every URL', async () => {
    const { path } = await sent({ queryParams: { 'api-version': '1 2' } });
    expect(path).toBe('/v1/chat/completions?api-version=1+2');
  });

  it('the key may come from a function, asked before each request', async () => {
    const server = await serve();
    let count = 0;
    const model = provider(server, { apiKey: async () => `ak_${++count}` })('m');
    expect(count).toBe(0);
    await model.doGenerate({ prompt: PROMPT });
    await model.doGenerate({ prompt: PROMPT });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer ak_1',
      'Bearer ak_2',
    ]);
  });

  it("the provider's routing and metadata are on every request", async () => {
    const { body } = await sent({ routing: { optimize: 'ttft' }, metadata: { userId: 'u' } });
    expect(JSON.parse(body).gateway).toEqual({ routing: { optimize: 'ttft' }, metadata: { user_id: 'u' } });
  });

  it('results hold the URL, the body as it was sent, and lower-case headers', async () => {
    const server = await serve();
    const result = await provider(server)('m').doGenerate({ prompt: PROMPT });
    expect(result.request).toEqual({ url: `${server.url}/chat/completions`, body: server.requests[0]?.body });
    expect(result.response?.headers).toMatchObject({ 'x-request-id': 'req_1', 'retry-after-ms': '5' });
  });

  it('streams hold them too', async () => {
    const server = await scriptedServer(sse(frames(chunk({ content: 'a' }), ...ending())));
    const { request, response, stream } = await provider(server)('m').doStream({ prompt: PROMPT });
    await stream.cancel();
    expect(request).toEqual({ url: `${server.url}/chat/completions`, body: server.requests[0]?.body });
    expect(JSON.parse(String(request?.body)).stream).toBe(true);
    expect(response).toEqual({ headers: expect.objectContaining({ 'x-request-id': 'req_test' }) });
  });

  it('the transport is known after the first call', async () => {
    const auriko = provider(await serve());
    expect(auriko.transport).toBeUndefined();
    await auriko('m').doGenerate({ prompt: PROMPT });
    expect(auriko.transport).toEqual({ name });
  });

  it('an echoed key is in no error, also when it came as a header', async () => {
    const secret = 'ak_of_the_header';
    const server = await scriptedServer((exchange) => {
      const { authorization = '' } = exchange.request.headers;
      return json(401, {
        error: { message: `bad ${authorization}`, type: 'authentication_error', code: 'invalid_api_key' },
      })(exchange);
    });
    const model = provider(server, { headers: { authorization: `Bearer ${secret}` } })('m');
    const error: unknown = await model.doGenerate({ prompt: PROMPT }).then(undefined, (reason) => reason);
    expect(error).toMatchObject({ name: 'AuthenticationError', message: 'bad Bearer <key>' });
    expect(JSON.stringify(error)).not.toContain(secret);
  });

  it('a key in a header that can not be sent is in no error', async () => {
    const secret = 'ak_header\nsecret';
    const server = await serve();
    const model = provider(server, { headers: { authorization: `Bearer ${secret}` } })('m');
    for (const method of ['doGenerate', 'doStream'] as const) {
      const error: unknown = await model[method]({ prompt: PROMPT }).then(undefined, (reason) => reason);
      expect(error).toMatchObject({ name: 'APIConnectionError', isRetryable: false });
      expect(inspect(error, { depth: 10 })).not.toContain('ak_header');
    }
    expect(server.requests).toEqual([]);
  });

  describe('through `ai`', () => {
    const wrap = (auriko: ReturnType<typeof createAuriko>) => ({
      registry: createProviderRegistry({ auriko }).languageModel('auriko:m'),
      'custom provider': customProvider({
        languageModels: { mine: auriko('m') },
        fallbackProvider: auriko,
      }).languageModel('mine'),
      middleware: wrapLanguageModel({ model: auriko('m'), middleware: { specificationVersion: 'v4' } }),
    });

    it.each(['registry', 'custom provider', 'middleware'] as const)(
      'a %s gives the usage and finish of a direct call',
      async (kind) => {
        const plain = json(200, REPLY);
        const server = await scriptedServer(
          plain,
          plain,
          sse(frames(chunk({ content: 'hello' }), ...ending())),
        );
        const auriko = provider(server);
        const wrapped = wrap(auriko)[kind];
        const direct = await auriko('m').doGenerate({ prompt: PROMPT });
        const { usage, finishReason, text, response } = await generateText({ model: wrapped, prompt: 'hi' });
        expect(text).toBe('hello');
        expect(finishReason).toBe(direct.finishReason.unified);
        expect([usage.inputTokens, usage.outputTokens, usage.totalTokens]).toEqual([3, 2, 5]);
        expect(direct.usage).toMatchObject({ inputTokens: { total: 3 }, outputTokens: { total: 2 } });
        expect(response.id).toBe('c1');
        const streamed = streamText({ model: wrapped, prompt: 'hi' });
        expect(await streamed.text).toBe('hello');
        expect(await streamed.finishReason).toBe(finishReason);
        expect(await streamed.usage).toEqual(usage);
        expect(server.requests.map(({ body }) => JSON.parse(body).model)).toEqual(['m', 'm', 'm']);
      },
    );
  });
});

describe('the provider object', () => {
  const auriko = createAuriko({ apiKey: 'ak_test' });

  it('is V4, callable, and makes chat models', () => {
    expect(auriko.specificationVersion).toBe('v4');
    for (const model of [auriko('m:ttft'), auriko.languageModel('m:ttft'), auriko.chat('m:ttft')]) {
      expect(model).toMatchObject({ specificationVersion: 'v4', provider: 'auriko.chat', modelId: 'm:ttft' });
    }
    expect(createAuriko({ name: 'mine' })('m').provider).toBe('mine.chat');
  });

  it('lets providers fetch images themselves', () => {
    const patterns = auriko('m').supportedUrls['image/*'] ?? [];
    expect(patterns.some((pattern) => pattern.test('https://a.test/x.png'))).toBe(true);
    expect(patterns.some((pattern) => pattern.test('data:image/png;base64,AA'))).toBe(false);
  });

  it('has no image models', () => {
    const act = () => auriko.imageModel('e');
    expect(act).toThrow(NoSuchModelError);
    expect(act).toThrow(expect.objectContaining({ modelId: 'e', modelType: 'imageModel' }));
  });

  it.each<[string, AurikoProviderSettings, string]>([
    ['an empty base URL', { baseURL: ' ' }, 'baseURL'],
    ['a relative base URL', { baseURL: '/v1' }, 'baseURL'],
    ['a base URL of another scheme', { baseURL: 'ftp://a.test' }, 'baseURL'],
    ['a base URL with a query', { baseURL: 'https://a.test/v1?x=1' }, 'baseURL'],
    ['negative retries', { maxRetries: -1 }, 'maxRetries'],
    ['half a retry', { maxRetries: 0.5 }, 'maxRetries'],
    ['a negative limit', { timeout: { idleMs: -1 } }, 'timeout'],
    ['an endless limit', { timeout: { idleMs: Number.POSITIVE_INFINITY } }, 'timeout'],
    ['a wrong span', { coalesce: { everyMs: -1 } }, 'coalesce'],
    ['a custom fetch on the native transport', { fetch: globalThis.fetch, transport: 'native' }, 'transport'],
    ['a blank name', { name: '' }, 'name'],
    ['a name with a dot', { name: 'a.b' }, 'name'],
    ['a negative span of abandonment', { abandonedAfterMs: -1 }, 'abandonedAfterMs'],
    // The cast stands for JavaScript callers.
    ['unknown structured outputs', { structuredOutputs: 'yes' as 'auto' }, 'structuredOutputs'],
    ['wrong routing', { routing: { maxTtftMs: 0 } }, 'routing'],
  ])('refuses %s when it is made', (_name, settings, argument) => {
    const act = () => createAuriko(settings);
    expect(act).toThrow(InvalidArgumentError);
    expect(act).toThrow(expect.objectContaining({ argument, message: expect.stringContaining(argument) }));
  });
});

describe('settings', () => {
  const connect = (settings: Parameters<typeof resolveConnection>[0]) =>
    resolveConnection(settings, { maxRetries: 0 });

  it.each([
    ['https://a.test/v1', 'https://a.test/v1/x'],
    ['https://a.test/v1/', 'https://a.test/v1/x'],
    ['https://a.test//', 'https://a.test/v1/x'],
    ['https://a.test', 'https://a.test/v1/x'],
    ['https://a.test/proxy', 'https://a.test/proxy/v1/x'],
    [' http://localhost:1/v1 ', 'http://localhost:1/v1/x'],
  ])('the base URL %j gives %s', (baseURL, url) => {
    expect(connect({ baseURL }).url('/x')).toBe(url);
  });

  it('the base URL is read from the environment at the request, and an empty variable counts as none', () => {
    const connection = connect({});
    vi.stubEnv('AURIKO_BASE_URL', 'https://env.test/');
    expect(connection.url('/x')).toBe('https://env.test/v1/x');
    vi.stubEnv('AURIKO_BASE_URL', ' ');
    expect(connection.url('/x')).toBe('https://api.auriko.ai/v1/x');
    vi.stubEnv('AURIKO_BASE_URL', 'nonsense');
    expect(() => connection.url('/x')).toThrow('AURIKO_BASE_URL');
  });

  it('the key is read from the environment at the request', async () => {
    const connection = connect({});
    vi.stubEnv('AURIKO_API_KEY', ' ak_env ');
    expect(await connection.key()).toBe('ak_env');
    expect(await connect({ apiKey: 'ak_own' }).key()).toBe('ak_own');
  });

  it('a missing key names both ways to give it, and nothing is sent', async () => {
    vi.stubEnv('AURIKO_API_KEY', '');
    const fetch = vi.fn<typeof globalThis.fetch>();
    const error: unknown = await createAuriko({ fetch })('m')
      .doGenerate({ prompt: PROMPT })
      .then(undefined, (reason) => reason);
    expect(LoadAPIKeyError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ message: expect.stringMatching(/apiKey.*AURIKO_API_KEY/) });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('a key that no header can carry is refused without being quoted', async () => {
    const error: unknown = await connect({ apiKey: 'ak_se\ncret' })
      .key()
      .then(undefined, (reason) => reason);
    expect(LoadAPIKeyError.isInstance(error)).toBe(true);
    expect(String(error)).not.toContain('cret');
  });

  it('a transport object gets no key of the environment', async () => {
    vi.stubEnv('AURIKO_API_KEY', 'ak_env');
    const transport = { name: 'embedded' } as Transport;
    expect(await connect({ transport }).key()).toBeUndefined();
    expect(await connect({ transport, apiKey: 'ak_own' }).key()).toBe('ak_own');
  });

  it('a custom fetch carries the requests', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json(REPLY));
    const auriko = createAuriko({ fetch, apiKey: 'ak_test', baseURL: 'https://a.test' });
    await auriko('m').doGenerate({ prompt: PROMPT });
    expect(fetch.mock.calls.map(([input]) => String(input))).toEqual(['https://a.test/v1/chat/completions']);
    expect(auriko.transport).toEqual({ name: 'fetch' });
  });

  it.each([
    [false, {}, {}, { connectMs: 10_000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 0 }],
    [true, {}, {}, { connectMs: 10_000, firstByteMs: 600_000, idleMs: 600_000, totalMs: 0 }],
    [
      true,
      { idleMs: 1, totalMs: 2 },
      { totalMs: 3 },
      { connectMs: 10_000, firstByteMs: 600_000, idleMs: 1, totalMs: 3 },
    ],
    [
      false,
      { connectMs: 1, firstByteMs: 2, idleMs: 3, totalMs: 4 },
      { connectMs: 5, firstByteMs: 6, idleMs: 7, totalMs: 8 },
      { connectMs: 5, firstByteMs: 6, idleMs: 7, totalMs: 8 },
    ],
    [
      false,
      { idleMs: 1 },
      { idleMs: undefined, connectMs: 0 },
      { connectMs: 0, firstByteMs: 60_000, idleMs: 1, totalMs: 0 },
    ],
  ])('limits, reasoning %s: %j under %j', (isReasoning, timeout, overrides, limits) => {
    // The cast stands for JavaScript callers, whose undefined means absent.
    expect(connect({ timeout }).limits(isReasoning, overrides as object)).toEqual(limits);
  });
});

it('importing the package and making a model reads nothing of ours from the environment', async () => {
  const read: string[] = [];
  const { env } = process;
  vi.resetModules();
  process.env = new Proxy(env, {
    get(target, name) {
      read.push(String(name));
      return Reflect.get(target, name);
    },
  });
  try {
    const { createAuriko: create } = await import('../ts/index.js');
    create()('m');
  } finally {
    process.env = env;
  }
  expect(read.filter((name) => name.startsWith('AURIKO'))).toEqual([]);
});
