// What a Responses reply is made of, in wire names (api.md §4.4). Unknown fields are kept, and so are items of other
// types than these: a reader's `switch` needs a `default`.

import type { ApiObject, RoutingMetadata } from '../types.js';

/** How far an item or a response has come. */
export type ResponseStatus = 'completed' | 'failed' | 'incomplete' | 'in_progress' | (string & {});

/** Visible text of a message. */
export interface ResponseOutputText {
  type: 'output_text';
  text: string;
  /** Citations, as the provider gives them. */
  annotations?: Record<string, unknown>[];
  /** Only when asked for with `include` and `top_logprobs`. */
  logprobs?: Record<string, unknown>[];
  [field: string]: unknown;
}

/** The model declined to answer. */
export interface ResponseOutputRefusal {
  type: 'refusal';
  refusal: string;
  [field: string]: unknown;
}

/** A message of the model. */
export interface ResponseOutputMessage {
  type: 'message';
  id: string;
  role: 'assistant';
  status: ResponseStatus;
  content: (ResponseOutputText | ResponseOutputRefusal)[];
  /** Whether it is on the way or the answer; send it back unchanged. Never invented by the gateway. */
  phase?: 'commentary' | 'final_answer' | (string & {}) | null;
  [field: string]: unknown;
}

/** A call of a function tool; answer it with a `function_call_output` of the same `call_id`. */
export interface ResponseFunctionToolCall {
  type: 'function_call';
  id?: string;
  call_id: string;
  name: string;
  /** JSON text. */
  arguments: string;
  status?: ResponseStatus;
  [field: string]: unknown;
}

/** What the model thought; send it back unchanged to keep it across turns. */
export interface ResponseReasoningItem {
  type: 'reasoning';
  id?: string;
  summary: { type: 'summary_text'; text: string }[];
  /** Opaque; there when `include` holds `reasoning.encrypted_content`. */
  encrypted_content?: string | null;
  status?: ResponseStatus;
  [field: string]: unknown;
}

/** A generated image. */
export interface ResponseImageGenerationCall {
  type: 'image_generation_call';
  id: string;
  status: 'in_progress' | 'completed' | 'generating' | 'failed' | (string & {});
  /** The image in base64. */
  result?: string | null;
  [field: string]: unknown;
}

/** A tool that the provider ran itself; its own fields come as the provider gives them. */
export interface ResponseHostedToolCall {
  type:
    | 'web_search_call'
    | 'file_search_call'
    | 'code_interpreter_call'
    | 'computer_call'
    | 'local_shell_call'
    | 'mcp_call'
    | 'mcp_list_tools'
    | 'mcp_approval_request'
    | 'custom_tool_call';
  id?: string;
  status?: ResponseStatus;
  [field: string]: unknown;
}

/** A piece of the output. Other types than these come unchanged. */
export type ResponseOutputItem =
  | ResponseOutputMessage
  | ResponseFunctionToolCall
  | ResponseReasoningItem
  | ResponseImageGenerationCall
  | ResponseHostedToolCall;

/** Token counts. */
export interface ResponseUsage {
  input_tokens: number;
  output_tokens: number;
  total_tokens: number;
  input_tokens_details?: { cached_tokens?: number; cache_write_tokens?: number; [kind: string]: unknown };
  output_tokens_details?: { reasoning_tokens?: number; image_tokens?: number; [kind: string]: unknown };
  [field: string]: unknown;
}

/** Why a response failed. */
export interface ResponseError {
  /** Stable machine word. */
  code: string;
  message: string;
  type?: string;
  param?: string | null;
  doc_url?: string;
  /** The provider that failed. */
  provider?: string | null;
  suggestion?: string;
  [field: string]: unknown;
}

/** What hosted tools used. */
export interface ResponseToolUsage {
  image_gen?: {
    input_tokens: number;
    output_tokens: number;
    total_tokens: number;
    input_tokens_details?: { image_tokens?: number; text_tokens?: number; [kind: string]: unknown };
    output_tokens_details?: { [kind: string]: unknown };
    input_text_tokens?: number;
    input_image_tokens?: number;
    output_image_tokens?: number;
    [field: string]: unknown;
  };
  web_search?: { num_requests: number; [field: string]: unknown };
  [tool: string]: unknown;
}

/** A whole reply, or what is known of it while it comes. */
export interface Response extends ApiObject {
  id: string;
  object?: 'response';
  /** Unix seconds. */
  created_at: number;
  /** The provider's model id. */
  model: string;
  status: ResponseStatus;
  output: ResponseOutputItem[];
  /**
   * All text of all messages, one after the other. Where the wire does not have it, it is computed, and is left out
   * when the response is printed or copied.
   */
  readonly output_text: string;
  usage?: ResponseUsage | null;
  /** Set when `status` is `failed`. */
  error?: ResponseError | null;
  /** Set when `status` is `incomplete`: `max_output_tokens`, `content_filter` and others. */
  incomplete_details?: { reason?: string; [field: string]: unknown } | null;
  metadata?: Record<string, string> | null;
  /** Where the call ran and what it cost. */
  routing_metadata?: RoutingMetadata;
  parallel_tool_calls?: boolean;
  tool_choice?: unknown;
  tools?: Record<string, unknown>[];
  temperature?: number | null;
  top_p?: number | null;
  max_output_tokens?: number | null;
  max_tool_calls?: number | null;
  frequency_penalty?: number | null;
  presence_penalty?: number | null;
  top_logprobs?: number | null;
  instructions?: unknown;
  truncation?: string | null;
  reasoning?: { effort?: string | null; summary?: string | null; [field: string]: unknown } | null;
  text?: Record<string, unknown> | null;
  user?: string | null;
  prompt_cache_key?: string | null;
  safety_identifier?: string | null;
  /** The service keeps nothing, so `false`. */
  store?: boolean | null;
  previous_response_id?: string | null;
  background?: boolean | null;
  /** Unix seconds. */
  completed_at?: number | null;
  service_tier?: string | null;
  tool_usage?: ResponseToolUsage | null;
}
