// The rules of `gateway` in a request, for the provider and the SDK alike: the 20 routing fields (routing.md §1), the
// labels and the models (api.md §3.3). The provider takes camelCase too, the SDK wire names alone.

import {
  type Check,
  type Fields,
  fields,
  flag,
  integer,
  mapOf,
  type Naming,
  number,
  oneOf,
  positive,
  refuse,
  snakeCase,
  text,
  texts,
} from './option-checks.js';

/** Values of `optimize`. */
export const OPTIMIZE = ['cost', 'cost-focus', 'ttft', 'ttft-focus', 'tps', 'tps-focus', 'balanced'] as const;

/** Values of `mode`. */
export const MODE = ['pool', 'fallback'] as const;

/** Values of `data_policy`. */
export const DATA_POLICY = ['none', 'no_training', 'zdr'] as const;

/** Values of `ttft_percentile` and `throughput_percentile`. */
export const METRIC_PERCENTILE = ['p50', 'p95'] as const;

/** Most model ids in `gateway.models`. */
const MAX_MODELS = 10;

const ROUTING: Fields = {
  optimize: oneOf(...OPTIMIZE),
  weights: (value, path) => {
    const weights = fields({ cost: number(0), ttft: number(0), throughput: number(0) })(value, path);
    const isUsable = Object.values(Object(weights)).some((weight) => Number(weight) > 0);
    return isUsable ? weights : refuse(path, 'an object with at least one number above 0');
  },
  maxCostPer1m: positive,
  maxTtftMs: integer(1),
  minThroughputTps: positive,
  ttftPercentile: oneOf(...METRIC_PERCENTILE),
  throughputPercentile: oneOf(...METRIC_PERCENTILE),
  providers: texts,
  excludeProviders: texts,
  prefer: text,
  mode: oneOf(...MODE),
  allowFallbacks: flag,
  maxFallbackAttempts: integer(1, 19),
  timeoutMs: integer(1),
  deadlineMs: integer(1),
  dataPolicy: oneOf(...DATA_POLICY),
  onlyByok: flag,
  onlyPlatform: flag,
  requireParameters: flag,
  tier: text,
};

const METADATA: Fields = { tags: texts, userId: text, traceId: text, customFields: mapOf(text) };

/**
 * The wire's `gateway.routing`.
 *
 * @throws InvalidArgumentError naming the field.
 */
export function checkRouting(
  value: unknown,
  path: string,
  naming: Naming = 'either',
): Record<string, unknown> {
  const named = (name: string) => (naming === 'wire' ? snakeCase(name) : name);
  // The cast is safe: `fields` returns an object with string keys.
  const routing = fields(ROUTING, naming)(value, path) as Record<string, unknown>;
  if (routing['only_byok'] === true && routing['only_platform'] === true) {
    refuse(`${path}.${named('onlyByok')}`, `absent or false when ${named('onlyPlatform')} is true`);
  }
  const [timeout, deadline] = [routing['timeout_ms'], routing['deadline_ms']];
  if (typeof timeout === 'number' && typeof deadline === 'number' && deadline < timeout) {
    refuse(`${path}.${named('deadlineMs')}`, `at least ${named('timeoutMs')}`);
  }
  return routing;
}

/**
 * The wire's `gateway.metadata`.
 *
 * @throws InvalidArgumentError naming the field.
 */
export function checkMetadata(
  value: unknown,
  path: string,
  naming: Naming = 'either',
): Record<string, unknown> {
  // The cast is safe: `fields` returns an object with string keys.
  return fields(METADATA, naming)(value, path) as Record<string, unknown>;
}

/** `gateway.models`: 1 to 10 model ids. */
export const checkModels: Check = (value, path) =>
  Array.isArray(value) &&
  value.length >= 1 &&
  value.length <= MAX_MODELS &&
  value.every((entry) => typeof entry === 'string')
    ? value
    : refuse(path, `an array of 1 to ${MAX_MODELS} model ids`);
