// Token counts of the wire as `ai` wants them (ai-sdk-provider.md §3.5). Unknown is undefined, not 0.

import type { JSONObject, LanguageModelV4Usage } from '@ai-sdk/provider';

import { isRecord } from '../errors/envelope.js';

/** The usage of a reply; all numbers are undefined when the wire had none. */
export function convertUsage(usage: unknown): LanguageModelV4Usage {
  if (!isRecord(usage)) {
    return {
      inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
      outputTokens: { total: undefined, text: undefined, reasoning: undefined },
    };
  }
  const prompt = details(usage.prompt_tokens_details);
  const completion = details(usage.completion_tokens_details);
  const input = count(usage.prompt_tokens);
  const output = count(usage.completion_tokens);
  const cacheRead = count(prompt?.cached_tokens);
  const cacheWrite = count(prompt?.cache_write_tokens);
  const reasoning = count(completion?.reasoning_tokens);
  return {
    inputTokens: {
      total: input,
      noCache: prompt === undefined ? undefined : difference(input, (cacheRead ?? 0) + (cacheWrite ?? 0)),
      cacheRead,
      cacheWrite,
    },
    outputTokens: {
      total: output,
      // Some providers do not count reasoning tokens into the completion; the difference must not go below zero.
      text:
        count(completion?.text_tokens) ??
        (reasoning === undefined ? undefined : difference(output, reasoning)),
      reasoning,
    },
    // The cast is safe: it was parsed from JSON.
    raw: usage as JSONObject,
  };
}

function details(value: unknown): Record<string, unknown> | undefined {
  return isRecord(value) ? value : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function difference(total: number | undefined, part: number): number | undefined {
  return total === undefined ? undefined : Math.max(0, total - part);
}
