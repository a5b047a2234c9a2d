// `auriko.models.list()` (api.md §6.1).

import { describe, expect, it } from 'vitest';
import { type AurikoProviderSettings, createAuriko, VERSION } from '../ts/index.js';
import { envelope, json, type ScriptedServer, scriptedServer, text } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const WIRE = {
  object: 'list',
  data: [
    {
      id: 'gpt-4o-2024-08-06',
      object: 'model',
      created: 1_776_656_101,
      owned_by: 'auriko',
      context_window: 128_000,
      supported_endpoints: ['batch', 'chat_completions'],
      providers: [{ name: 'openai', input_price: 2.5, output_price: 10, data_policy: 'no_training' }],
    },
    { id: 'bare' },
    { object: 'model' },
    { id: 'odd', created: 0, context_window: null, supported_endpoints: 'all', providers: [{}, 'x'] },
  ],
  catalog_version: '9950bdc087663c7b',
};

const MODELS = [
  {
    id: 'gpt-4o-2024-08-06',
    created: new Date(1_776_656_101_000),
    ownedBy: 'auriko',
    contextWindow: 128_000,
    supportedEndpoints: ['batch', 'chat_completions'],
    providers: [{ name: 'openai', inputPrice: 2.5, outputPrice: 10, dataPolicy: 'no_training' }],
  },
  { id: 'bare', supportedEndpoints: [], providers: [] },
  { id: 'odd', supportedEndpoints: [], providers: [] },
];

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('it did not reject');
    },
    (reason: unknown) => reason,
  );

describe.each(transports)('the list of models over %s', (_name, transport) => {
  const provider = (server: ScriptedServer, more: AurikoProviderSettings = {}) =>
    createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url, ...more });

  it('is typed, and leaves out what has no id', async () => {
    const server = await scriptedServer(json(200, WIRE));
    expect(await provider(server).models.list()).toEqual(MODELS);
  });

  it('is asked for with the key and the headers of every other call', async () => {
    const server = await scriptedServer(json(200, WIRE));
    const auriko = provider(server, { headers: { 'x-a': 'provider' } });
    await auriko.models.list({ headers: { 'X-B': 'call' } });
    const [request] = server.requests;
    expect([request?.method, request?.path, request?.body]).toEqual(['GET', '/v1/models', '']);
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer ak_test',
      'user-agent': `auriko-ai-sdk/${VERSION}`,
      'x-a': 'provider',
      'x-b': 'call',
    });
    expect(request?.headers).not.toHaveProperty('content-type');
  });

  it('may be that of an endpoint, also beside query parameters', async () => {
    const server = await scriptedServer(json(200, WIRE));
    await provider(server).models.list({ endpoint: 'responses' });
    await provider(server, { queryParams: { v: '1' } }).models.list({ endpoint: 'responses' });
    await provider(server, { queryParams: { v: '1' } }).models.list();
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/v1/models?endpoint=responses',
      '/v1/models?endpoint=responses&v=1',
      '/v1/models?v=1',
    ]);
  });

  it('is not asked for at an endpoint that does not exist', async () => {
    const server = await scriptedServer(json(200, WIRE));
    // The cast stands for JavaScript callers.
    const error = await rejection(provider(server).models.list({ endpoint: 'x&y=1' as 'responses' }));
    expect(error).toMatchObject({ name: 'AI_InvalidArgumentError', argument: 'endpoint' });
    expect(server.requests).toEqual([]);
  });

  it('fails with typed errors', async () => {
    const server = await scriptedServer(
      json(401, envelope('authentication_error', 'invalid_api_key')),
      json(200, { object: 'list' }),
      text(200, 'no'),
      () => {},
    );
    const { models } = provider(server);
    expect(await rejection(models.list())).toMatchObject({ name: 'AuthenticationError', statusCode: 401 });
    expect(await rejection(models.list())).toMatchObject({ code: 'invalid_response', isRetryable: false });
    expect(await rejection(models.list())).toMatchObject({ code: 'invalid_response' });
    const limited = models.list({ timeout: { firstByteMs: 30 } });
    expect(await rejection(limited)).toMatchObject({ code: 'first_byte_timeout' });
  });

  it('ends with the abort', async () => {
    const controller = new AbortController();
    const server = await scriptedServer(() => controller.abort());
    const list = () => rejection(provider(server).models.list({ abortSignal: controller.signal }));
    expect(await list()).toBe(controller.signal.reason);
    expect(await list()).toBe(controller.signal.reason);
    expect(server.requests).toHaveLength(1);
  });
});
