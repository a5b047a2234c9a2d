// What each resource of the SDK sends, and what it makes of replies.

import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { Auriko, type AurikoOptions, type RequestOptions } from '../ts/client/index.js';
import { envelope, json, scriptedServer, text } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

interface Case {
  readonly call: (client: Auriko, options?: RequestOptions) => PromiseLike<object>;
  readonly request: string;
  /** The body that is sent; none when absent. */
  readonly body?: unknown;
  readonly reply: object;
  /** What the complaint names when the reply is `{}`; such a reply is fine when absent. */
  readonly needs?: string;
}

const LIST = { object: 'list', data: [{ id: 'x', unknown: 1 }], count: 1 };
const ONE = { id: 'x', unknown: { kept: true } };
const EMBEDDINGS = { object: 'list', data: [{ index: 0, embedding: [0.5] }], model: 'e' };
const BUDGET = { scope_type: 'api_key', scope_id: 'k', period: 'daily', limit_usd: 2.5 } as const;

const CASES: Record<string, Case> = {
  'models.list': {
    call: (client, options) => client.models.list({}, options),
    request: 'GET /v1/models',
    reply: { ...LIST, catalog_version: 'v', catalog_age_seconds: 2 },
    needs: 'data',
  },
  'models.list of an endpoint': {
    call: (client, options) => client.models.list({ endpoint: 'responses' }, options),
    request: 'GET /v1/models?endpoint=responses',
    reply: LIST,
    needs: 'data',
  },
  'models.retrieve': {
    call: (client, options) => client.models.retrieve('org/mödel:free?#', options),
    request: 'GET /v1/models/org%2Fm%C3%B6del%3Afree%3F%23',
    reply: ONE,
    needs: 'id',
  },
  'models.listDirectory': {
    call: (client, options) => client.models.listDirectory(options),
    request: 'GET /v1/directory/models',
    reply: { models: { m: { family: 'f' } }, generated_at: 'now' },
    needs: 'models',
  },
  'models.listRegistry': {
    call: (client, options) => client.models.listRegistry(options),
    request: 'GET /v1/registry/models',
    reply: { models: [ONE], count: 1, playground_defaults: [] },
    needs: 'models',
  },
  'models.listProviders': {
    call: (client, options) => client.models.listProviders(options),
    request: 'GET /v1/registry/providers',
    reply: { providers: [ONE], count: 1 },
    needs: 'providers',
  },
  'me.get': {
    call: (client, options) => client.me.get(options),
    request: 'GET /v1/me',
    reply: { credential_type: 'api_key', key_id: 'k', workspace: { id: 'w', name: 'W' } },
  },
  'me.get of an older service': {
    call: (client, options) => client.me.get(options),
    request: 'GET /v1/me',
    reply: { object: 'api_key_identity', user_id: 'u', workspace_id: 'w', tier: 't', rate_limit_rpm: 3 },
  },
  'embeddings.create': {
    call: (client, options) =>
      client.embeddings.create(
        {
          model: 'e',
          input: ['a'],
          gateway: { metadata: { user_id: 'u' } },
          extraBody: { gateway: { routing: { prefer: 'p' } }, extra: 1 },
        },
        options,
      ),
    request: 'POST /v1/embeddings',
    body: {
      model: 'e',
      input: ['a'],
      gateway: { metadata: { user_id: 'u' }, routing: { prefer: 'p' } },
      extra: 1,
    },
    reply: EMBEDDINGS,
    needs: 'data',
  },
  'apiKeys.list': {
    call: (client, options) => client.apiKeys.list('w/1', {}, options),
    request: 'GET /v1/workspaces/w%2F1/api-keys',
    reply: LIST,
    needs: 'data',
  },
  'apiKeys.list with revoked keys': {
    call: (client, options) => client.apiKeys.list('w', { include_revoked: true }, options),
    request: 'GET /v1/workspaces/w/api-keys?include_revoked=true',
    reply: LIST,
    needs: 'data',
  },
  'apiKeys.create': {
    call: (client, options) =>
      client.apiKeys.create('w', { name: 'n', scopes: ['inference'], rate_limit_rpm: null }, options),
    request: 'POST /v1/workspaces/w/api-keys',
    body: { name: 'n', key_type: 'api', scopes: ['inference'], rate_limit_rpm: null },
    reply: { ...ONE, api_key: 'ak_live_secret' },
    needs: 'id',
  },
  'apiKeys.retrieve': {
    call: (client, options) => client.apiKeys.retrieve('w', 'k', options),
    request: 'GET /v1/workspaces/w/api-keys/k',
    reply: ONE,
    needs: 'id',
  },
  'apiKeys.revoke': {
    call: (client, options) => client.apiKeys.revoke('w', 'k', options),
    request: 'DELETE /v1/workspaces/w/api-keys/k',
    reply: { id: 'k', deleted: true },
  },
  'apiKeys.usage': {
    call: (client, options) => client.apiKeys.usage('w', 'k', { period: 'day' }, options),
    request: 'GET /v1/workspaces/w/api-keys/k/usage?period=day',
    reply: { key_id: 'k', cost_usd: 0.5 },
  },
  'byokKeys.list': {
    call: (client, options) => client.byokKeys.list('w', options),
    request: 'GET /v1/workspaces/w/byok-keys',
    reply: LIST,
    needs: 'data',
  },
  'byokKeys.create': {
    call: (client, options) =>
      client.byokKeys.create('w', { provider: 'openai', api_key: 'sk-0123456789' }, options),
    request: 'POST /v1/workspaces/w/byok-keys',
    body: { provider: 'openai', api_key: 'sk-0123456789' },
    reply: { ...ONE, propagation_status: 'pending' },
    needs: 'id',
  },
  'byokKeys.retrieve': {
    call: (client, options) => client.byokKeys.retrieve('w', 'k', options),
    request: 'GET /v1/workspaces/w/byok-keys/k',
    reply: ONE,
    needs: 'id',
  },
  'byokKeys.update': {
    call: (client, options) =>
      client.byokKeys.update('w', 'k', { disabled: true, account_tier: null }, options),
    request: 'PATCH /v1/workspaces/w/byok-keys/k',
    body: { disabled: true, account_tier: null },
    reply: ONE,
    needs: 'id',
  },
  'byokKeys.delete': {
    call: (client, options) => client.byokKeys.delete('w', 'k', options),
    request: 'DELETE /v1/workspaces/w/byok-keys/k',
    reply: {},
  },
  'byokKeys.listProviders': {
    call: (client, options) => client.byokKeys.listProviders(options),
    request: 'GET /v1/byok/providers',
    reply: LIST,
  },
  'byokKeys.listTiers': {
    call: (client, options) => client.byokKeys.listTiers('openai', options),
    request: 'GET /v1/byok/providers/openai/tiers',
    reply: { data: ['tier-1'] },
  },
  'budgets.list': {
    call: (client, options) => client.budgets.list('w', options),
    request: 'GET /v1/workspaces/w/budgets',
    reply: LIST,
    needs: 'data',
  },
  'budgets.create': {
    call: (client, options) => client.budgets.create('w', BUDGET, options),
    request: 'POST /v1/workspaces/w/budgets',
    body: BUDGET,
    reply: ONE,
    needs: 'id',
  },
  'budgets.retrieve': {
    call: (client, options) => client.budgets.retrieve('w', 'bdgt_1', options),
    request: 'GET /v1/workspaces/w/budgets/bdgt_1',
    reply: ONE,
    needs: 'id',
  },
  'budgets.update': {
    call: (client, options) => client.budgets.update('w', 'bdgt_1', { limit_usd: 3 }, options),
    request: 'PATCH /v1/workspaces/w/budgets/bdgt_1',
    body: { limit_usd: 3 },
    reply: ONE,
    needs: 'id',
  },
  'budgets.delete': {
    call: (client, options) => client.budgets.delete('w', 'bdgt_1', options),
    request: 'DELETE /v1/workspaces/w/budgets/bdgt_1',
    reply: {},
  },
  'billing.balance': {
    call: (client, options) => client.billing.balance('w', options),
    request: 'GET /v1/workspaces/w/billing/balance',
    reply: { balance_microdollars: 1_500_000, balance_dollars: '1.50' },
  },
};

