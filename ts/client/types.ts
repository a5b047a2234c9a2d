// Request and response types of chat completions, in wire names (api.md §3). Unknown fields of replies are kept.

import type { ResponseHeaders } from './response-headers.js';

/** A piece of a user message. */
export type ContentPart =
  | { type: 'text'; text: string; cache_control?: CacheControl }
  | {
      type: 'image_url';
      /** `url` is http(s) or `data:<mime>;base64,…`. */
      image_url: { url: string; detail?: 'auto' | 'low' | 'high' };
      cache_control?: CacheControl;
    };

/** Marks the end of a prompt prefix that the provider should cache. */
export interface CacheControl {
  type: 'ephemeral';
}

/** Thinking that a provider signed or encrypted; send it back unchanged. */
export type ReasoningBlock =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted'; data: string };

/** A call of a function tool. */
export interface ToolCall {
  id: string;
  type: 'function';
  /** `arguments` is JSON text. */
  function: { name: string; arguments: string };
  /** Opaque mark of some providers; send it back unchanged. */
  provider_signature?: string;
}

/** One message of the conversation. */
export type ChatMessage =
  | { role: 'system' | 'developer'; content: string; name?: string }
  | { role: 'user'; content: string | ContentPart[]; name?: string }
  | {
      role: 'assistant';
      content?: string | null;
      name?: string;
      tool_calls?: ToolCall[] | null;
      reasoning?: ReasoningBlock[] | null;
      reasoning_content?: string | null;
      refusal?: string | null;
    }
  | { role: 'tool'; content: string; tool_call_id: string };

/** A function tool. `parameters` is a JSON Schema object. */
export interface FunctionTool {
  type: 'function';
  function: { name: string; description?: string; parameters?: Record<string, unknown>; strict?: boolean };
}

/** The 20 routing fields (routing.md §1). */
export interface RoutingOptions {
  /** Scoring preset. @default 'cost-focus' */
  optimize?: 'cost' | 'cost-focus' | 'ttft' | 'ttft-focus' | 'tps' | 'tps-focus' | 'balanced';
  /** Custom scoring; at least one above 0. Wins over `optimize`. */
  weights?: { cost?: number; ttft?: number; throughput?: number };
  /** Ceiling on the mean of input and output price, US dollars per million tokens. */
  max_cost_per_1m?: number;
  /** Ceiling on the time to the first token, milliseconds. */
  max_ttft_ms?: number;
  /** Floor on output tokens per second. */
  min_throughput_tps?: number;
  /** @default 'p50' */
  ttft_percentile?: 'p50' | 'p95';
  /** @default 'p50' */
  throughput_percentile?: 'p50' | 'p95';
  /** Only these provider ids. */
  providers?: string[];
  /** Not these provider ids. */
  exclude_providers?: string[];
  /** This provider if it is eligible; never fails. */
  prefer?: string;
  /** How `gateway.models` is read. @default 'pool' */
  mode?: 'pool' | 'fallback';
  /** @default true */
  allow_fallbacks?: boolean;
  /** Retries on other providers, 1 to 19. */
  max_fallback_attempts?: number;
  /** Milliseconds per attempt. */
  timeout_ms?: number;
  /** Milliseconds for the whole request, at least `timeout_ms`. */
  deadline_ms?: number;
  /** Least retention guarantee. @default 'none' */
  data_policy?: 'none' | 'no_training' | 'zdr';
  /** Only your own provider keys. */
  only_byok?: boolean;
  /** Never your own provider keys. */
  only_platform?: boolean;
  /** Only providers that take every optional parameter sent. */
  require_parameters?: boolean;
  /** Opts into a premium tier. */
  tier?: 'priority' | (string & {});
}

/** What the gateway is told beside the model's own parameters. */
export interface GatewayOptions {
  routing?: RoutingOptions;
  /** 1 to 10 model ids instead of `model`. */
  models?: string[];
  metadata?: {
    tags?: string[];
    user_id?: string;
    trace_id?: string;
    custom_fields?: Record<string, string>;
  };
}

