// `providerOptions.auriko` of a call: types and checks. Strict, so that a typo fails with its name.

import {
  type Check,
  fields,
  flag,
  integer,
  mapOf,
  number,
  oneOf,
  positive,
  record,
  text,
} from '../option-checks.js';
import type { TimeoutSettings } from '../options.js';
import { checkAbandonedAfter, checkTimeout } from '../options.js';
import { checkMetadata, checkModels, checkRouting } from '../routing-rules.js';
import type { AurikoRequestMetadata, AurikoRoutingOptions } from './routing-options.js';
import { checkStructuredOutputs, type StructuredOutputs } from './structured-output.js';

/** What a call may set under `providerOptions.auriko`. Keys may also be written as on the wire, in snake_case. */
export interface AurikoLanguageModelChatOptions {
  /** How the gateway chooses a provider. */
  readonly routing?: AurikoRoutingOptions;
  /** 1 to 10 model ids to choose from instead of the model's own id. */
  readonly models?: readonly string[];
  /** Labels for usage reports. */
  readonly metadata?: AurikoRequestMetadata;
  /** Objects that are forwarded to a provider as they are, by provider id. */
  readonly extensions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Sent unchanged; wins over the AI SDK's `reasoning`. */
  readonly reasoningEffort?: 'low' | 'medium' | 'high' | 'xhigh' | 'max' | 'off' | (string & {});
  /** `exclude`: the model reasons, the reply does not show it. */
  readonly reasoning?: { readonly exclude?: boolean };
  /** Whether the model may call several tools at once. */
  readonly parallelToolCalls?: boolean;
  /** Ask for log probabilities; a number is `top_logprobs`, 0 to 20. They come in `providerMetadata.auriko.logprobs`. */
  readonly logprobs?: boolean | number;
  readonly logitBias?: Readonly<Record<string, number>>;
  /** 0 to 1. */
  readonly minP?: number;
  /** 0 to 1. */
  readonly topA?: number;
  /** Above 0. */
  readonly repetitionPenalty?: number;
  /** Stable id of your end user. */
  readonly user?: string;
  readonly verbosity?: string;
  readonly promptCacheKey?: string;
  readonly promptCacheRetention?: '24h';
  readonly safetyIdentifier?: string;
  readonly webSearchOptions?: Readonly<Record<string, unknown>>;
  /** Whether a JSON schema is enforced strictly. @default true */
  readonly strictJsonSchema?: boolean;
  /** What becomes of a JSON schema; see the provider's setting of this name. @default the provider's, else true */
  readonly structuredOutputs?: StructuredOutputs;
  /** When an unread stream is given up, milliseconds, 0: never. @default the provider's, else 60000 */
  readonly abandonedAfterMs?: number;
  /** Time limits of this call; they replace the provider's one by one. */
  readonly timeout?: TimeoutSettings;
  /** Merged over the request body last, unchecked. */
  readonly extraBody?: Readonly<Record<string, unknown>>;
}

/** The options of a call in wire terms. */
export interface CheckedOptions {
  readonly gateway: Record<string, unknown>;
  /** Body fields that need no more thought. */
  readonly body: Record<string, unknown>;
  readonly strictJsonSchema: boolean;
  readonly wantsLogprobs: boolean;
  readonly timeout: TimeoutSettings | undefined;
  readonly structuredOutputs: StructuredOutputs | undefined;
  /** Milliseconds. */
  readonly abandonedAfterMs: number | undefined;
  readonly extraBody: Record<string, unknown>;
}

const logprobs: Check = (value, path) => (typeof value === 'boolean' ? value : integer(0, 20)(value, path));

const OPTIONS = fields({
  routing: checkRouting,
  models: checkModels,
  metadata: checkMetadata,
  extensions: mapOf(record),
  reasoningEffort: text,
  reasoning: fields({ exclude: flag }),
  parallelToolCalls: flag,
  logprobs,
  logitBias: mapOf(number()),
  minP: number(0, 1),
  topA: number(0, 1),
  repetitionPenalty: positive,
  user: text,
  verbosity: text,
  promptCacheKey: text,
  promptCacheRetention: oneOf('24h'),
  safetyIdentifier: text,
  webSearchOptions: record,
  strictJsonSchema: flag,
  structuredOutputs: checkStructuredOutputs,
  abandonedAfterMs: checkAbandonedAfter,
  timeout: checkTimeout,
  extraBody: record,
});

/** Checks the options of a call. Throws `InvalidArgumentError` naming the option. */
export function checkOptions(given: unknown): CheckedOptions {
  // The cast is safe: `fields` returns an object with string keys.
  const options = OPTIONS(given ?? {}, 'providerOptions.auriko') as Record<string, unknown>;
  const {
    routing,
    models: ids,
    metadata,
    strict_json_schema,
    logprobs: wanted,
    timeout,
    structured_outputs,
    abandoned_after_ms,
    extra_body,
    ...body
  } = options;
  const wantsLogprobs = wanted !== undefined && wanted !== false;
  if (wantsLogprobs) body.logprobs = true;
  if (typeof wanted === 'number') body.top_logprobs = wanted;
  return {
    gateway: {
      ...(routing === undefined ? {} : { routing }),
      ...(ids === undefined ? {} : { models: ids }),
      ...(metadata === undefined ? {} : { metadata }),
    },
    body,
    strictJsonSchema: strict_json_schema !== false,
    wantsLogprobs,
    // The casts are safe: each was checked above.
    timeout: timeout as TimeoutSettings | undefined,
    structuredOutputs: structured_outputs as StructuredOutputs | undefined,
    abandonedAfterMs: abandoned_after_ms as number | undefined,
    extraBody: (extra_body ?? {}) as Record<string, unknown>,
  };
}
