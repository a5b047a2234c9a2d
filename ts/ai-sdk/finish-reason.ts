// The finish word of the wire as `ai` wants it (ai-sdk-provider.md §3.6). It decides whether `ai` runs tools: only on
// `stop` and `tool-calls`.

import type { LanguageModelV4FinishReason } from '@ai-sdk/provider';

/** What else is known when a reply is over. */
export interface ReplyFacts {
  readonly hasToolCalls: boolean;
  readonly hasOutput: boolean;
  readonly isRefusal: boolean;
}

/** The finish reason of a reply that ended properly; `word` is undefined when the wire had none. */
export function finishReason(word: string | undefined, facts: ReplyFacts): LanguageModelV4FinishReason {
  return { unified: unify(word, facts), raw: word };
}

function unify(word: string | undefined, facts: ReplyFacts): LanguageModelV4FinishReason['unified'] {
  switch (word) {
    case 'stop':
      // A model that refused must not have its tools run.
      if (facts.isRefusal) return 'content-filter';
      return facts.hasToolCalls ? 'tool-calls' : 'stop';
    case 'length':
      return 'length';
    case 'tool_calls':
    case 'function_call':
      return 'tool-calls';
    case 'content_filter':
      return 'content-filter';
    case 'error':
      return 'error';
    case undefined:
      if (facts.hasToolCalls) return 'tool-calls';
      return facts.hasOutput ? 'stop' : 'other';
    default:
      return facts.hasToolCalls ? 'tool-calls' : 'other';
  }
}