/** A request for a completion. Exactly one of `model` and `gateway.models` must be given. */
export interface ChatCompletionCreateParams {
  messages: ChatMessage[];
  /** Model id or alias, with an optional `:suffix` such as `:ttft`. */
  model?: string;
  stream?: boolean;
  /** 0 to 2. */
  temperature?: number;
  /** 0 to 1. */
  top_p?: number;
  top_k?: number;
  min_p?: number;
  top_a?: number;
  repetition_penalty?: number;
  /** Older name of `max_completion_tokens`. */
  max_tokens?: number;
  /** Most output tokens, at least 1. */
  max_completion_tokens?: number;
  reasoning_effort?: 'low' | 'medium' | 'high' | 'xhigh' | 'max' | 'off';
  /** `exclude`: the model reasons, the reply does not show it. */
  reasoning?: { exclude?: boolean };
  /** -2 to 2. */
  frequency_penalty?: number;
  /** -2 to 2. */
  presence_penalty?: number;
  stop?: string | string[];
  seed?: number;
  n?: number;
  tools?: FunctionTool[];
  tool_choice?: 'auto' | 'required' | 'none' | { type: 'function'; function: { name: string } };
  parallel_tool_calls?: boolean;
  response_format?:
    | { type: 'text' }
    | { type: 'json_object' }
    | {
        type: 'json_schema';
        json_schema: {
          name: string;
          schema: Record<string, unknown>;
          description?: string;
          strict?: boolean;
        };
      };
  logprobs?: boolean;
  /** 0 to 20. */
  top_logprobs?: number;
  logit_bias?: Record<string, number>;
  user?: string;
  web_search_options?: Record<string, unknown>;
  verbosity?: string;
  prompt_cache_key?: string;
  prompt_cache_retention?: '24h';
  safety_identifier?: string;
  gateway?: GatewayOptions;
  /** Per provider, forwarded as it is. */
  extensions?: Record<string, Record<string, unknown>>;
  /** Merged over the body last; `gateway` child by child. Unchecked. */
  extraBody?: Record<string, unknown>;
}

/** A request for a stream. */
export type ChatCompletionCreateParamsStreaming = ChatCompletionCreateParams & { stream: true };

/** A request for a whole reply. */
export type ChatCompletionCreateParamsNonStreaming = ChatCompletionCreateParams & { stream?: false };

/** Token counts. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number; cache_write_tokens?: number; [kind: string]: unknown };
  completion_tokens_details?: { reasoning_tokens?: number; [kind: string]: unknown };
  [field: string]: unknown;
}

/** Where a call ran and what it cost (routing.md §8). */
export interface RoutingMetadata {
  provider: string;
  provider_model_id: string;
  model_canonical: string;
  routing_strategy: string;
  /** US dollars. Absent when the price is unknown. */
  cost?: {
    usd: number;
    cache_savings_percent?: number;
    cache_savings_usd?: number;
    hosted_tool_usd?: number;
  };
  /** Streams only. */
  ttft_ms?: number;
  throughput_tps?: number;
  warnings?: { type: string; code: string; message: string }[];
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

/** A whole reply. */
export interface ChatCompletion {
  id: string;
  object?: 'chat.completion';
  /** Unix seconds. */
  created: number;
  /** The provider's model id. */
  model: string;
  choices: {
    index: number;
    message: {
      role?: 'assistant';
      content?: string | null;
      tool_calls?: ToolCall[];
      reasoning_content?: string;
      reasoning?: ReasoningBlock[];
      refusal?: string | null;
      images?: { type: 'image'; mime_type: string; data: string; thought_signature?: string }[];
      annotations?: Record<string, unknown>[];
      [field: string]: unknown;
    };
    finish_reason?: FinishReason | null;
    native_finish_reason?: string;
    logprobs?: unknown;
  }[];
  usage?: Usage;
  system_fingerprint?: string;
  service_tier?: string;
  routing_metadata?: RoutingMetadata;
  /** Not enumerable, so that printing and copying a reply leave it out. */
  readonly responseHeaders: ResponseHeaders;
  [field: string]: unknown;
}

/** One chunk of a streamed reply. */
export interface ChatCompletionChunk {
  id: string;
  object?: 'chat.completion.chunk';
  /** Unix seconds. */
  created: number;
  model: string;
  choices: {
    index: number;
    delta: {
      role?: 'assistant';
      content?: string | null;
      tool_calls?: {
        index: number;
        id?: string;
        type?: 'function';
        function?: { name?: string; arguments?: string };
        provider_signature?: string;
      }[];
      reasoning_content?: string;
      reasoning_signature?: string;
      reasoning_redacted_data?: string;
      refusal?: string | null;
      images?: { type: 'image'; mime_type: string; data: string; thought_signature?: string }[];
      [field: string]: unknown;
    };
    finish_reason?: FinishReason | null;
    native_finish_reason?: string;
    logprobs?: unknown;
  }[];
  usage?: Usage | null;
  routing_metadata?: RoutingMetadata;
  system_fingerprint?: string;
  service_tier?: string;
  [field: string]: unknown;
}
