// Which tool call a streamed fragment belongs to. Providers leave out or repeat ids, names and indexes; see
// ai-sdk-provider.md §5.4 for who does what. Linear in the size of the arguments.

/** A fragment as the wire had it; blank values are absent. */
export interface ToolFragment {
  readonly index?: number | undefined;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly arguments: string;
  readonly signature?: string | undefined;
}

/** A tool call that is being written. */
export interface OpenCall {
  readonly wireId: string | undefined;
  /** The wire's id, or one of ours where it has no usable one. */
  readonly id: string;
  name: string | undefined;
  arguments: string;
  /** The last fragment of the arguments that is not blank. */
  tail: string;
  signature: string | undefined;
}

/** The tool calls of one answer, in the order in which they began. */
export class OpenCalls {
  readonly all: OpenCall[] = [];
  readonly #byIndex = new Map<number, OpenCall>();
  readonly #ids = new Set<string>();

  /** The call of a fragment, opened when the fragment is its first. Nothing but the id is taken from the fragment. */
  of(fragment: ToolFragment): OpenCall {
    return this.#find(fragment) ?? this.#open(fragment);
  }

  #find({ index, id, name }: ToolFragment): OpenCall | undefined {
    if (index !== undefined) {
      const open = this.#byIndex.get(index);
      return open !== undefined && isNextCall(open, id, name) ? undefined : open;
    }
    if (id !== undefined) return this.all.find((call) => call.wireId === id);
    // Neither: the call that is being written. A name where there is one already begins the next.
    const last = this.all[this.all.length - 1];
    return last?.name !== undefined && name !== undefined ? undefined : last;
  }

  #open({ index, id }: ToolFragment): OpenCall {
    const isUsable = id !== undefined && !this.#ids.has(id);
    const call: OpenCall = {
      wireId: id,
      id: isUsable ? id : generateId(),
      name: undefined,
      arguments: '',
      tail: '',
      signature: undefined,
    };
    this.#ids.add(call.id);
    this.all.push(call);
    if (index !== undefined) this.#byIndex.set(index, call);
    return call;
  }
}

/** Cerebras numbers parallel calls alike: a new id after complete arguments is a new call. */
function isNextCall(open: OpenCall, id: string | undefined, name: string | undefined): boolean {
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

/** Whether the text is JSON. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
