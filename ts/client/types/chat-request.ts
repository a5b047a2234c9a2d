// Requests of chat completions, in wire names (api.md §3.1, §3.2). Closed sets are closed here: what is not in them is a
// compile error; `extraBody` is the way around.

import type { Extensions, GatewayOptions } from './gateway.js';

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

/** Instructions. Every provider takes `developer` too. */
export interface SystemMessage {
  role: 'system' | 'developer';
  content: string;
  name?: string;
}

/** What a user says. */
export interface UserMessage {
  role: 'user';
  content: string | readonly ContentPart[];
  name?: string;
}

/** What the model said: the `message` of a reply fits. Null fields are left out when it is sent. */
export interface AssistantMessage {
  role: 'assistant';
  content?: string | null;
  name?: string;
  tool_calls?: readonly ToolCall[] | null;
  reasoning?: readonly ReasoningBlock[] | null;
  reasoning_content?: string | null;
  refusal?: string | null;
  /** Older form of one tool call. @deprecated Use `tool_calls`. */
  function_call?: { name: string; arguments: string } | null;
}

/** The result of a tool call. */
export interface ToolMessage {
  role: 'tool';
  content: string;
  tool_call_id: string;
}

/** Older form of a tool's result. @deprecated Use {@link ToolMessage}. */
export interface FunctionMessage {
  role: 'function';
  content: string | null;
  name: string;
}

/** One message of the conversation. */
export type ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage | FunctionMessage;

/** A function that the model may call. */
export interface FunctionDefinition {
  name: string;
  description?: string;
  /** A JSON Schema object; absent when the function takes nothing. */
  parameters?: Readonly<Record<string, unknown>>;
  strict?: boolean;
}

/** A function tool. */
export interface FunctionTool {
  type: 'function';
  function: FunctionDefinition;
}

/** Which tool to call. `none` is guaranteed; `required` and a named tool go only to providers that honour them. */
export type ToolChoice = 'auto' | 'required' | 'none' | { type: 'function'; function: { name: string } };

/** The form of the answer. */
export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      json_schema: {
        name: string;
        /** A JSON Schema. */
        schema: Readonly<Record<string, unknown>>;
        description?: string;
        strict?: boolean;
      };
    };

/** How much the model thinks; each provider's own levels are translated. */
export type ReasoningEffort = 'low' | 'medium' | 'high' | 'xhigh' | 'max' | 'off';

/** A request for a completion. Exactly one of `model` and `gateway.models` must be given. */
export interface ChatCompletionCreateParams {
  /** At least one. */
  messages: readonly ChatMessage[];
  /** Model id or alias, with an optional `:suffix` such as `:ttft`. */
  model?: string;
  /** Whether the reply comes as a stream. @default false */
  stream?: boolean;
  /** Accepted and without effect: streams always end with their usage. */
  stream_options?: { include_usage?: boolean };
  /** 0 to 2. Some models take none while they reason. */
  temperature?: number;
  /** 0 to 1. Some models take none while they reason. */
  top_p?: number;
  /** At least 0. */
  top_k?: number;
  /** 0 to 1. */
  min_p?: number;
  /** 0 to 1. */
  top_a?: number;
  /** Above 0. */
  repetition_penalty?: number;
  /** Older name of `max_completion_tokens`, which wins. */
  max_tokens?: number;
  /** Most output tokens, at least 1. */
  max_completion_tokens?: number;
  /** Absent: what the model does by itself. */
  reasoning_effort?: ReasoningEffort;
  /** `exclude`: the model reasons, is paid for it, and the reply does not show it. */
  reasoning?: { exclude?: boolean };
  /** -2 to 2. */
  frequency_penalty?: number;
  /** -2 to 2. */
  presence_penalty?: number;
  /** Texts at which the model stops. */
  stop?: string | readonly string[];
  /** For repeatable answers, where the provider has them. */
  seed?: number;
  /** Number of answers, at least 1. */
  n?: number;
  tools?: readonly FunctionTool[];
  tool_choice?: ToolChoice;
  parallel_tool_calls?: boolean;
  response_format?: ResponseFormat;
  /** Whether the reply has log probabilities. */
  logprobs?: boolean;
  /** 0 to 20; needs `logprobs`. */
  top_logprobs?: number;
  /** Token id to a bias. */
  logit_bias?: Readonly<Record<string, number>>;
  /** Your own id of the end user. */
  user?: string;
  /** Web search of the provider, where the model has it. */
  web_search_options?: Readonly<Record<string, unknown>>;
  /** Length of the answer, where the model can be told. */
  verbosity?: 'low' | 'medium' | 'high' | (string & {});
  /** Requests with equal keys share a prompt cache; switches cache marks of the gateway off. */
  prompt_cache_key?: string;
  /** How long OpenAI keeps a cached prompt. */
  prompt_cache_retention?: '24h';
  safety_identifier?: string;
  /** What the gateway is told beside the model's own parameters. */
  gateway?: GatewayOptions;
  extensions?: Extensions;
  /** Older form of `tools`, which win. @deprecated Use `tools`. */
  functions?: readonly FunctionDefinition[];
  /** Older form of `tool_choice`, which wins. @deprecated Use `tool_choice`. */
  function_call?: 'none' | 'auto' | { name: string };
  /** Merged over the body last; `gateway` child by child. Unchecked. */
  extraBody?: Readonly<Record<string, unknown>>;
}

/** A request for a stream. */
export type ChatCompletionCreateParamsStreaming = ChatCompletionCreateParams & { stream: true };

/** A request for a whole reply. */
export type ChatCompletionCreateParamsNonStreaming = ChatCompletionCreateParams & { stream?: false };
