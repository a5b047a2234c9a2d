// Runs the tool calls of one answer. Whatever goes wrong with a tool is told to the model, which can try again or answer
// without it; the run ends only where the caller's hook says so.

import { argumentsText } from '../../transport/fetch/decode-chunk.js';
import type { ToolCall } from '../types.js';
import type { RunnableTool } from './runnable-tool.js';
import type { ToolResult } from './runner-events.js';
import type { ToolRunner } from './tool-runner.js';

/**
 * Told of each tool that failed; returns what the model is told instead of the error's message, or nothing to leave it at
 * that. What it throws ends the run.
 */
export type ToolErrorHook = (
  error: unknown,
  call: ToolCall,
) => string | undefined | Promise<string | undefined>;

/** Runs one call. Rejects only with what the hook throws. */
export async function runToolCall(
  call: ToolCall,
  tools: readonly RunnableTool[],
  runner: ToolRunner,
  onToolError: ToolErrorHook | undefined,
): Promise<ToolResult> {
  try {
    const { function: definition } = toolOf(call, tools);
    const text = argumentsText(call.function.arguments);
    const args = definition.parse === undefined ? text : await definition.parse(text);
    const value = await definition.function(args, runner);
    return { call, content: typeof value === 'string' ? value : asJson(value), error: undefined };
  } catch (error) {
    const content = (await onToolError?.(error, call)) ?? `Error: ${messageOf(error)}`;
    return { call, content, error };
  }
}

function toolOf(call: ToolCall, tools: readonly RunnableTool[]): RunnableTool {
  const name = call.function?.name;
  const found = tools.find((candidate) => candidate.function.name === name);
  if (found !== undefined) return found;
  const names = tools.map((candidate) => candidate.function.name).join(', ');
  throw new Error(`There is no tool ${JSON.stringify(name)}. Tools: ${names}.`);
}

/** Nothing is null to the model: some providers refuse an empty result. */
function asJson(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
