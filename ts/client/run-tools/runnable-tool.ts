// Function tools together with the function that runs them.

import { isRecord } from '../../errors/envelope.js';
import type { FunctionDefinition, FunctionTool } from '../types.js';
import type { ToolRunner } from './tool-runner.js';

/** What the model is told of a function, and the function itself. */
export interface RunnableFunction extends FunctionDefinition {
  /**
   * Runs a call. A text is given to the model as it is, anything else as JSON; what it throws is told to the model.
   *
   * @param args What `parse` returned; the text that the model wrote where there is no `parse`.
   * @param runner Who runs the call: its `signal` aborts, its `messages` are the conversation.
   */
  // A method, so that functions of any argument type fit; `parse` and `tool()` see to it that it is right.
  function(args: unknown, runner: ToolRunner): unknown;
  /** Reads the model's JSON text; what it throws is told to the model, which may try again. */
  parse?(text: string): unknown;
}

/** A function tool that can be run. */
export interface RunnableTool {
  type?: 'function';
  function: RunnableFunction;
}

/** A tool as it is written for {@link tool}. */
export interface ToolDefinition<Args> extends FunctionDefinition {
  /** Runs a call; see {@link RunnableFunction}. */
  readonly function: (args: Args, runner: ToolRunner) => unknown;
  /** Reads, and best also checks, the model's JSON text. @default a JSON object, unchecked */
  readonly parse?: (text: string) => Args | Promise<Args>;
}

/**
 * A tool whose `function` has the arguments that `parse` returns. Without `parse` they are the model's JSON object, taken
 * at its word.
 *
 * ```ts
 * const weather = tool({
 *   name: 'weather',
 *   parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
 *   parse: (text) => z.object({ city: z.string() }).parse(JSON.parse(text)),
 *   function: ({ city }) => forecast(city),
 * });
 * ```
 */
export function tool<Args = Record<string, unknown>>(definition: ToolDefinition<Args>): RunnableTool {
  const { function: run, parse = parseObject, ...rest } = definition;
  return {
    type: 'function',
    // The cast is safe: the arguments come from `parse`.
    function: { ...rest, parse, function: (args, runner) => run(args as Args, runner) },
  };
}

/** The tool as it goes on the wire. */
export function wireTool({ function: definition }: RunnableTool): FunctionTool {
  const { function: _run, parse: _parse, ...rest } = definition;
  return { type: 'function', function: rest };
}

function parseObject(text: string): never {
  const value: unknown = text.trim() === '' ? {} : JSON.parse(text);
  if (!isRecord(value)) throw new TypeError('The arguments must be a JSON object.');
  // The cast stands for "unchecked", as the documentation of `parse` says.
  return value as never;
}
