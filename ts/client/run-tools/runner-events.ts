// Who listens to a run, and to what.

import type { ChatCompletion, ChatMessage, ToolCall } from '../types.js';

/** What a tool call led to. */
export interface ToolResult {
  readonly call: ToolCall;
  /** What the model is told. */
  readonly content: string;
  /** What `parse` or the function threw, or that there is no such tool; undefined when all went well. */
  readonly error: unknown;
}

/** Events of a run, and what their listeners are given. */
export interface RunnerEvents {
  /** A message was added to the conversation: an answer of the model, or the result of a tool. */
  message: (message: ChatMessage) => void;
  /** The model has called a tool, which is run now. */
  toolCall: (call: ToolCall) => void;
  /** A tool has ended, or could not be run. Of calls that run together the first to end is first. */
  toolResult: (result: ToolResult) => void;
  /** Visible text: piece by piece in streams, else whole. `snapshot` is all of this answer so far. */
  content: (delta: string, snapshot: string) => void;
  /** A request has been answered. */
  chatCompletion: (completion: ChatCompletion) => void;
  /** The run could not go on. With a listener, the rejection of a promise that nobody asked for is not reported. */
  error: (error: unknown) => void;
  /** The run is over, whatever way. Always last. */
  end: () => void;
}

/** Listeners of one run. */
export class RunnerListeners {
  readonly #listeners = new Map<keyof RunnerEvents, Set<RunnerEvents[keyof RunnerEvents]>>();

  add<Name extends keyof RunnerEvents>(name: Name, listener: RunnerEvents[Name]): void {
    const known = this.#listeners.get(name);
    if (known === undefined) this.#listeners.set(name, new Set([listener]));
    else known.add(listener);
  }

  remove<Name extends keyof RunnerEvents>(name: Name, listener: RunnerEvents[Name]): void {
    this.#listeners.get(name)?.delete(listener);
  }

  has(name: keyof RunnerEvents): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  /** Calls the listeners in the order in which they were added. What one throws is thrown, and the others are not called. */
  emit<Name extends keyof RunnerEvents>(name: Name, ...args: Parameters<RunnerEvents[Name]>): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      // The cast is safe: `add` put it under this name.
      (listener as (...values: Parameters<RunnerEvents[Name]>) => void)(...args);
    }
  }
}
