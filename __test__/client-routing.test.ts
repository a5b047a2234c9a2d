// Routing options of the SDK: what is refused, what is sent, and how bodies and metadata are read.

import { describe, expect, it } from 'vitest';
import {
  Auriko,
  DataPolicy,
  GatewayOptions,
  MetricPercentile,
  Mode,
  mergeGatewayExtraBody,
  Optimize,
  parseRoutingMetadata,
  RoutingOptions,
} from '../ts/client/index.js';
import { DATA_POLICY, METRIC_PERCENTILE, MODE, OPTIMIZE } from '../ts/routing-rules.js';
import { json, scriptedServer } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const ALL = {
  optimize: Optimize.TPS_FOCUS,
  weights: { cost: 1, ttft: 0, throughput: 0.5 },
  max_cost_per_1m: 2.5,
  max_ttft_ms: 800,
  min_throughput_tps: 40,
  ttft_percentile: MetricPercentile.P95,
  throughput_percentile: 'p50' as const,
  providers: ['openai'],
  exclude_providers: ['xai'],
  prefer: 'openai',
  mode: Mode.FALLBACK,
  allow_fallbacks: true,
  max_fallback_attempts: 19,
  timeout_ms: 1000,
  deadline_ms: 1000,
  data_policy: DataPolicy.ZDR,
  only_byok: false,
  only_platform: true,
  require_parameters: true,
  tier: 'priority',
};

describe('constants', () => {
  it.each([
    [Optimize, OPTIMIZE],
    [Mode, MODE],
    [DataPolicy, DATA_POLICY],
    [MetricPercentile, METRIC_PERCENTILE],
  ])('%j are exactly the values that the rules know', (constants, values) => {
    expect(Object.values(constants)).toEqual([...values]);
  });
});

describe('RoutingOptions', () => {
  it('takes all 20 fields, and sends them as they are', () => {
    expect(Object.keys(ALL).length).toBe(20);
    const options = new RoutingOptions(ALL);
    expect(options).toBeInstanceOf(RoutingOptions);
    expect(options.max_ttft_ms).toBe(800);
    expect(options.toObject()).toEqual(ALL);
    expect(JSON.parse(JSON.stringify(options))).toEqual(ALL);
    expect(options.toExtraBody()).toEqual({ gateway: { routing: ALL } });
  });

  it('leaves out what is undefined or null, and says nothing when nothing is set', () => {
    const options = new RoutingOptions({ optimize: null, max_ttft_ms: undefined, only_byok: false });
    expect(options.toObject()).toEqual({ only_byok: false });
    for (const empty of [new RoutingOptions(), new RoutingOptions({ tier: null })]) {
      expect(empty.toObject()).toBeUndefined();
      expect(empty.toJSON()).toBeUndefined();
      expect(empty.toExtraBody()).toEqual({});
      expect(JSON.stringify({ routing: empty })).toBe('{}');
    }
  });

  it('does not change when its source does', () => {
    const providers = ['a'];
    const options = new RoutingOptions({ providers });
    providers.push('b');
    expect(options.providers).toEqual(['a']);
    expect(() => Object.assign(options, { prefer: 'c' })).toThrow(TypeError);
  });

  it.each([
    [{ optimise: 'cost' }, /routing\.optimise is not an option\. Known: optimize, .*max_cost_per_1m.*tier/],
    [{ maxTtftMs: 1 }, /routing\.maxTtftMs is not an option/],
    [{ optimize: 'cheapest' }, /routing\.optimize must be one of 'cost'/],
    [{ weights: {} }, /routing\.weights must be an object with at least one number above 0/],
    [{ weights: { cost: 0 } }, /routing\.weights/],
    [{ weights: { cost: -1, ttft: 1 } }, /routing\.weights\.cost/],
    [{ weights: { cost: Number.POSITIVE_INFINITY } }, /routing\.weights\.cost/],
    [{ weights: { speed: 1 } }, /routing\.weights\.speed/],
    [{ max_cost_per_1m: 0 }, /routing\.max_cost_per_1m must be a number above 0/],
    [{ max_ttft_ms: 1.5 }, /routing\.max_ttft_ms must be a whole number/],
    [{ min_throughput_tps: -1 }, /routing\.min_throughput_tps/],
    [{ ttft_percentile: 'p99' }, /routing\.ttft_percentile/],
    [{ throughput_percentile: 'p99' }, /routing\.throughput_percentile/],
    [{ providers: 'openai' }, /routing\.providers must be an array of strings/],
    [{ exclude_providers: [1] }, /routing\.exclude_providers/],
    [{ prefer: 1 }, /routing\.prefer/],
    [{ mode: 'race' }, /routing\.mode/],
    [{ allow_fallbacks: 1 }, /routing\.allow_fallbacks/],
    [{ max_fallback_attempts: 0 }, /routing\.max_fallback_attempts must be a whole number from 1 to 19/],
    [{ max_fallback_attempts: 20 }, /routing\.max_fallback_attempts/],
    [{ timeout_ms: 0 }, /routing\.timeout_ms/],
    [{ timeout_ms: 2, deadline_ms: 1 }, /routing\.deadline_ms must be at least timeout_ms/],
    [{ data_policy: 'all' }, /routing\.data_policy/],
    [
      { only_byok: true, only_platform: true },
      /routing\.only_byok must be absent or false when only_platform is/,
    ],
    [{ require_parameters: 'yes' }, /routing\.require_parameters/],
    [{ tier: 1 }, /routing\.tier/],
    ['cost', /routing must be an object/],
    [[], /routing must be an object/],
  ])('refuses %j', (value, message) => {
    expect(() => new RoutingOptions(value as object)).toThrow(message);
  });
});

