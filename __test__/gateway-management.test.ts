// The SDK's management calls against our own gateway, over HTTP.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Auriko, RateLimitError } from '../ts/client/index.js';
import { type GatewayConfig, startGateway } from '../ts/gateway/index.js';

const ADMIN = 'admin-token-of-the-management-test';

const CONFIG: GatewayConfig = {
  providers: [
    {
      id: 'sim',
      kind: 'simulated',
      latency_ms: 0,
      chunk_pace_ms: 0,
      output_tokens: 20,
      input_price: 1,
      output_price: 1000,
      models: [{ id: 'demo' }],
    },
  ],
  store: { data_dir: ':memory:' },
  access: { admin_token_env: 'AURIKO_TEST_ADMIN_TOKEN', requests_per_minute: 600 },
};

const messages = [{ role: 'user' as const, content: 'Say something.' }];

async function started(config: GatewayConfig = CONFIG) {
  process.env.AURIKO_TEST_ADMIN_TOKEN = ADMIN;
  const server = await startGateway({ port: 0, config });
  onTestFinished(() => server.close());
  const as = (apiKey: string) => new Auriko({ apiKey, baseURL: server.url, maxRetries: 0 });
  return { as, admin: as(ADMIN) };
}

it('makes, shows, uses and revokes keys', async () => {
  const { as, admin } = await started();
  const made = await admin.apiKeys.create('default', { name: 'app', scopes: ['inference', 'usage:read'] });
  expect(made.api_key).toMatch(/^ak_live_/);
  expect(made.key_prefix).toBe(made.api_key.slice(0, 16));
  const client = as(made.api_key);
  const me = await client.me.get();
  expect(me).toMatchObject({ key_id: made.id, profile: 'mixed', workspace: { id: 'default' } });
  expect(me.rate_limits?.inference_rpm).toBe(600);

  const reply = await client.chat.completions.create({ model: 'demo', messages, max_tokens: 20 });
  expect(reply.responseHeaders?.rateLimitLimit).toBe(600);
  expect(reply.responseHeaders?.rateLimitRemaining).toBe(599);
  const usage = await client.apiKeys.usage('default', made.id, { period: 'day' });
  expect(usage).toMatchObject({ request_count: 1, error_count: 0, tokens_output: 20 });
  expect(usage.cost_usd).toBeCloseTo(reply.routing_metadata?.cost?.usd ?? Number.NaN, 9);

  const { data, count } = await admin.apiKeys.list('default');
  expect([count, data[0]?.id]).toEqual([1, made.id]);
  expect(JSON.stringify(data)).not.toContain(made.api_key);
  expect(await admin.apiKeys.retrieve('default', made.id)).toMatchObject({ name: 'app', is_active: true });
  expect(await admin.apiKeys.revoke('default', made.id)).toMatchObject({ deleted: true });
  await expect(client.me.get()).rejects.toMatchObject({ statusCode: 401, code: 'invalid_api_key' });
});

it('shows credit and what draws on it', async () => {
  const { as, admin } = await started({ ...CONFIG, credits: { enabled: true } });
  const { api_key: key } = await admin.apiKeys.create('default', { name: 'app' });
  const client = as(key);
  const ask = () => client.chat.completions.create({ model: 'demo', messages, max_tokens: 20 });
  const refused = await ask().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RateLimitError);
  expect(refused).toMatchObject({ statusCode: 429, code: 'insufficient_quota', isRetryable: false });

  const bought = await fetch(`${admin.baseURL}/workspaces/default/billing/credits`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ amount_usd: 1 }),
  });
  expect(bought.status).toBe(201);
  const reply = await ask();
  const balance = await admin.billing.balance('default');
  expect(balance).toMatchObject({ lifetime_purchased_microdollars: 1_000_000, auto_reload_enabled: false });
  expect(balance.balance_microdollars).toBeLessThanOrEqual(980_000);
  expect(reply.responseHeaders?.creditsBalanceMicrodollars).toBe(balance.balance_microdollars);
  await expect(client.billing.balance('default')).rejects.toMatchObject({ statusCode: 403 });
});

