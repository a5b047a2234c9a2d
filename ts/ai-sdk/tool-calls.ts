// Assembles tool calls from fragments, and passes on their arguments as they come.

import { isJson, OpenCalls, type ToolFragment, toolInput } from '../tool-fragments.js';
import type { PartQueue } from './part-queue.js';

/** How the reply ended, as far as its tool calls are concerned. */
export type ToolEnding = 'complete' | 'broken';

/** The tool calls of one streamed reply. */
export class ToolCalls {
  readonly #calls = new OpenCalls();

  constructor(
    private readonly queue: PartQueue,
    /** Called for a call whose name never came. */
    private readonly onUnnamed: () => void,
  ) {}

  /** Whether there is a call that comes out at the end. */
  get anyNamed(): boolean {
    return this.#calls.all.some((call) => call.name !== undefined);
  }

  /** Whether there is a call whose arguments are whole: without a finish word nothing else tells. */
  get anyComplete(): boolean {
    return this.#calls.all.some((call) => call.name !== undefined && isJson(toolInput(call.arguments)));
  }

  /** Adds a fragment. The input starts with the first fragment that has the name; arguments before it are held back. */
  add(fragment: ToolFragment): void {
    const call = this.#calls.of(fragment);
    call.signature ??= fragment.signature;
    const isNamed = call.name !== undefined;
    if (!isNamed && fragment.name !== undefined) {
      call.name = fragment.name;
      this.queue.push({ type: 'tool-input-start', id: call.id, toolName: fragment.name });
      if (call.arguments !== '') this.queue.delta('tool-input-delta', call.id, call.arguments);
    }
    if (fragment.arguments === '') return;
    call.arguments += fragment.arguments;
    if (fragment.arguments.trim() !== '') call.tail = fragment.arguments;
    if (call.name !== undefined) this.queue.delta('tool-input-delta', call.id, fragment.arguments);
  }

  /**
   * Ends all inputs. Only here do calls come out, not as soon as their arguments happen to parse: parallel calls may
   * interleave, and a truncated call must not run.
   */
  finish(ending: ToolEnding): void {
    for (const call of this.#calls.all) {
      if (call.name === undefined) {
        if (ending === 'complete') this.onUnnamed();
        continue;
      }
      this.queue.push({ type: 'tool-input-end', id: call.id });
      if (ending === 'broken') continue;
      this.queue.push({
        type: 'tool-call',
        toolCallId: call.id,
        toolName: call.name,
        input: toolInput(call.arguments),
        ...(call.signature === undefined
          ? {}
          : { providerMetadata: { auriko: { providerSignature: call.signature } } }),
      });
    }
  }
}
