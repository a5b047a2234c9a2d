// `AurikoOpenAI` and `aurikoOpenAI` on the wire: what is sent, what replies carry, how streams end.

import OpenAI from 'openai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  AurikoOpenAI,
  type AurikoOpenAIOptions,
  type AurikoOpenAISettings,
  AurikoStream,
  aurikoOpenAI,
  getRouting,
  parseRoutingMetadata,
  type ResponseInfo,
} from '../ts/openai/index.js';
import {
  chunk,
  frames,
  json,
  type RecordedRequest,
  scriptedServer,
  sse,
  USAGE,
} from './helpers/scripted-server.js';

const messages = [{ role: 'user' as const, content: 'hi' }];
const question = { model: 'm', messages };

const ROUTING = {
  provider: 'p1',
  provider_model_id: 'm-1',
  model_canonical: 'm',
  routing_strategy: 'cost-focus',
  cost: { usd: 0.001 },
};
const COMPLETION = {
  id: 'c1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'm-1',
  choices: [{ index: 0, message: { role: 'assistant', content: '{"a":1}' }, finish_reason: 'stop' }],
  usage: USAGE,
  routing_metadata: ROUTING,
};
const LAST = { id: 'c1', created: 1, model: 'm-1', choices: [], usage: USAGE, routing_metadata: ROUTING };
const WHOLE = frames(
  chunk({ role: 'assistant', content: 'Hel' }),
  chunk({ content: 'lo' }),
  chunk({}, { finish_reason: 'stop' }),
  LAST,
  '[DONE]',
);

type Script = Parameters<typeof scriptedServer>[0];

async function clientOf(script: Script, options: AurikoOpenAIOptions = {}) {
  const server = await scriptedServer(script);
  const client = new AurikoOpenAI({ apiKey: 'ak_test', baseURL: server.url, maxRetries: 0, ...options });
  return { client, server, requests: server.requests };
}

const plain = json(200, COMPLETION, { 'x-request-id': 'req_test' });

function headersOf(requests: readonly RecordedRequest[]): Record<string, string> {
  return requests.at(-1)?.headers ?? {};
}

async function read(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = '';
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
  return text;
}

afterEach(() => vi.unstubAllEnvs());

