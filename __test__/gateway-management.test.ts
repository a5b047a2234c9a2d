// The SDK's management calls against our own gateway, over HTTP.

import { expect, it, onTestFinished } from 'vitest';
import { Auriko } from '../ts/client/index.js';
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

async function started() {
  process.env.AURIKO_TEST_ADMIN_TOKEN = ADMIN;
  const server = await startGateway({ port: 0, config: CONFIG });
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
