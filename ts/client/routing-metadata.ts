// Reads `routing_metadata` of any reply, forgivingly: what the gateway adds later, and what it said in older versions,
// must not cost the caller the rest.

import { isRecord } from '../errors/envelope.js';
import type { RoutingMetadata } from './types.js';

/** Type of a warning that came as plain text, as older gateways sent them. */
const PLAIN_WARNING = 'unspecified';

/**
 * Where a call ran and what it cost, from a reply of this client or of any OpenAI-compatible one: the object that has
 * a field `routing_metadata`.
 *
 * Unknown fields and unknown warning types are kept. A warning that is plain text becomes one with the type and the
 * code `unspecified`. A `cost` without a finite `usd` is left out.
 *
 * @returns undefined when there is none, or when it does not say where the call ran.
 */
export function parseRoutingMetadata(response: unknown): RoutingMetadata | undefined {
  if (typeof response !== 'object' || response === null) return undefined;
  const value: unknown = Reflect.get(response, 'routing_metadata');
  if (!isRecord(value)) return undefined;
  const { provider, provider_model_id, model_canonical, routing_strategy, cost, warnings, ...rest } = value;
  if (
    typeof provider !== 'string' ||
    typeof provider_model_id !== 'string' ||
    typeof model_canonical !== 'string' ||
    typeof routing_strategy !== 'string'
  ) {
    return undefined;
  }
  const { ttft_ms, throughput_tps, ...unknown } = rest;
  return {
    provider,
    provider_model_id,
    model_canonical,
    routing_strategy,
    ...(isCost(cost) ? { cost: numbersOnly(cost) } : {}),
    ...(isNumber(ttft_ms) ? { ttft_ms } : {}),
    ...(isNumber(throughput_tps) ? { throughput_tps } : {}),
    ...(Array.isArray(warnings) ? { warnings: warnings.flatMap(parseWarning) } : {}),
    ...unknown,
  };
}

type Cost = NonNullable<RoutingMetadata['cost']>;
type Warning = NonNullable<RoutingMetadata['warnings']>[number];

const COST_NUMBERS = ['cache_savings_percent', 'cache_savings_usd', 'hosted_tool_usd'] as const;

function isCost(value: unknown): value is Record<string, unknown> & { usd: number } {
  return isRecord(value) && isNumber(value['usd']);
}

/** Nulls count as absent. */
function numbersOnly(cost: Record<string, unknown> & { usd: number }): Cost {
  const checked = { ...cost };
  for (const name of COST_NUMBERS) {
    if (!isNumber(checked[name])) delete checked[name];
  }
  return checked;
}

function parseWarning(value: unknown): Warning[] {
  if (typeof value === 'string') return [{ type: PLAIN_WARNING, code: PLAIN_WARNING, message: value }];
  if (!isRecord(value)) return [];
  const { type, code, message } = value;
  if (typeof message !== 'string') return [];
  return [
    {
      ...value,
      type: typeof type === 'string' ? type : PLAIN_WARNING,
      code: typeof code === 'string' ? code : PLAIN_WARNING,
      message,
    },
  ];
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
