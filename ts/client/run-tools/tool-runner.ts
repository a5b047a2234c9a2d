// The loop that answers tool calls until the model has no more of them.

import { invalidResponse } from '../../errors.js';
import { decodeChoice } from '../../transport/fetch/decode-chunk.js';
import { assembleCompletion } from '../assemble-completion.js';
import type { CompletionStream } from '../completion-stream.js';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionMessage,
  ChatMessage,
  ToolCall,
  ToolChoice,
  Usage,
} from '../types.js';
import type { RunnableTool } from './runnable-tool.js';
import { type RunnerEvents, RunnerListeners } from './runner-events.js';
import { runToolCall, type ToolErrorHook } from './tool-calls.js';
import { addCosts, addUsage } from './totals.js';

/** What one request of a run changes. */
export interface Turn {
  readonly messages: readonly ChatMessage[];
  readonly toolChoice: ToolChoice | undefined;
  readonly signal: AbortSignal;
}

/** What a run is made of. */
export interface RunPlan {
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly RunnableTool[];
  readonly toolChoice: ToolChoice | undefined;
  readonly maxChatCompletions: number;
  readonly signal: AbortSignal | undefined;
  readonly onToolError: ToolErrorHook | undefined;
  readonly ask: (turn: Turn) => PromiseLike<ChatCompletion | CompletionStream>;
}

/**
 * Why a run ended: the model has answered (`'answered'`), the tool that `tool_choice` names was called
 * (`'named-tool'`), or `maxChatCompletions` was reached (`'limit'`). In the latter two the last answer's calls were run,
 * and their results are in `messages`.
 */
export type RunEnd = 'answered' | 'named-tool' | 'limit';

/**
 * A conversation in which the model's tool calls are run and answered.
 *
 * The run begins by itself, after the listeners of the same tick were added. A run that fails rejects `done()` and all
 * that is based on it; with neither a promise asked for nor an `error` listener it is an unhandled rejection.
 */
export class ToolRunner {
  readonly #plan: RunPlan;
  readonly #listeners = new RunnerListeners();
  readonly #controller = new AbortController();
  readonly #messages: ChatMessage[];
  readonly #completions: ChatCompletion[] = [];
  readonly #done: Promise<void>;
  #end: RunEnd | undefined;
  #isOver = false;

  /** Aborted when the run is; for tools that want to end early. */
  readonly signal: AbortSignal;

  /** Internal: runs are started by `client.chat.completions.runTools`. */
  constructor(plan: RunPlan) {
    this.#plan = plan;
    this.#messages = [...plan.messages];
    const own = this.#controller.signal;
    this.signal = plan.signal === undefined ? own : AbortSignal.any([own, plan.signal]);
    this.#done = Promise.resolve().then(() => this.#run());
  }

  /** The conversation so far: what it began with, answers, results of tools. */
  get messages(): readonly ChatMessage[] {
    return this.#messages;
  }

  /** The replies so far, one for each request. */
  get completions(): readonly ChatCompletion[] {
    return this.#completions;
  }

  /** Whether the run is over. */
  get ended(): boolean {
    return this.#isOver;
  }

  /** Why it ended; undefined before, and when it failed. */
  get endReason(): RunEnd | undefined {
    return this.#end;
  }

  /** Adds a listener. What it throws ends the run, which then rejects with it. */
  on<Name extends keyof RunnerEvents>(name: Name, listener: RunnerEvents[Name]): this {
    this.#listeners.add(name, listener);
    // Somebody looks after the error.
    if (name === 'error') this.#done.catch(() => {});
    return this;
  }

  /** Takes a listener away. */
  off<Name extends keyof RunnerEvents>(name: Name, listener: RunnerEvents[Name]): this {
    this.#listeners.remove(name, listener);
    return this;
  }

  /** Ends the run: requests are cancelled, tools are no longer waited for. It rejects with an `AbortError`. */
  abort(): void {
    this.#controller.abort();
  }

  /** Resolves when the run is over. Rejects with what ended it: an `AurikoAPIError`, a hook's error, an abort. */
  done(): Promise<void> {
    return this.#done;
  }

  /** Visible text of the last answer; null when it has none. Rejects as `done` does. */
  async finalContent(): Promise<string | null> {
    return (await this.finalMessage()).content ?? null;
  }

  /** The last answer. Rejects as `done` does. */
  async finalMessage(): Promise<ChatCompletionMessage> {
    return messageOf(await this.finalCompletion());
  }

  /** The last reply. Rejects as `done` does. */
  async finalCompletion(): Promise<ChatCompletion> {
    await this.#done;
    // The cast is safe: a run that did not fail has made a request.
    return this.#completions.at(-1) as ChatCompletion;
  }

