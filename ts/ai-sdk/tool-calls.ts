// Assembles tool calls from fragments. Providers leave out or repeat ids, names and indexes; see
// ai-sdk-provider.md §5.4 for who does what. Linear in the size of the arguments.

import type { PartQueue } from './part-queue.js';

/** A fragment as the wire had it; blank values are absent. */
export interface ToolFragment {
  readonly index?: number | undefined;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly arguments: string;
  readonly signature?: string | undefined;
}

/** How the reply ended, as far as its tool calls are concerned. */
export type ToolEnding = 'complete' | 'broken';

interface Call {
  readonly wireId: string | undefined;
  readonly id: string;
  name: string | undefined;
  arguments: string;
  /** The last fragment of the arguments that is not blank. */
  tail: string;
  signature: string | undefined;
}

/** The tool calls of one streamed reply. */
export class ToolCalls {
  readonly #calls: Call[] = [];
  readonly #byIndex = new Map<number, Call>();
  readonly #ids = new Set<string>();

  constructor(
    private readonly queue: PartQueue,
    /** Called for a call whose name never came. */
    private readonly onUnnamed: () => void,
  ) {}

  /** Whether there is a call that comes out at the end. */
  get anyNamed(): boolean {
    return this.#calls.some((call) => call.name !== undefined);
  }

  /** Whether there is a call whose arguments are whole: without a finish word nothing else tells. */
  get anyComplete(): boolean {
    return this.#calls.some((call) => call.name !== undefined && isJson(toolInput(call.arguments)));
  }

  /** Adds a fragment. The input starts with the first fragment that has the name; arguments before it are held back. */
  add(fragment: ToolFragment): void {
    const call = this.#find(fragment) ?? this.#open(fragment);
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
    for (const call of this.#calls) {
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

  #find({ index, id, name }: ToolFragment): Call | undefined {
    if (index !== undefined) {
      const open = this.#byIndex.get(index);
      return open !== undefined && isNextCall(open, id, name) ? undefined : open;
    }
    if (id !== undefined) return this.#calls.find((call) => call.wireId === id);
    // Neither: the call that is being written. A name where there is one already begins the next.
    const last = this.#calls[this.#calls.length - 1];
    return last?.name !== undefined && name !== undefined ? undefined : last;
  }

  #open({ index, id }: ToolFragment): Call {
    const isUsable = id !== undefined && !this.#ids.has(id);
    const call: Call = {
      wireId: id,
      id: isUsable ? id : generateId(),
      name: undefined,
      arguments: '',
      tail: '',
      signature: undefined,
    };
    this.#ids.add(call.id);
    this.#calls.push(call);
    if (index !== undefined) this.#byIndex.set(index, call);
    return call;
  }
}

/** Cerebras numbers parallel calls alike: a new id after complete arguments is a new call. */
function isNextCall(open: Call, id: string | undefined, name: string | undefined): boolean {
  if (id === undefined || id === open.wireId || open.wireId === undefined) return false;
  if (open.arguments === '') return name !== undefined && open.name !== undefined;
  // Arguments are an object. The look at its last character keeps this linear where every fragment has a new id.
  return open.tail.trimEnd().endsWith('}') && isJson(open.arguments);
}

/** The argument text of a call; no arguments at all are an empty object. */
export function toolInput(text: string): string {
  return text.trim() === '' ? '{}' : text;
}

/** An id for a call that came without a usable one. */
export function generateId(): string {
  return `call_${crypto.randomUUID().replaceAll('-', '')}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