describe('options', () => {
  const FOREIGN = {
    OPENAI_API_KEY: 'sk-openai',
    OPENAI_ADMIN_KEY: 'sk-admin',
    OPENAI_BASE_URL: 'https://openai.test/v1',
    OPENAI_ORG_ID: 'org-1',
    OPENAI_PROJECT_ID: 'project-1',
  };

  it.each([
    ['AurikoOpenAI', (options: AurikoOpenAISettings) => new AurikoOpenAI(options)],
    ['OpenAI with aurikoOpenAI()', (options: AurikoOpenAISettings) => new OpenAI(aurikoOpenAI(options))],
  ])('%s sends nothing of an OpenAI environment', async (_, make) => {
    for (const [name, value] of Object.entries(FOREIGN)) vi.stubEnv(name, value);
    vi.stubEnv('AURIKO_API_KEY', 'ak_environment');
    const server = await scriptedServer(plain);
    const client = make({ baseURL: server.url });
    await client.chat.completions.create(question);
    await client.withOptions({ maxRetries: 1 }).chat.completions.create(question);
    expect(server.requests.length).toBe(2);
    for (const { headers } of server.requests) {
      expect(headers['authorization']).toBe('Bearer ak_environment');
      expect(headers).not.toHaveProperty('openai-organization');
      expect(headers).not.toHaveProperty('openai-project');
      expect(JSON.stringify(headers)).not.toMatch(/sk-|org-1|project-1/);
    }
  });

  it('takes the key from AURIKO_API_KEY alone', () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-openai');
    vi.stubEnv('AURIKO_API_KEY', '');
    expect(() => new AurikoOpenAI()).toThrow(
      expect.objectContaining({ code: 'missing_api_key', statusCode: 0 }),
    );
    expect(() => aurikoOpenAI({ apiKey: ' ' })).toThrow(expect.objectContaining({ code: 'missing_api_key' }));
    expect(() => new AurikoOpenAI({ apiKey: null })).toThrow(/AURIKO_API_KEY/);
  });

  it('refuses a key that no header can carry, without quoting it', () => {
    const make = () => new AurikoOpenAI({ apiKey: 'ak_one\nak_two' });
    expect(make).toThrow(/character that no header can carry/);
    expect(make).not.toThrow(/ak_one/);
  });

  it.each([
    [undefined, 'https://api.auriko.ai/v1'],
    ['', 'https://api.auriko.ai/v1'],
    ['https://gateway.test', 'https://gateway.test/v1'],
    ['https://gateway.test/v1/', 'https://gateway.test/v1'],
    ['https://gateway.test/base//', 'https://gateway.test/base/v1'],
  ])('base URL %s becomes %s', (baseURL, expected) => {
    vi.stubEnv('AURIKO_BASE_URL', '');
    vi.stubEnv('OPENAI_BASE_URL', 'https://openai.test/v1');
    expect(new AurikoOpenAI({ apiKey: 'ak_test', baseURL }).baseURL).toBe(expected);
    expect(aurikoOpenAI({ apiKey: 'ak_test', baseURL }).baseURL).toBe(expected);
  });

  it('takes the base URL from AURIKO_BASE_URL', () => {
    vi.stubEnv('AURIKO_BASE_URL', 'https://gateway.test/');
    expect(new AurikoOpenAI({ apiKey: 'ak_test' }).baseURL).toBe('https://gateway.test/v1');
  });

  it.each([
    [{ baseURL: 'gateway.test' }, 'baseURL'],
    [{ idleMs: -1 }, 'idleMs'],
    [{ idleMs: Number.NaN }, 'idleMs'],
    [{ onResponse: 'log' as never }, 'onResponse'],
  ])('%j is refused by name', (options, name) => {
    expect(() => new AurikoOpenAI({ apiKey: 'ak_test', ...options })).toThrow(name);
  });

  it('asks a key function before each request, also after withOptions', async () => {
    let number = 0;
    const { client, requests } = await clientOf(plain, { apiKey: () => `ak_${++number}` });
    await client.withOptions({ timeout: 5000 }).chat.completions.create(question);
    await client.chat.completions.create(question);
    expect(requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer ak_1', 'Bearer ak_2']);
  });

  it.each([undefined, '', ' \n', 'ak_bad\nkey', 5])(
    'a key function that returns %j is told so',
    async (key) => {
      const { client, requests } = await clientOf(plain, { apiKey: () => key as string });
      const thrown: unknown = await client.chat.completions.create(question).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(OpenAI.OpenAIError);
      expect(String(thrown)).toMatch(/API key/);
      expect(String(thrown)).not.toContain('ak_bad');
      expect(requests).toEqual([]);
    },
  );

  it('withOptions keeps what it is not told to change', async () => {
    const seen: ResponseInfo[] = [];
    const { client } = await clientOf(plain, { onResponse: (info) => seen.push(info) });
    client.timeout = 1234;
    const other = client.withOptions({ maxRetries: 5 });
    expect(other).toBeInstanceOf(AurikoOpenAI);
    expect([other.maxRetries, other.baseURL, other.timeout]).toEqual([5, client.baseURL, 1234]);
    await other.chat.completions.create(question);
    expect(seen.length).toBe(1);
    await client.withOptions({ onResponse: undefined }).chat.completions.create(question);
    expect(seen.length).toBe(1);
  });

  it('sends the gateway fields, and no model where `gateway.models` names them', async () => {
    const { client, requests } = await clientOf(plain);
    const gateway = { routing: { optimize: 'ttft' as const }, models: ['a', 'b'] };
    await client.chat.completions.create({ model: '', messages, gateway });
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ messages, gateway });
    await client.chat.completions.create({ ...question, extensions: { openai: { store: false } } });
    expect(JSON.parse(requests[1]?.body ?? '')).toEqual({
      ...question,
      extensions: { openai: { store: false } },
    });
    expect(headersOf(requests)['authorization']).toBe('Bearer ak_test');
  });
});

describe('routing of a plain reply', () => {
  it('is on the reply, out of sight of JSON and keys', async () => {
    const { client } = await clientOf(plain);
    const completion = await client.chat.completions.create(question);
    expect(getRouting(completion)).toEqual(ROUTING);
    expect(Object.getOwnPropertySymbols(completion)).toEqual([Symbol.for('auriko.routing')]);
    expect(JSON.parse(JSON.stringify(completion))).toEqual(COMPLETION);
    expect(Object.keys(completion)).toEqual(Object.keys(COMPLETION));
    expect(completion._request_id).toBe('req_test');
  });

  it('survives parse(), spreading and withResponse()', async () => {
    const { client } = await clientOf(plain);
    const response_format = {
      type: 'json_schema' as const,
      json_schema: { name: 'a', strict: true, schema: { type: 'object' } },
    };
    const parsed = await client.chat.completions.parse({ ...question, response_format });
    const { routing_metadata: _, ...bare } = parsed;
    expect(parsed.choices[0]?.message.content).toBe('{"a":1}');
    expect(getRouting(bare)).toEqual(ROUTING);
    const { data, response, request_id } = await client.chat.completions.create(question).withResponse();
    expect(getRouting(data)).toEqual(ROUTING);
    expect([response.status, request_id]).toEqual([200, 'req_test']);
  });

  it('asResponse() gives the reply unread', async () => {
    const { client } = await clientOf(plain);
    const response = await client.chat.completions.create(question).asResponse();
    expect(await response.json()).toEqual(COMPLETION);
    expect(getRouting(response)).toBeUndefined();
  });

  it('belongs to its request, also when many run at once', async () => {
    const answer: Script = (exchange) => {
      const { model } = JSON.parse(exchange.request.body) as { model: string };
      const body = { ...COMPLETION, routing_metadata: { ...ROUTING, provider: model } };
      return json(200, body)(exchange);
    };
    const { client } = await clientOf(answer);
    const models = Array.from({ length: 20 }, (_, index) => `m${index}`);
    const providers = await Promise.all(
      models.map(
        async (model) => getRouting(await client.chat.completions.create({ model, messages }))?.provider,
      ),
    );
    expect(providers).toEqual(models);
  });

  it.each([
    ['absent', {}],
    ['null', { routing_metadata: null }],
    ['text', { routing_metadata: 'openai' }],
    ['without a provider', { routing_metadata: { ...ROUTING, provider: undefined } }],
    ['with a cost that is no number', { routing_metadata: { ...ROUTING, cost: { usd: '1' } } }],
    ['with warnings that are no list', { routing_metadata: { ...ROUTING, warnings: 'w' } }],
  ])('%s counts as none', (_, body) => {
    expect(parseRoutingMetadata(body)).toBeUndefined();
    expect(getRouting(body)).toBeUndefined();
  });

  it.each([[undefined], [null], [1], ['text'], [[]]])('%j has none', (value) => {
    expect(parseRoutingMetadata(value)).toBeUndefined();
    expect(getRouting(value)).toBeUndefined();
  });

  it('takes warnings of any type', () => {
    const metadata = { ...ROUTING, warnings: [{ type: 'brand_new', code: 'c', message: 'm' }] };
    expect(parseRoutingMetadata({ routing_metadata: metadata })).toEqual(metadata);
    expect(
      parseRoutingMetadata({ type: 'response.completed', response: { routing_metadata: ROUTING } }),
    ).toEqual(ROUTING);
  });
});

