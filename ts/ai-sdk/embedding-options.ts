// `providerOptions.auriko` of an embedding call: types and checks. Strict, like those of a chat call.

import { fields, integer, record, text } from '../option-checks.js';
import { checkTimeout, type TimeoutSettings } from '../options.js';
import { checkMetadata, checkRouting } from '../routing-rules.js';
import type { AurikoRequestMetadata, AurikoRoutingOptions } from './routing-options.js';

/** What an embedding call may set under `providerOptions.auriko`. */
export interface AurikoEmbeddingModelOptions {
  /** Length of the vectors, for models that can shorten them. The AI SDK's own `dimensions` wins. */
  readonly dimensions?: number;
  /** Stable id of your end user. */
  readonly user?: string;
  /** How the gateway chooses a provider. */
  readonly routing?: AurikoRoutingOptions;
  /** Labels for usage reports. */
  readonly metadata?: AurikoRequestMetadata;
  /** Time limits of this call; they replace the provider's one by one. */
  readonly timeout?: TimeoutSettings;
  /** Merged over the request body last, unchecked. */
  readonly extraBody?: Readonly<Record<string, unknown>>;
}

/** The options of an embedding call in wire terms. */
export interface CheckedEmbeddingOptions {
  readonly dimensions: number | undefined;
  readonly user: string | undefined;
  readonly routing: Record<string, unknown> | undefined;
  readonly metadata: Record<string, unknown> | undefined;
  readonly timeout: TimeoutSettings | undefined;
  readonly extraBody: Record<string, unknown>;
}

const OPTIONS = fields({
  dimensions: integer(1),
  user: text,
  routing: checkRouting,
  metadata: checkMetadata,
  timeout: checkTimeout,
  extraBody: record,
});

/** Checks the options of a call. Throws `InvalidArgumentError` naming the option. */
export function checkEmbeddingOptions(given: unknown): CheckedEmbeddingOptions {
  // The casts are safe: `fields` returns an object with string keys, and each value was checked.
  const options = OPTIONS(given ?? {}, 'providerOptions.auriko') as Record<string, unknown>;
  return {
    dimensions: options['dimensions'] as number | undefined,
    user: options['user'] as string | undefined,
    routing: options['routing'] as Record<string, unknown> | undefined,
    metadata: options['metadata'] as Record<string, unknown> | undefined,
    timeout: options['timeout'] as TimeoutSettings | undefined,
    extraBody: (options['extra_body'] ?? {}) as Record<string, unknown>,
  };
}