describe('GatewayOptions', () => {
  it('holds routing, models and metadata', () => {
    const fields = { routing: ALL, models: ['a', 'b'], metadata: { tags: ['t'], custom_fields: { k: 'v' } } };
    for (const routing of [ALL, new RoutingOptions(ALL)]) {
      const options = new GatewayOptions({ ...fields, routing });
      expect(options.toExtraBody()).toEqual({ gateway: fields });
      expect(JSON.parse(JSON.stringify(options))).toEqual(fields);
    }
    expect(new GatewayOptions({ routing: new RoutingOptions(), models: null }).toExtraBody()).toEqual({});
  });

  it.each([
    [{ model: 'a' }, /gateway\.model is not an option\. Known: routing, models, metadata/],
    [{ routing: { optimize: 'x' } }, /gateway\.routing\.optimize/],
    [{ models: [] }, /gateway\.models must be an array of 1 to 10 model ids/],
    [{ models: Array.from({ length: 11 }, () => 'm') }, /gateway\.models/],
    [{ metadata: { userId: 'u' } }, /gateway\.metadata\.userId is not an option\. Known: tags, user_id/],
    [{ metadata: { custom_fields: { k: 1 } } }, /gateway\.metadata\.custom_fields\.k/],
  ])('refuses %j', (value, message) => {
    expect(() => new GatewayOptions(value as object)).toThrow(message);
  });
});