describe('routing of a stream', () => {
  it('is on the stream, with the usage, when it has ended', async () => {
    const { client } = await clientOf(sse(WHOLE));
    const stream = await client.chat.completions.create({ ...question, stream: true });
    expect(stream).toBeInstanceOf(AurikoStream);
    expect([stream.routing, stream.usage]).toEqual([undefined, undefined]);
    expect(await read(stream)).toBe('Hello');
    expect(stream.routing).toEqual(ROUTING);
    expect(getRouting(stream)).toEqual(ROUTING);
    expect(stream.usage).toEqual(USAGE);
  });

  it('is known after tee() and toReadableStream()', async () => {
    const { client } = await clientOf(sse(WHOLE));
    const stream = await client.chat.completions.create({ ...question, stream: true });
    const [left, right] = stream.tee();
    expect(await Promise.all([read(left), read(right)])).toEqual(['Hello', 'Hello']);
    expect(stream.routing).toEqual(ROUTING);
    const other = await client.chat.completions.create({ ...question, stream: true });
    const text = await new Response(other.toReadableStream() as ReadableStream).text();
    expect(text.trim().split('\n').length).toBe(4);
    expect(other.routing).toEqual(ROUTING);
  });

  it('reaches the helper of .stream() in the last chunk', async () => {
    const { client } = await clientOf(sse(WHOLE));
    const runner = client.chat.completions.stream(question);
    const completion = await runner.finalChatCompletion();
    expect(completion.choices[0]?.message.content).toBe('Hello');
    expect(getRouting(completion)).toEqual(ROUTING);
  });
});

describe('onResponse', () => {
  it('is told of each good reply once', async () => {
    const seen: ResponseInfo[] = [];
    const { client } = await clientOf(plain, { onResponse: (info) => seen.push(info) });
    await client.chat.completions.create(question);
    expect(seen).toEqual([
      expect.objectContaining({
        path: '/chat/completions',
        status: 200,
        requestId: 'req_test',
        routing: ROUTING,
        usage: USAGE,
        isComplete: true,
      }),
    ]);
    expect(seen[0]?.headers.get('x-request-id')).toBe('req_test');
  });

  it('is told of a stream when it is over, also when the reader leaves early', async () => {
    const seen: ResponseInfo[] = [];
    const { client } = await clientOf(sse(WHOLE), { onResponse: (info) => seen.push(info) });
    const stream = await client.chat.completions.create({ ...question, stream: true });
    expect(seen).toEqual([]);
    await read(stream);
    expect(seen).toEqual([expect.objectContaining({ routing: ROUTING, usage: USAGE, isComplete: true })]);
    for await (const _ of await client.chat.completions.create({ ...question, stream: true })) break;
    expect(seen[1]).toMatchObject({ routing: undefined, isComplete: false });
    expect(seen.length).toBe(2);
  });

  it('is not told of errors, and cannot harm the call', async () => {
    const error = json(400, { error: { message: 'm', type: 'invalid_request_error', code: 'c' } });
    const quiet = vi.fn();
    const failing = await clientOf(error, { onResponse: quiet });
    await expect(failing.client.chat.completions.create(question)).rejects.toThrow();
    expect(quiet).not.toHaveBeenCalled();
    for (const onResponse of [() => Promise.reject(new Error('async')), () => JSON.parse('{')]) {
      const { client } = await clientOf(plain, { onResponse });
      expect(await client.chat.completions.create(question)).toMatchObject({ id: 'c1' });
    }
  });
});