  /** Token counts of all requests together. Rejects as `done` does. */
  async totalUsage(): Promise<Usage> {
    await this.#done;
    return addUsage(this.#completions);
  }

  /** US dollars for all requests together; undefined when the cost of one is unknown. Rejects as `done` does. */
  async totalCostUsd(): Promise<number | undefined> {
    await this.#done;
    return addCosts(this.#completions);
  }

  async #run(): Promise<void> {
    try {
      this.#end = await this.#loop();
    } catch (error) {
      // Others would go on for nothing.
      this.#controller.abort(error);
      this.#isOver = true;
      this.#listeners.emit('error', error);
      throw error;
    } finally {
      this.#isOver = true;
      this.#listeners.emit('end');
    }
  }

  async #loop(): Promise<RunEnd> {
    const { maxChatCompletions, toolChoice } = this.#plan;
    const named = typeof toolChoice === 'object' ? toolChoice.function.name : undefined;
    for (let count = 1; ; count += 1) {
      const calls = await this.#ask(count === 1 ? toolChoice : laterChoice(toolChoice));
      if (calls.length === 0) return 'answered';
      await this.#answer(calls);
      if (named !== undefined && calls.some((call) => call.function?.name === named)) return 'named-tool';
      if (count === maxChatCompletions) return 'limit';
    }
  }

  /** One request: its reply becomes part of the conversation. Returns the tools that it calls. */
  async #ask(toolChoice: ToolChoice | undefined): Promise<readonly ToolCall[]> {
    const { signal } = this;
    signal.throwIfAborted();
    const reply = await this.#plan.ask({ messages: this.#messages, toolChoice, signal });
    const completion = isStream(reply) ? await this.#assemble(reply) : reply;
    this.#completions.push(completion);
    const message = messageOf(completion);
    if (!isStream(reply) && typeof message.content === 'string' && message.content !== '') {
      this.#listeners.emit('content', message.content, message.content);
    }
    this.#listeners.emit('chatCompletion', completion);
    // As it came: thoughts and signatures must be sent back unchanged.
    this.#add({ ...message, role: 'assistant' });
    return Array.isArray(message.tool_calls) ? message.tool_calls : [];
  }

  /** Runs the calls together, and answers them in their order. */
  async #answer(calls: readonly ToolCall[]): Promise<void> {
    for (const call of calls) this.#listeners.emit('toolCall', call);
    const { tools, onToolError } = this.#plan;
    const running = calls.map(async (call) => {
      const result = await runToolCall(call, tools, this, onToolError);
      if (!this.signal.aborted) this.#listeners.emit('toolResult', result);
      return result;
    });
    const results = await untilAborted(Promise.all(running), this.signal);
    for (const { call, content } of results) this.#add({ role: 'tool', tool_call_id: call.id, content });
  }

  #add(message: ChatMessage): void {
    this.#messages.push(message);
    this.#listeners.emit('message', message);
  }

  async #assemble(stream: CompletionStream): Promise<ChatCompletion> {
    return assembleCompletion(this.#watched(stream), stream.responseHeaders);
  }

  /** The chunks, with their text told to the listeners. */
  async *#watched(stream: CompletionStream): AsyncGenerator<ChatCompletionChunk, undefined> {
    let snapshot = '';
    const target = {
      text: (delta: string) => {
        snapshot += delta;
        this.#listeners.emit('content', delta, snapshot);
      },
      reasoning: () => {},
      toolArguments: () => {},
      event: () => {},
    };
    for await (const chunk of stream) {
      for (const choice of chunk.choices ?? []) if ((choice.index ?? 0) === 0) decodeChoice(choice, target);
      yield chunk;
    }
    return undefined;
  }
}

/** A model that must call a tool each time would never come to an end. */
function laterChoice(choice: ToolChoice | undefined): ToolChoice | undefined {
  return choice === 'required' ? 'auto' : choice;
}

function isStream(reply: ChatCompletion | CompletionStream): reply is CompletionStream {
  return Symbol.asyncIterator in reply;
}

function messageOf(completion: ChatCompletion): ChatCompletionMessage {
  const message = completion.choices[0]?.message;
  if (message !== undefined && message !== null) return message;
  const head = { status: 200, headers: completion.responseHeaders.toJSON() };
  throw invalidResponse('The reply has no answer.', undefined, { url: '', head });
}

/** The value, or a rejection with the signal's reason once that is aborted. */
async function untilAborted<T>(value: Promise<T>, signal: AbortSignal): Promise<T> {
  // What comes after an abort interests nobody.
  value.catch(() => {});
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    stop = () => signal.removeEventListener('abort', abort);
  });
  try {
    return await Promise.race([value, aborted]);
  } finally {
    stop();
  }
}