it('makes, changes and deletes budgets, and keeps them', async () => {
  const { as, admin } = await started();
  const { api_key: key } = await admin.apiKeys.create('default', { name: 'app' });
  const terms = { scope_type: 'workspace', period: 'daily', limit_usd: 0.05, enforce: true } as const;
  const idempotencyKey = 'one-budget';
  const made = await admin.budgets.create('default', terms, { idempotencyKey });
  expect((await admin.budgets.create('default', terms, { idempotencyKey })).id).toBe(made.id);
  await expect(admin.budgets.create('default', terms)).rejects.toMatchObject({ code: 'duplicate_resource' });

  const ask = () => as(key).chat.completions.create({ model: 'demo', messages, max_tokens: 20 });
  await ask();
  expect(await admin.budgets.retrieve('default', made.id)).toMatchObject({ scope_type: 'workspace' });
  await ask();
  await expect(ask()).rejects.toMatchObject({
    statusCode: 429,
    code: 'budget_exhausted',
    isRetryable: false,
  });

  const change = { limit_usd: 1 };
  expect(await admin.budgets.update('default', made.id, change)).toMatchObject({
    limit_usd: 1,
    enforce: true,
  });
  await ask();
  const [budget] = (await admin.budgets.list('default')).data;
  expect(budget?.spend_usd).toBeGreaterThan(0.06);
  expect(budget?.percent_used).toBeCloseTo((budget?.spend_usd ?? 0) * 100, 1);
  expect(await admin.budgets.delete('default', made.id)).toMatchObject({ deleted: true });
  await expect(admin.budgets.retrieve('default', made.id)).rejects.toMatchObject({
    code: 'resource_not_found',
  });
});

/** A provider that lists models for every key but one, and answers completions; it remembers the keys. */
async function provider() {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const key = request.headers.authorization?.replace('Bearer ', '') ?? '';
    seen.push(`${request.method} ${key}`);
    request.resume();
    response.setHeader('content-type', 'application/json');
    if (key === 'sk-that-is-wrong') {
      response.statusCode = 401;
      return response.end('{"error":{"message":"no"}}');
    }
    const message = { role: 'assistant', content: 'Hi' };
    const usage = { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 };
    const completion = {
      id: 'c',
      model: 'm',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage,
    };
    return response.end(JSON.stringify(request.method === 'GET' ? { data: [] } : completion));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

it('keeps own keys of providers, and calls with them', async () => {
  const { seen, url } = await provider();
  const config: GatewayConfig = {
    ...CONFIG,
    providers: [
      {
        id: 'openai',
        kind: 'openai-compatible',
        base_url: url,
        api_key: 'key-of-the-gateway',
        models: [{ id: 'demo', input_price: 1, output_price: 1 }],
      },
    ],
  };
  const { as, admin } = await started(config);
  const { api_key: key } = await admin.apiKeys.create('default', { name: 'app' });
  const params = { provider: 'openai', api_key: 'sk-own-key-0001', account_tier: 'tier_1' };
  const made = await admin.byokKeys.create('default', params);
  expect(made).toMatchObject({ provider: 'openai', is_default: true, validation_status: 'valid' });
  expect(JSON.stringify(made)).not.toContain(params.api_key);
  await expect(
    admin.byokKeys.create('default', { ...params, api_key: 'sk-that-is-wrong' }),
  ).rejects.toMatchObject({ statusCode: 400, param: 'api_key' });
  expect((await admin.byokKeys.list('default')).data.map((one) => one.id)).toEqual([made.id]);

  const ask = () => as(key).chat.completions.create({ model: 'demo', messages });
  expect((await ask()).routing_metadata?.cost).toMatchObject({ usd: 0.00002, byok: true });
  expect(seen.at(-1)).toBe('POST sk-own-key-0001');
  const disabled = await admin.byokKeys.update('default', made.id, { disabled: true });
  expect(disabled).toMatchObject({ disabled: true, is_default: false });
  expect((await ask()).routing_metadata?.cost?.byok).toBeUndefined();
  expect(seen.at(-1)).toBe('POST key-of-the-gateway');
  expect(await admin.byokKeys.delete('default', made.id)).toMatchObject({ deleted: true });
  await expect(admin.byokKeys.retrieve('default', made.id)).rejects.toMatchObject({ statusCode: 404 });

  const { data } = await admin.byokKeys.listProviders();
  expect(data?.map((one) => one.id)).toContain('openai');
  expect((await admin.byokKeys.listTiers('openai')).data).toContainEqual({
    id: 'tier_1',
    data_policy: 'no_training',
    is_fallback: false,
  });
});
