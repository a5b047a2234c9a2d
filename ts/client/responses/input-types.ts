// A request to the Responses endpoint, in wire names (api.md §4.1, §4.2).

import type { Extensions, GatewayOptions } from '../types.js';
import type { ResponseFunctionToolCall, ResponseOutputItem } from './output-types.js';

/** A piece of an input message. */
export type ResponseInputPart =
  | { type: 'input_text'; text: string }
  | {
      type: 'input_image';
      /** http(s), or `data:<mime>;base64,…`. */
      image_url?: string;
      detail?: 'auto' | 'low' | 'high';
    }
  | { type: 'output_text'; text: string; annotations?: Record<string, unknown>[] };

/** A message of the conversation. */
export interface ResponseInputMessage {
  type?: 'message';
  role: 'user' | 'assistant' | 'system' | 'developer';
  content: string | readonly ResponseInputPart[];
}

/** What a function tool returned. */
export interface ResponseFunctionCallOutput {
  type: 'function_call_output';
  /** The `call_id` of the call that it answers. */
  call_id: string;
  output: string;
}

/** Thinking of an earlier turn. */
export interface ResponseInputReasoning {
  type: 'reasoning';
  id?: string;
  summary?: readonly { type: 'summary_text'; text: string }[];
  /** Opaque; send it back unchanged. */
  encrypted_content?: string | null;
}

/** A piece of the input. Items of an earlier `output` can be sent back as they are. */
export type ResponseInputItem =
  | ResponseInputMessage
  | ResponseFunctionToolCall
  | ResponseFunctionCallOutput
  | ResponseInputReasoning
  | ResponseOutputItem;

/** A function tool; flat, unlike in chat completions. `parameters` is a JSON Schema object. */
export interface ResponseFunctionTool {
  type: 'function';
  name: string;
  description?: string;
  parameters?: Readonly<Record<string, unknown>>;
  strict?: boolean;
}

/** A tool that the provider runs; the object is passed on as it is. */
export interface ResponseHostedTool {
  /** Such as `web_search`, `code_interpreter`, `image_generation`, `mcp`. */
  type: 'mcp' | 'custom' | 'shell' | `${string}_${string}`;
  [field: string]: unknown;
}

/** How the model may use tools. */
export type ResponseToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { type: 'function'; name: string }
  | { type: ResponseHostedTool['type']; [field: string]: unknown };

/** The form of the text. Flat: `name` and `schema` stand beside `type`. */
export type ResponseTextFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      name: string;
      schema: Readonly<Record<string, unknown>>;
      description?: string;
      strict?: boolean;
    };

/** A request for a response. Exactly one of `model` and `gateway.models` must be given. */
export interface ResponseCreateParams {
  /** The question, or the conversation. */
  input: string | readonly ResponseInputItem[];
  /** Model id or alias, with an optional `:suffix` such as `:ttft`. */
  model?: string;
  stream?: boolean;
  /** The system prompt. */
  instructions?: string;
  tools?: readonly (ResponseFunctionTool | ResponseHostedTool)[];
  tool_choice?: ResponseToolChoice;
  parallel_tool_calls?: boolean;
  /** Most output tokens, thinking included; at least 1. */
  max_output_tokens?: number;
  /** Most calls of hosted tools. */
  max_tool_calls?: number;
  /** 0 to 2. */
  temperature?: number;
  /** 0 to 1. */
  top_p?: number;
  top_k?: number;
  /** 0 to 20. */
  top_logprobs?: number;
  /** -2 to 2. */
  frequency_penalty?: number;
  /** -2 to 2. */
  presence_penalty?: number;
  reasoning?: {
    effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max' | 'off';
    /** Asks for a summary of the thinking; without it most models show none. */
    summary?: 'auto' | 'concise' | 'detailed';
    /** Older name of `summary`. */
    generate_summary?: 'auto' | 'concise' | 'detailed';
  };
  text?: { format?: ResponseTextFormat; verbosity?: 'low' | 'medium' | 'high' };
  user?: string;
  metadata?: Readonly<Record<string, string>>;
  /** More to send back, such as `reasoning.encrypted_content`. */
  include?: readonly ('reasoning.encrypted_content' | 'message.output_text.logprobs' | (string & {}))[];
  prompt_cache_key?: string;
  safety_identifier?: string;
  truncation?: 'auto' | 'disabled';
  /** The service keeps nothing: `true` is refused with status 400. */
  store?: false;
  gateway?: GatewayOptions;
  extensions?: Extensions;
  /** Merged over the body last; `gateway` child by child. Unchecked. */
  extraBody?: Readonly<Record<string, unknown>>;
}

/** A request for a stream. */
export type ResponseCreateParamsStreaming = ResponseCreateParams & { stream: true };

/** A request for a whole reply. */
export type ResponseCreateParamsNonStreaming = ResponseCreateParams & { stream?: false };
