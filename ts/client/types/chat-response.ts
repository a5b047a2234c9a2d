// Replies of chat completions, in wire names (api.md §3.4, §3.11). Unknown fields are kept, and sets are open: a value
// that is added later breaks nobody.

import type { ApiObject } from './api-object.js';
import type { ReasoningBlock, ToolCall } from './chat-request.js';
import type { RoutingMetadata } from './gateway.js';

/** Token counts. */
export interface Usage {
  /** All input, cached and written to the cache included. */
  prompt_tokens: number;
  /** All output. Most providers count reasoning among it. */
  completion_tokens: number;
  total_tokens: number;
  /** Absent counts are not reported; 0 is a count. */
  prompt_tokens_details?: {
    /** Read from the provider's prompt cache. */
    cached_tokens?: number;
    /** Written to the provider's prompt cache. */
    cache_write_tokens?: number;
    text_tokens?: number;
    image_tokens?: number;
    audio_tokens?: number;
    [kind: string]: unknown;
  } | null;
  /** Absent counts are not reported; 0 is a count. */
  completion_tokens_details?: {
    reasoning_tokens?: number;
    text_tokens?: number;
    image_tokens?: number;
    audio_tokens?: number;
    accepted_prediction_tokens?: number;
    rejected_prediction_tokens?: number;
    [kind: string]: unknown;
  } | null;
  [field: string]: unknown;
}

/** Why the model stopped. */
export type FinishReason =
  | 'stop'
  | 'length'
  | 'tool_calls'
  | 'function_call'
  | 'content_filter'
  | (string & {});

/** A picture that the model made. */
export interface GeneratedImage {
  type: 'image';
  /** Such as `image/png`. */
  mime_type: string;
  /** Base64. */
  data: string;
  thought_signature?: string;
  [field: string]: unknown;
}

/** A source of the answer. */
export interface Annotation {
  type: 'url_citation' | (string & {});
  [field: string]: unknown;
}

/** The probability of one token, as a natural logarithm. */
export interface TokenLogprob {
  token: string;
  logprob: number;
  /** UTF-8 bytes of the token; null when it has no text of its own. */
  bytes?: number[] | null;
  /** The likeliest tokens at this place, as many as `top_logprobs` said. */
  top_logprobs?: { token: string; logprob: number; bytes?: number[] | null }[];
  [field: string]: unknown;
}

/** Log probabilities of the answer. */
export interface Logprobs {
  content?: TokenLogprob[] | null;
  refusal?: TokenLogprob[] | null;
  [field: string]: unknown;
}

/** What the model says. It can be sent back as a message of the conversation. */
export interface ChatCompletionMessage {
  role: 'assistant';
  /** Null or absent when there is no visible text. */
  content?: string | null;
  tool_calls?: ToolCall[];
  /** What the model thought, as plain text. */
  reasoning_content?: string | null;
  /** Thoughts that the provider signed or encrypted: to be sent back unchanged. */
  reasoning?: ReasoningBlock[] | null;
  refusal?: string | null;
  images?: GeneratedImage[];
  annotations?: Annotation[];
  [field: string]: unknown;
}

/** One answer. */
export interface ChatCompletionChoice {
  index: number;
  message: ChatCompletionMessage;
  finish_reason?: FinishReason | null;
  /** The provider's own word. */
  native_finish_reason?: string | null;
  logprobs?: Logprobs | null;
  [field: string]: unknown;
}

/** A whole reply. */
export interface ChatCompletion extends ApiObject {
  id: string;
  object?: 'chat.completion';
  /** Unix seconds. */
  created: number;
  /** The provider's model id. */
  model: string;
  choices: ChatCompletionChoice[];
  usage?: Usage;
  system_fingerprint?: string | null;
  service_tier?: string | null;
  routing_metadata?: RoutingMetadata;
}

/** A piece of a tool call. The first piece of a call has its id and name, each has more of the arguments. */
export interface ToolCallDelta {
  /** Which call it belongs to. */
  index: number;
  id?: string;
  type?: 'function';
  function?: { name?: string; arguments?: string };
  provider_signature?: string;
}

/** What a chunk adds to an answer. */
export interface ChatCompletionDelta {
  role?: 'assistant';
  content?: string | null;
  tool_calls?: ToolCallDelta[];
  reasoning_content?: string | null;
  /** The provider's signature over the thinking before it. */
  reasoning_signature?: string;
  /** Thinking that the provider keeps encrypted. */
  reasoning_redacted_data?: string;
  refusal?: string | null;
  images?: GeneratedImage[];
  annotations?: Annotation[];
  [field: string]: unknown;
}

/** One answer's part of a chunk. */
export interface ChatCompletionChunkChoice {
  index: number;
  delta: ChatCompletionDelta;
  finish_reason?: FinishReason | null;
  native_finish_reason?: string | null;
  logprobs?: Logprobs | null;
  [field: string]: unknown;
}

/** One chunk of a streamed reply. */
export interface ChatCompletionChunk {
  id: string;
  object?: 'chat.completion.chunk';
  /** Unix seconds. */
  created: number;
  model: string;
  /** May be empty, as in the last chunk, which has usage and routing metadata. */
  choices: ChatCompletionChunkChoice[];
  usage?: Usage | null;
  routing_metadata?: RoutingMetadata;
  system_fingerprint?: string | null;
  service_tier?: string | null;
  [field: string]: unknown;
}
