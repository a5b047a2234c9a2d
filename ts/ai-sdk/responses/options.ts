// `providerOptions.auriko` of a Responses call: types and checks. Strict, so that a typo fails with its name.

import {
  type Check,
  fields,
  flag,
  integer,
  isPlainObject,
  mapOf,
  oneOf,
  record,
  refuse,
  text,
  texts,
} from '../../option-checks.js';
import { checkAbandonedAfter, checkTimeout, type TimeoutSettings } from '../../options.js';
import { checkMetadata, checkModels, checkRouting } from '../../routing-rules.js';
import type { AurikoRequestMetadata, AurikoRoutingOptions } from '../routing-options.js';

/** What a Responses call may set under `providerOptions.auriko`. Keys may also be written in snake_case. */
export interface AurikoLanguageModelResponsesOptions {
  /** How the gateway chooses a provider. */
  readonly routing?: AurikoRoutingOptions;
  /** 1 to 10 model ids to choose from instead of the model's own id. */
  readonly models?: readonly string[];
  /** Labels for usage reports. */
  readonly metadata?: AurikoRequestMetadata;
  /** `metadata` of the Responses API itself, which the reply repeats. */
  readonly responseMetadata?: Readonly<Record<string, string>>;
  /** Objects that are forwarded to a provider as they are, by provider id. */
  readonly extensions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Sent unchanged; wins over the AI SDK's `reasoning`. */
  readonly reasoningEffort?:
    | 'none'
    | 'minimal'
    | 'low'
    | 'medium'
    | 'high'
    | 'xhigh'
    | 'max'
    | 'off'
    | (string & {});
  /** Ask for a summary of the thinking; without it most models show none. */
  readonly reasoningSummary?: 'auto' | 'concise' | 'detailed';
  /** Tools that run at the provider, as the wire has them, such as `{ type: 'web_search' }`. */
  readonly hostedTools?: readonly Readonly<Record<string, unknown>>[];
  /** Whether the model may call several tools at once. */
  readonly parallelToolCalls?: boolean;
  /** Most calls of hosted tools in one reply. */
  readonly maxToolCalls?: number;
  /** Ask for log probabilities of so many candidates, 0 to 20. They come in `providerMetadata.auriko.logprobs`. */
  readonly topLogprobs?: number;
  /** Replaces our own choice, which is to ask for encrypted reasoning unless reasoning is switched off. */
  readonly include?: readonly string[];
  /** What happens to input that is too long. */
  readonly truncation?: 'auto' | 'disabled';
  /** Stable id of your end user. */
  readonly user?: string;
  readonly promptCacheKey?: string;
  readonly safetyIdentifier?: string;
  /** Whether a JSON schema is enforced strictly. @default true */
  readonly strictJsonSchema?: boolean;
  /** When an unread stream is given up, milliseconds, 0: never. @default the provider's, else 60000 */
  readonly abandonedAfterMs?: number;
  /** Time limits of this call; they replace the provider's one by one. */
  readonly timeout?: TimeoutSettings;
  /** Merged over the request body last, unchecked. */
  readonly extraBody?: Readonly<Record<string, unknown>>;
}

/** The options of a call in wire terms. */
export interface CheckedResponsesOptions {
  readonly gateway: Record<string, unknown>;
  /** Body fields that need no more thought. */
  readonly body: Record<string, unknown>;
  readonly effort: string | undefined;
  readonly summary: string | undefined;
  readonly hostedTools: readonly Record<string, unknown>[];
  readonly include: readonly string[] | undefined;
  readonly wantsLogprobs: boolean;
  readonly strictJsonSchema: boolean;
  /** Milliseconds. */
  readonly abandonedAfterMs: number | undefined;
  readonly timeout: TimeoutSettings | undefined;
  readonly extraBody: Record<string, unknown>;
}

const hostedTools: Check = (value, path) =>
  Array.isArray(value) && value.every((tool) => isPlainObject(tool) && typeof tool['type'] === 'string')
    ? value
    : refuse(path, 'an array of tool objects with a type');

const OPTIONS = fields({
  routing: checkRouting,
  models: checkModels,
  metadata: checkMetadata,
  responseMetadata: mapOf(text),
  extensions: mapOf(record),
  reasoningEffort: text,
  reasoningSummary: oneOf('auto', 'concise', 'detailed'),
  hostedTools,
  parallelToolCalls: flag,
  maxToolCalls: integer(1),
  topLogprobs: integer(0, 20),
  include: texts,
  truncation: oneOf('auto', 'disabled'),
  user: text,
  promptCacheKey: text,
  safetyIdentifier: text,
  strictJsonSchema: flag,
  abandonedAfterMs: checkAbandonedAfter,
  timeout: checkTimeout,
  extraBody: record,
});

/** Checks the options of a call. Throws `InvalidArgumentError` naming the option. */
export function checkResponsesOptions(given: unknown): CheckedResponsesOptions {
  // The cast is safe: `fields` returns an object with string keys.
  const options = OPTIONS(given ?? {}, 'providerOptions.auriko') as Record<string, unknown>;
  const {
    routing,
    models: ids,
    metadata,
    response_metadata,
    reasoning_effort,
    reasoning_summary,
    hosted_tools,
    include,
    strict_json_schema,
    abandoned_after_ms,
    timeout,
    extra_body,
    ...body
  } = options;
  if (response_metadata !== undefined) body['metadata'] = response_metadata;
  return {
    gateway: {
      ...(routing === undefined ? {} : { routing }),
      ...(ids === undefined ? {} : { models: ids }),
      ...(metadata === undefined ? {} : { metadata }),
    },
    body,
    wantsLogprobs: body['top_logprobs'] !== undefined,
    strictJsonSchema: strict_json_schema !== false,
    // The casts are safe: each was checked above.
    effort: reasoning_effort as string | undefined,
    summary: reasoning_summary as string | undefined,
    hostedTools: (hosted_tools ?? []) as Record<string, unknown>[],
    include: include as string[] | undefined,
    abandonedAfterMs: abandoned_after_ms as number | undefined,
    timeout: timeout as TimeoutSettings | undefined,
    extraBody: (extra_body ?? {}) as Record<string, unknown>,
  };
}