describe('mergeGatewayExtraBody', () => {
  const base = { top_k: 1, gateway: { routing: { prefer: 'a' }, metadata: { tags: ['x'] } } };

  it.each([
    [undefined, base],
    [{}, base],
    [
      { gateway: { routing: { tier: 't' } } },
      { top_k: 1, gateway: { ...base.gateway, routing: { tier: 't' } } },
    ],
    [
      { top_k: 2, seed: 3 },
      { ...base, top_k: 2, seed: 3 },
    ],
    [{ gateway: null }, { top_k: 1, gateway: null }],
    [{ gateway: [1] }, { top_k: 1, gateway: [1] }],
  ])('merges %j', (override, merged) => {
    const before = JSON.stringify(base);
    expect(mergeGatewayExtraBody(base, override as Record<string, unknown>)).toEqual(merged);
    expect(JSON.stringify(base)).toBe(before);
  });

  it('takes checked options on both sides', () => {
    const below = { gateway: new GatewayOptions({ models: ['m'], routing: { prefer: 'a' } }) };
    const above = new RoutingOptions({ tier: 'priority' }).toExtraBody();
    expect(mergeGatewayExtraBody(below, above)).toEqual({
      gateway: { models: ['m'], routing: { tier: 'priority' } },
    });
    expect(mergeGatewayExtraBody(undefined, above)).toEqual(above);
  });
});

describe('parseRoutingMetadata', () => {
  const whole = {
    provider: 'openai',
    provider_model_id: 'gpt-4o-2024-08-06',
    model_canonical: 'gpt-4o',
    routing_strategy: 'cost-focus',
    cost: { usd: 0.1, cache_savings_percent: 42, cache_savings_usd: 0.08, hosted_tool_usd: 0.01 },
    ttft_ms: 312,
    throughput_tps: 9.2,
    warnings: [{ type: 'provider_timeout', code: 'c', message: 'm' }],
  };
  const four = { provider: 'p', provider_model_id: 'm-1', model_canonical: 'm', routing_strategy: 'own' };

  it.each([
    ['everything', whole, whole],
    [
      'unknown fields and warning types',
      { ...four, new: 1, warnings: [{ type: 'x', code: 'c', message: 'm', k: 1 }] },
      undefined,
    ],
    ['the four', four, four],
    ['nulls', { ...four, cost: null, ttft_ms: null, warnings: null }, four],
    ['a cost without dollars', { ...four, cost: { billable_cost_usd: 1 } }, four],
    [
      'a cost with nulls',
      { ...four, cost: { usd: 0, hosted_tool_usd: null } },
      { ...four, cost: { usd: 0 } },
    ],
    [
      'warnings of old',
      { ...four, warnings: ['slow', 7, { message: 'm' }, {}] },
      {
        ...four,
        warnings: [
          { type: 'unspecified', code: 'unspecified', message: 'slow' },
          { type: 'unspecified', code: 'unspecified', message: 'm' },
        ],
      },
    ],
  ])('reads %s', (_, routing_metadata, parsed) => {
    expect(parseRoutingMetadata({ routing_metadata })).toEqual(parsed ?? routing_metadata);
  });

  it.each([
    [undefined],
    [null],
    ['text'],
    [{}],
    [{ routing_metadata: null }],
    [{ routing_metadata: { ...four, provider: 1 } }],
  ])('has nothing to say of %j', (response) => expect(parseRoutingMetadata(response)).toBeUndefined());
});

describe.each(transports)('over %s', (_, transport) => {
  it('create() takes checked options as well as plain ones', async () => {
    const server = await scriptedServer(json(200, { id: 'c', created: 1, model: 'm', choices: [] }));
    const client = new Auriko({ transport, apiKey: 'ak_test', baseURL: server.url, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: 'hi' }];
    const routing = new RoutingOptions({ optimize: Optimize.COST });
    await client.chat.completions.create({ model: 'm', messages, gateway: { routing } });
    await client.chat.completions.create({
      messages,
      gateway: new GatewayOptions({ models: ['a'], routing }),
      extraBody: { ...new RoutingOptions({ tier: 'priority' }).toExtraBody() },
    });
    await client.chat.completions.create({
      model: 'm',
      messages,
      gateway: { routing: new RoutingOptions() },
    });
    expect(
      server.requests.map((request) => (JSON.parse(request.body) as { gateway: unknown }).gateway),
    ).toEqual([{ routing: { optimize: 'cost' } }, { models: ['a'], routing: { tier: 'priority' } }, {}]);
  });
});
