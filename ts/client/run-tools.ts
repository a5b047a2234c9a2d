// `chat.completions.runTools`: checks what a run is made of, and starts it.

import { InvalidArgumentError } from '@ai-sdk/provider';

import type { ApiPromise } from './api-promise.js';
import type { CompletionStream } from './completion-stream.js';
import type { RequestOptions } from './request-options.js';
import { type RunnableTool, wireTool } from './run-tools/runnable-tool.js';
import type { ToolErrorHook } from './run-tools/tool-calls.js';
import { ToolRunner } from './run-tools/tool-runner.js';
import type { ChatCompletion, ChatCompletionCreateParams } from './types.js';

/** Requests of a run, unless it says otherwise. */
const MAX_CHAT_COMPLETIONS = 10;

/** A request whose tools are run. `n` is left out: a conversation goes on with one answer. */
export interface RunToolsParams
  extends Omit<ChatCompletionCreateParams, 'tools' | 'n' | 'functions' | 'function_call'> {
  /** The tools, each with its function; {@link tool} writes them with types. */
  tools: readonly RunnableTool[];
}

/** What a run may set for itself. `signal` ends the run; the others go with each of its requests. */
export interface RunToolsOptions extends Omit<RequestOptions, 'idempotencyKey'> {
  /** Most requests, at least 1. @default 10 */
  readonly maxChatCompletions?: number;
  /** Told of each tool that failed. */
  readonly onToolError?: ToolErrorHook;
}

type Create = (
  params: ChatCompletionCreateParams,
  options: RequestOptions,
) => ApiPromise<ChatCompletion | CompletionStream>;

/**
 * Starts a run.
 *
 * @throws InvalidArgumentError when a tool has no name or no function, when two have one name, and when
 * `maxChatCompletions` is no number of requests.
 */
export function runTools(create: Create, params: RunToolsParams, options: RunToolsOptions = {}): ToolRunner {
  const { tools, messages, tool_choice, ...rest } = params;
  const { maxChatCompletions = MAX_CHAT_COMPLETIONS, onToolError, signal, ...shared } = options;
  checkTools(tools);
  if (!Number.isInteger(maxChatCompletions) || maxChatCompletions < 1) {
    throw invalid('maxChatCompletions', 'maxChatCompletions must be a whole number of at least 1.');
  }
  const wireTools = tools.map(wireTool);
  return new ToolRunner({
    messages,
    tools,
    toolChoice: tool_choice,
    maxChatCompletions,
    signal,
    onToolError,
    ask: ({ messages: conversation, toolChoice, signal: ending }) =>
      create(
        {
          ...rest,
          messages: conversation,
          ...(wireTools.length === 0 ? {} : { tools: wireTools }),
          ...(toolChoice === undefined ? {} : { tool_choice: toolChoice }),
        },
        { ...shared, signal: ending },
      ),
  });
}

function checkTools(tools: readonly RunnableTool[]): void {
  if (!Array.isArray(tools)) throw invalid('tools', 'tools must be an array.');
  const names = new Set<string>();
  for (const [index, tool] of tools.entries()) {
    const { name, function: run, parse } = tool?.function ?? {};
    const path = `tools[${index}].function`;
    if (typeof name !== 'string' || name === '') throw invalid('tools', `${path}.name must be a text.`);
    if (typeof run !== 'function') {
      throw invalid('tools', `${path}.function must be the function that runs the tool ${name}.`);
    }
    if (parse !== undefined && typeof parse !== 'function') {
      throw invalid('tools', `${path}.parse must be a function.`);
    }
    if (names.has(name)) throw invalid('tools', `${path}.name must be unique; ${name} is taken.`);
    names.add(name);
  }
}

function invalid(argument: string, message: string): InvalidArgumentError {
  return new InvalidArgumentError({ argument, message });
}
