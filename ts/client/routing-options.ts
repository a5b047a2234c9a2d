// Checked routing options: a typo or a value out of range fails here, with its name, and not at the server. Plain
// objects are taken wherever these are, unchecked; so the names `RoutingOptions` and `GatewayOptions` mean the fields
// as types and the checking classes as values.

import { type Check, fields, isPlainObject } from '../option-checks.js';
import { checkMetadata, checkModels, checkRouting } from '../routing-rules.js';
import type { GatewayOptions as GatewayFields, RoutingOptions as RoutingFields } from './types.js';

/** The 20 routing fields (routing.md §1); a plain object, or a {@link CheckedRoutingOptions}. */
export type RoutingOptions = RoutingFields;

/** What the gateway is told; a plain object, or a {@link CheckedGatewayOptions}. */
export type GatewayOptions = GatewayFields;

/** Fields as a caller may hold them: null and undefined count as absent. */
export type NullableFields<T> = { readonly [K in keyof T]?: T[K] | null | undefined };

/** A body with `gateway` in it, to be used as `extraBody` or spread into the body of another client. */
export interface GatewayExtraBody {
  /** Absent when nothing is set. */
  gateway?: GatewayFields;
}

interface Checked<T> {
  /** The fields that are set; undefined when there are none. */
  toObject(): T | undefined;
  /** The same as `toObject`, so that nothing is sent when nothing is set. */
  toJSON(): T | undefined;
  /** What is set, as a body with `gateway`; `{}` when nothing is. */
  toExtraBody(): GatewayExtraBody;
}

/** Routing options that were checked when they were made. Frozen. */
export type CheckedRoutingOptions = Readonly<RoutingFields> & Checked<RoutingFields>;

/** Gateway options that were checked when they were made. Frozen. */
export type CheckedGatewayOptions = Readonly<GatewayFields> & Checked<GatewayFields>;

// The casts below say what the compiler can't see: `Object.assign` adds the fields.

/**
 * Checks routing options.
 *
 * ```ts
 * const routing = new RoutingOptions({ optimize: Optimize.COST, max_ttft_ms: 800 });
 * await client.chat.completions.create({ model: 'gpt-4o', messages, gateway: { routing } });
 * ```
 *
 * @throws InvalidArgumentError naming the field: unknown keys, values out of range, `only_byok` with `only_platform`,
 * `weights` without a number above 0, `deadline_ms` below `timeout_ms`.
 */
export const RoutingOptions = class RoutingOptions implements Checked<RoutingFields> {
  constructor(routing: NullableFields<RoutingFields> = {}) {
    assign(this, checkRouting(withoutNulls(routing), 'routing', 'wire'));
  }

  toObject(): RoutingFields | undefined {
    return ownFields(this);
  }

  toJSON(): RoutingFields | undefined {
    return this.toObject();
  }

  toExtraBody(): GatewayExtraBody {
    const routing = this.toObject();
    return routing === undefined ? {} : { gateway: { routing } };
  }
} as unknown as new (
  routing?: NullableFields<RoutingFields>,
) => CheckedRoutingOptions;

/**
 * Checks all that `gateway` may hold; `routing` may be a {@link RoutingOptions} or its fields.
 *
 * @throws InvalidArgumentError naming the field.
 */
export const GatewayOptions = class GatewayOptions implements Checked<GatewayFields> {
  constructor(options: NullableFields<GatewayFields> = {}) {
    assign(this, checkGateway(withoutNulls(options), 'gateway'));
  }

  toObject(): GatewayFields | undefined {
    return ownFields(this);
  }

  toJSON(): GatewayFields | undefined {
    return this.toObject();
  }

  toExtraBody(): GatewayExtraBody {
    const gateway = this.toObject();
    return gateway === undefined ? {} : { gateway };
  }
} as unknown as new (
  options?: NullableFields<GatewayFields>,
) => CheckedGatewayOptions;

const checkGateway: Check = fields(
  {
    routing: (value, path) => checkRouting(withoutNulls(value), path, 'wire'),
    models: checkModels,
    metadata: (value, path) => checkMetadata(withoutNulls(value), path, 'wire'),
  },
  'wire',
);

/**
 * Merges two bodies: `override` wins field by field, and its `gateway` child by child, so that an override of
 * `gateway.routing` leaves `gateway.metadata` as it was. A `gateway` that is no object is replaced as a whole.
 */
export function mergeGatewayExtraBody(
  base: Readonly<Record<string, unknown>> | GatewayExtraBody | undefined,
  override: Readonly<Record<string, unknown>> | GatewayExtraBody | undefined,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(override ?? {})) {
    const below = merged[name];
    merged[name] =
      name === 'gateway' && isMergeable(below) && isMergeable(value) ? { ...below, ...value } : value;
  }
  return merged;
}

function isMergeable(value: unknown): value is Record<string, unknown> {
  return isPlainObject(value) || value instanceof GatewayOptions;
}

/** A copy that no caller holds. Empty children are left out: they say nothing. */
function assign(target: object, checked: unknown): void {
  const entries = Object.entries(structuredClone(Object(checked)) as Record<string, unknown>);
  Object.assign(target, Object.fromEntries(entries.filter(([, value]) => !isEmptyObject(value))));
  Object.freeze(target);
}

function isEmptyObject(value: unknown): boolean {
  return isPlainObject(value) && Object.keys(value).length === 0;
}

function ownFields<T>(checked: object): T | undefined {
  // The cast is safe: the fields were checked when they were assigned.
  return Object.keys(checked).length === 0 ? undefined : ({ ...checked } as T);
}

/** A plain copy without nulls; what is no object of options stays as it is, for the check to refuse. */
function withoutNulls(value: unknown): unknown {
  if (!isPlainObject(value) && !(value instanceof RoutingOptions) && !(value instanceof GatewayOptions)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== null));
}
