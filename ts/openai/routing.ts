// Where a call ran and what it cost, read from what the OpenAI client returns.

import type { RoutingMetadata } from '../client/types.js';
import { isRecord } from '../errors/envelope.js';

/**
 * Property under which `AurikoOpenAI` keeps the routing metadata of a reply.
 *
 * A symbol, so that it stays out of `JSON.stringify` and `Object.keys`; enumerable, so that it survives the copy that
 * `chat.completions.parse()` makes.
 */
export const ROUTING: unique symbol = Symbol.for('auriko.routing') as never;

const REQUIRED = ['provider', 'provider_model_id', 'model_canonical', 'routing_strategy'] as const;

/**
 * The routing metadata of a reply, a stream, a chunk or a terminal event; `undefined` when there is none.
 *
 * Of a stream it is known once the stream has ended.
 */
export function getRouting(response: unknown): RoutingMetadata | undefined {
  if (typeof response !== 'object' || response === null) return undefined;
  // Whatever another copy of this package put there has the same shape.
  const kept = Reflect.get(response, ROUTING) as RoutingMetadata | undefined;
  return kept ?? parseRoutingMetadata(response);
}

/**
 * The field `routing_metadata` of a reply of any OpenAI client; `undefined` when it is absent or not valid.
 *
 * A reply whose `response` field holds it, such as the event `response.completed`, counts too.
 */
export function parseRoutingMetadata(response: unknown): RoutingMetadata | undefined {
  if (!isRecord(response)) return undefined;
  const value = response['routing_metadata'];
  if (isRoutingMetadata(value)) return value;
  const inner = response['response'];
  return isRecord(inner) && isRoutingMetadata(inner['routing_metadata'])
    ? inner['routing_metadata']
    : undefined;
}

/** Keeps the routing metadata of a reply's body on the reply. */
export function keepRouting(response: unknown): RoutingMetadata | undefined {
  const routing = parseRoutingMetadata(response);
  if (routing !== undefined) {
    // The cast is safe: only an object can have metadata.
    Object.defineProperty(response as object, ROUTING, {
      value: routing,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return routing;
}

function isRoutingMetadata(value: unknown): value is RoutingMetadata {
  if (!isRecord(value) || REQUIRED.some((name) => typeof value[name] !== 'string')) return false;
  const { cost, warnings } = value;
  return (
    (cost === undefined || cost === null || (isRecord(cost) && typeof cost['usd'] === 'number')) &&
    (warnings === undefined || warnings === null || Array.isArray(warnings))
  );
}