const POSTS = new Set(['embeddings.create', 'apiKeys.create', 'byokKeys.create', 'budgets.create']);
const WITH_IDEMPOTENCY = new Set(['byokKeys.create', 'budgets.create']);
const BUSY = json(503, envelope('api_error', 'no_provider_available'), { 'retry-after-ms': '1' });

describe.each(transports)('over %s', (_, transport) => {
  const clientAt = (baseURL: string, options: AurikoOptions = {}) =>
    new Auriko({ transport, apiKey: 'ak_test', baseURL, ...options });

  describe.each(Object.entries(CASES))('%s', (name, { call, request, body, reply, needs }) => {
    it('sends its request and returns the reply as it came', async () => {
      const server = await scriptedServer(json(200, reply, { 'x-request-id': 'req_1' }));
      const result = await call(clientAt(server.url), { headers: { 'x-call': '1' } });
      const [sent] = server.requests;
      expect(`${sent?.method} ${sent?.path}`).toBe(request);
      expect(sent?.headers).toMatchObject({ authorization: 'Bearer ak_test', 'x-call': '1' });
      expect(sent?.body === '' ? undefined : JSON.parse(sent?.body ?? '')).toEqual(body);
      expect(sent?.headers['content-type']).toBe(body === undefined ? undefined : 'application/json');
      expect(result).toEqual(reply);
      expect(result).toHaveProperty('responseHeaders.requestId', 'req_1');
    });

    it('has an idempotency key where creating is idempotent, and the caller’s own on every POST', async () => {
      const server = await scriptedServer(json(200, reply));
      await call(clientAt(server.url));
      await call(clientAt(server.url), { idempotencyKey: 'own-1' });
      const [without, own] = server.requests.map(({ headers }) => headers['idempotency-key']);
      if (WITH_IDEMPOTENCY.has(name)) expect(without).toMatch(/^[A-Za-z0-9_-]{1,255}$/);
      else expect(without).toBeUndefined();
      expect(own).toBe(POSTS.has(name) ? 'own-1' : undefined);
    });

    it('rejects with the typed error of the reply', async () => {
      const server = await scriptedServer(
        json(403, envelope('permission_error', 'insufficient_permissions'), { 'x-request-id': 'req_2' }),
      );
      await expect(call(clientAt(server.url))).rejects.toMatchObject({
        name: 'PermissionDeniedError',
        code: 'insufficient_permissions',
        statusCode: 403,
        requestId: 'req_2',
      });
    });

    it('refuses a reply that makes no sense', async () => {
      const server = await scriptedServer(
        text(200, 'nonsense'),
        json(200, []),
        json(200, envelope('api_error', 'upstream_error')),
        json(200, {}),
      );
      const client = clientAt(server.url, { maxRetries: 0 });
      const invalid = { name: 'APIStatusError', code: 'invalid_response', statusCode: 200 };
      await expect(call(client)).rejects.toMatchObject({ ...invalid, message: 'The reply is not JSON.' });
      await expect(call(client)).rejects.toMatchObject(invalid);
      await expect(call(client)).rejects.toMatchObject({ code: 'upstream_error' });
      if (needs === undefined) expect(await call(client)).toEqual({});
      else {
        await expect(call(client)).rejects.toMatchObject({
          ...invalid,
          message: expect.stringContaining(`\`${needs}\``),
        });
      }
    });

    it('ends with the signal', async () => {
      const controller = new AbortController();
      const server = await scriptedServer(() => controller.abort(new Error('enough')));
      const { signal } = controller;
      await expect(call(clientAt(server.url), { signal })).rejects.toThrow('enough');
      await expect(call(clientAt(server.url), { signal })).rejects.toThrow('enough');
      expect(server.requests.length).toBe(1);
    });
  });

  describe('retries', () => {
    it('a retried creation keeps its idempotency key, another one has another', async () => {
      const server = await scriptedServer(BUSY, json(201, ONE));
      const client = clientAt(server.url);
      await client.budgets.create('w', BUDGET);
      await client.budgets.create('w', BUDGET);
      const keys = server.requests.map(({ headers }) => headers['idempotency-key']);
      expect(keys).toHaveLength(3);
      expect(keys[1]).toBe(keys[0]);
      expect(keys[2]).not.toBe(keys[0]);
    });

    it('creating an API key is not retried unless the call says so', async () => {
      const server = await scriptedServer(BUSY);
      const client = clientAt(server.url);
      await expect(client.apiKeys.create('w', { name: 'n' })).rejects.toMatchObject({
        code: 'no_provider_available',
      });
      expect(server.requests.length).toBe(1);
      await expect(client.apiKeys.create('w', { name: 'n' }, { maxRetries: 1 })).rejects.toThrow();
      expect(server.requests.length).toBe(3);
    });
  });

  it('a deletion that is answered with nothing is an empty object', async () => {
    const server = await scriptedServer(text(204, ''));
    const promise = clientAt(server.url).budgets.delete('w', 'b');
    expect(await promise).toEqual({});
    const response = await promise.asResponse();
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  it.each(['', ' ', '.', '..', '\ud800'])('refuses the id %j without a request', async (id) => {
    const server = await scriptedServer(json(200, ONE));
    const client = clientAt(server.url);
    await expect(client.models.retrieve(id)).rejects.toThrow(/model/);
    await expect(client.budgets.retrieve('w', id)).rejects.toThrow(/budget/);
    await expect(client.budgets.list(id)).rejects.toThrow(/workspace/);
    await expect(client.apiKeys.retrieve('w', id)).rejects.toThrow(/key/);
    await expect(client.byokKeys.listTiers(id)).rejects.toThrow(/provider/);
    expect(server.requests.length).toBe(0);
  });

  it('a provider’s key is in no error', async () => {
    const secret = 'sk-very-secret-0123456789';
    const server = await scriptedServer(
      json(
        400,
        envelope('invalid_request_error', 'invalid_parameter_value', { message: `Bad key ${secret}.` }),
      ),
    );
    const call = clientAt(server.url).byokKeys.create('w', { provider: 'openai', api_key: secret });
    const error: unknown = await call.then(undefined, (reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'BadRequestError', message: 'Bad key <key>.' });
    expect(inspect(error, { depth: null, showHidden: true, getters: true })).not.toContain(secret);
    expect(JSON.stringify(error)).not.toContain(secret);
  });

  it.each(['{"api_key":"ak_live_secret"}', '{"api_key":"ak_live_secret"'])(
    'a new key is in no error either: %s',
    async (body) => {
      const server = await scriptedServer(text(201, body));
      const call = clientAt(server.url).apiKeys.create('w', { name: 'n' });
      const error: unknown = await call.then(undefined, (reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'invalid_response', statusCode: 201 });
      expect(inspect(error, { depth: null, showHidden: true, getters: true })).not.toContain('secret');
    },
  );
});

describe('the client’s own properties', () => {
  it('are readable', () => {
    vi.stubEnv('AURIKO_BASE_URL', '');
    const client = new Auriko({ apiKey: ' ak_secret ', timeout: { idleMs: 5 }, maxRetries: 0 });
    expect([client.apiKey, client.baseURL, client.baseUrl, client.maxRetries]).toEqual([
      'ak_secret',
      'https://api.auriko.ai/v1',
      'https://api.auriko.ai/v1',
      0,
    ]);
    expect(client.timeout).toEqual({ connectMs: 10_000, firstByteMs: 60_000, idleMs: 5, totalMs: 0 });
    expect(new Auriko({ apiKey: 'k', timeout: 0 }).timeout).toEqual({
      connectMs: 0,
      firstByteMs: 0,
      idleMs: 0,
      totalMs: 0,
    });
    const defaults = new Auriko({ apiKey: 'k', baseUrl: 'http://h/x/' });
    expect([defaults.maxRetries, defaults.baseURL]).toEqual([2, 'http://h/x/v1']);
    vi.unstubAllEnvs();
  });

  it('find the key in the environment, and none where a function gives it', () => {
    vi.stubEnv('AURIKO_API_KEY', 'ak_env');
    expect(new Auriko().apiKey).toBe('ak_env');
    expect(new Auriko({ apiKey: () => 'ak_function' }).apiKey).toBeUndefined();
    vi.unstubAllEnvs();
  });

  it('never print the key', () => {
    const client = new Auriko({ apiKey: 'ak_secret', headers: { authorization: 'Bearer ak_secret' } });
    expect(inspect(client, { depth: null, showHidden: true })).not.toContain('ak_secret');
    expect(JSON.stringify(client)).not.toContain('ak_secret');
  });

  it('withOptions replaces some options and keeps the others', () => {
    const client = new Auriko({ apiKey: 'ak_1', baseUrl: 'http://a', maxRetries: 5, timeout: 7 });
    const other = client.withOptions({ maxRetries: 1 });
    expect([other.apiKey, other.baseURL, other.maxRetries]).toEqual(['ak_1', 'http://a/v1', 1]);
    expect(other.timeout.idleMs).toBe(7);
    expect(client.withOptions({ baseURL: 'http://b' }).baseURL).toBe('http://b/v1');
    expect(other.withOptions({ baseUrl: 'http://c' }).baseURL).toBe('http://c/v1');
    expect(client.maxRetries).toBe(5);
    expect(() => client.withOptions({ maxRetries: -1 })).toThrow(/maxRetries/);
  });
});
