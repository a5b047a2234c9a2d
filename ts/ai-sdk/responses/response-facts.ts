// What a response object says about itself, for streams and whole replies alike (api.md §4.4).

import type {
  LanguageModelV4FinishReason,
  LanguageModelV4ResponseMetadata,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';

import { isRecord } from '../../errors/envelope.js';
import type { ResponseHead } from '../../events.js';
import { seconds, string } from '../../transport/fetch/decode-chunk.js';
import { convertUsage } from '../convert-usage.js';
import { replyMetadata } from '../metadata.js';

/** What became of a response, as far as its output tells. */
export interface OutputFacts {
  readonly hasToolCalls: boolean;
  readonly isRefusal: boolean;
}

/** A response object of the wire; empty before the first was seen. */
export type ResponseObject = Record<string, unknown>;

/** The finish reason. `ai` runs tools only on `stop` and `tool-calls`. */
export function responseFinish(response: ResponseObject, facts: OutputFacts): LanguageModelV4FinishReason {
  const details = response['incomplete_details'];
  const status = string(response['status']);
  const reason = isRecord(details) ? string(details['reason']) : undefined;
  return { unified: unify(status, reason, facts), raw: reason ?? status };
}

function unify(
  status: string | undefined,
  reason: string | undefined,
  { hasToolCalls, isRefusal }: OutputFacts,
): LanguageModelV4FinishReason['unified'] {
  if (reason === 'max_output_tokens') return 'length';
  if (reason === 'content_filter') return 'content-filter';
  switch (status) {
    case undefined:
    case 'completed':
      // A model that refused must not have its tools run.
      if (isRefusal) return 'content-filter';
      return hasToolCalls ? 'tool-calls' : 'stop';
    case 'failed':
      return 'error';
    default:
      return 'other';
  }
}

/** Token counts; all are undefined when there were none. */
export function responseUsage(response: ResponseObject): LanguageModelV4Usage {
  const { usage } = response;
  if (!isRecord(usage)) return convertUsage(undefined);
  const counts = convertUsage({
    prompt_tokens: usage['input_tokens'],
    prompt_tokens_details: usage['input_tokens_details'],
    completion_tokens: usage['output_tokens'],
    completion_tokens_details: usage['output_tokens_details'],
  });
  // The cast is safe: it was parsed from JSON.
  return { ...counts, raw: usage as NonNullable<LanguageModelV4Usage['raw']> };
}

/** Identity of the reply. */
export function responseIdentity(response: ResponseObject): LanguageModelV4ResponseMetadata {
  const id = string(response['id']);
  const created = seconds(response['created_at']);
  const modelId = string(response['model']);
  return {
    ...(id === undefined ? {} : { id }),
    ...(created === undefined ? {} : { timestamp: new Date(created * 1000) }),
    ...(modelId === undefined ? {} : { modelId }),
  };
}

/** `providerMetadata` of the result. */
export function responseMetadata(
  response: ResponseObject,
  head: ResponseHead,
  logprobs: readonly unknown[],
): SharedV4ProviderMetadata {
  const routing = response['routing_metadata'];
  const responseId = string(response['id']);
  const { auriko } = replyMetadata({
    head,
    routing: isRecord(routing) ? routing : undefined,
    serviceTier: string(response['service_tier']),
    logprobs: logprobs.length === 0 ? undefined : { content: [...logprobs] },
  });
  return { auriko: { ...auriko, ...(responseId === undefined ? {} : { responseId }) } };
}
