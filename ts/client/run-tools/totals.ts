// Usage and cost over the requests of a run.

import { isRecord } from '../../errors/envelope.js';
import type { ChatCompletion, Usage } from '../types.js';

const NANO = 1_000_000_000;

/** Token counts added up, their details too. A request that reports none counts as 0. */
export function addUsage(completions: readonly ChatCompletion[]): Usage {
  const start = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  return completions.reduce<Usage>(
    (sum, { usage }) => (usage ? (addNumbers(sum, usage) as Usage) : sum),
    start,
  );
}

/** US dollars; undefined when a request's cost is unknown, since the sum would then be too low. */
export function addCosts(completions: readonly ChatCompletion[]): number | undefined {
  // In whole nano-dollars: sums of fractions drift.
  let nano = 0;
  for (const { routing_metadata } of completions) {
    const usd = routing_metadata?.cost?.usd;
    if (typeof usd !== 'number' || !Number.isFinite(usd)) return undefined;
    nano += Math.round(usd * NANO);
  }
  return nano / NANO;
}

/** Adds what are numbers, goes into what are objects, and leaves out the rest. */
function addNumbers(sum: Record<string, unknown>, more: Record<string, unknown>): Record<string, unknown> {
  const result = { ...sum };
  for (const [name, value] of Object.entries(more)) {
    const known = result[name];
    if (typeof value === 'number') result[name] = (typeof known === 'number' ? known : 0) + value;
    else if (isRecord(value)) result[name] = addNumbers(isRecord(known) ? known : {}, value);
  }
  return result;
}
