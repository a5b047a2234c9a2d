// Output items while they are streamed: each turns its deltas into the blocks of one kind of part. Every start gets its
// end, whether the item was finished or cut off.

import type { LanguageModelV4Citation } from '@ai-sdk/provider';
import { toolInput } from '../../tool-fragments.js';
import { argumentsText, string } from '../../transport/fetch/decode-chunk.js';
import type { PartQueue } from '../part-queue.js';
import {
  callMetadata,
  hostedName,
  hostedParts,
  type Item,
  isHosted,
  itemMetadata,
  type Output,
  otherPart,
  records,
  textOf,
} from './output.js';

/** Where items write. */
export interface ItemTarget {
  readonly queue: PartQueue;
  readonly output: Output;
  /** A new id of a block. */
  blockId(prefix: 'r' | 't'): string;
  /** Called for a call whose name never came. */
  unnamedCall(): void;
}

/** An item of the output that is being written. */
export interface OpenItem {
  /** What is known of the item when it begins. */
  begin(item: Item): void;
  /** The item is whole. What was not streamed is made up for. `isCut`: the reply was cut off while it was written. */
  done(item: Item, isCut: boolean): void;
  /** Nothing more comes of it. */
  cut(): void;
}

interface TextBlock {
  readonly id: string;
  isOpen: boolean;
  readonly citations: LanguageModelV4Citation[];
}

/** A message: a text block for each of its content parts. */
export class OpenMessage implements OpenItem {
  readonly #blocks = new Map<number, TextBlock>();
  readonly #annotated = new Map<number, number>();
  #item: Item = {};

  constructor(private readonly target: ItemTarget) {}

  begin(item: Item): void {
    this.#item = item;
  }

  text(index: number, delta: string): void {
    const { queue } = this.target;
    let block = this.#blocks.get(index);
    if (block === undefined) {
      block = { id: this.target.blockId('t'), isOpen: true, citations: [] };
      this.#blocks.set(index, block);
      queue.push({ type: 'text-start', id: block.id });
    }
    queue.delta('text-delta', block.id, delta);
  }

  refusal(index: number, delta: string): void {
    this.target.output.isRefusal = true;
    this.text(index, delta);
  }

  annotation(index: number, annotation: unknown): void {
    this.#annotated.set(index, (this.#annotated.get(index) ?? 0) + 1);
    const converted = this.target.output.annotation(annotation);
    if (converted === undefined) return;
    this.target.queue.push(converted.source);
    this.#blocks.get(index)?.citations.push(converted.citation);
  }

  /** A content part as a whole: only what was not streamed is news. */
  whole(index: number, part: Item): void {
    const isRefusal = part['type'] === 'refusal';
    const text = textOf(isRefusal ? part['refusal'] : part['text']);
    if (isRefusal) this.target.output.isRefusal = true;
    if (text !== undefined && !this.#blocks.has(index)) this.text(index, text);
    const annotations = records(part['annotations']);
    for (const annotation of annotations.slice(this.#annotated.get(index) ?? 0)) {
      this.annotation(index, annotation);
    }
  }

  done(item: Item): void {
    this.#item = { ...this.#item, ...item };
    for (const [index, part] of records(item['content']).entries()) {
      this.whole(index, part);
      this.target.output.addLogprobs(part);
    }
    this.cut();
  }

  cut(): void {
    const metadata = itemMetadata(this.#item, { phase: string(this.#item['phase']) });
    for (const block of this.#blocks.values()) {
      if (!block.isOpen) continue;
      block.isOpen = false;
      const { id, citations } = block;
      const cited = citations.length === 0 ? {} : { citations };
      this.target.queue.push({ type: 'text-end', id, ...cited, ...metadata });
    }
  }
}

/** Thinking: a block for each part of its summary. The last one carries what the next turn needs. */
export class OpenReasoning implements OpenItem {
  readonly #seen = new Set<number>();
  #block: { readonly id: string; readonly index: number } | undefined;
  #item: Item = {};

  constructor(private readonly target: ItemTarget) {}

  begin(item: Item): void {
    this.#item = item;
  }

  text(index: number, delta: string): void {
    this.target.queue.delta('reasoning-delta', this.#open(index), delta);
  }

  /** A summary part as a whole: only what was not streamed is news. */
  whole(index: number, text: unknown): void {
    const given = textOf(text);
    if (given !== undefined && !this.#seen.has(index)) this.text(index, given);
  }

  done(item: Item): void {
    this.#item = { ...this.#item, ...item };
    for (const [index, part] of records(item['summary']).entries()) this.whole(index, part['text']);
    const encryptedContent = string(item['encrypted_content']);
    // Thinking that nobody may see has to go back all the same.
    if (encryptedContent !== undefined && this.#block === undefined) this.#open(0);
    this.#close(encryptedContent);
  }

  cut(): void {
    this.#close(undefined);
  }

  #open(index: number): string {
    if (this.#block?.index === index) return this.#block.id;
    this.#close(undefined);
    const id = this.target.blockId('r');
    this.#block = { id, index };
    this.#seen.add(index);
    this.target.queue.push({ type: 'reasoning-start', id });
    return id;
  }

  #close(encryptedContent: string | undefined): void {
    if (this.#block === undefined) return;
    const { id } = this.#block;
    this.#block = undefined;
    this.target.queue.push({ type: 'reasoning-end', id, ...itemMetadata(this.#item, { encryptedContent }) });
  }
}

/** The call of a function. It comes out only when its item is whole: truncated arguments must not run. */
export class OpenFunctionCall implements OpenItem {
  #id = '';
  #item: Item = {};
  #name: string | undefined;
  #arguments = '';

  constructor(private readonly target: ItemTarget) {}

  begin(item: Item): void {
    this.#item = item;
    this.#start(item['name'], item['call_id']);
  }

  delta(delta: string): void {
    this.#arguments += delta;
    if (this.#name !== undefined) this.target.queue.delta('tool-input-delta', this.#id, delta);
  }

  /** The arguments as a whole: only news when nothing of them was streamed. */
  whole(text: unknown, name?: unknown): void {
    this.#start(name, undefined);
    const given = argumentsText(text);
    if (this.#arguments === '' && given !== '') this.delta(given);
  }

  done(item: Item, isCut: boolean): void {
    this.#item = { ...this.#item, ...item };
    this.#start(item['name'], item['call_id']);
    this.whole(item['arguments']);
    const status = item['status'];
    const isWhole = status === 'completed' || (status !== 'incomplete' && !isCut);
    this.cut();
    if (!isWhole) return;
    const { queue, output } = this.target;
    if (this.#name === undefined) return this.target.unnamedCall();
    output.hasToolCalls = true;
    queue.push({
      type: 'tool-call',
      toolCallId: this.#id,
      toolName: this.#name,
      input: toolInput(argumentsText(item['arguments']) || this.#arguments),
      ...callMetadata(this.#item),
    });
  }

  cut(): void {
    if (this.#name !== undefined) this.target.queue.push({ type: 'tool-input-end', id: this.#id });
  }

  /** The input starts when the name is there; arguments before it are held back. */
  #start(given: unknown, callId: unknown): void {
    const name = string(given);
    if (this.#name !== undefined || name === undefined) return;
    this.#name = name;
    this.#id = this.target.output.callId(callId ?? this.#item['call_id']);
    this.target.queue.push({ type: 'tool-input-start', id: this.#id, toolName: name });
    if (this.#arguments !== '') {
      this.target.queue.delta('tool-input-delta', this.#id, this.#arguments);
    }
  }
}

/** Everything else: tools that run at the provider, images, items that only the provider understands. */
export class OpenOther implements OpenItem {
  /** Of a hosted tool's call whose input has begun. */
  #callId: string | undefined;

  constructor(private readonly target: ItemTarget) {}

  begin(item: Item): void {
    if (!isHosted(item)) return;
    const { queue, output } = this.target;
    const id = output.callId(item['id']);
    this.#callId = id;
    queue.push({ type: 'tool-input-start', id, ...hostedName(item, output), providerExecuted: true });
  }

  done(item: Item, isCut: boolean): void {
    const { queue, output } = this.target;
    if (isHosted(item)) {
      const id = this.#callId ?? output.callId(item['id']);
      this.cut();
      if (isCut && item['status'] !== 'completed') return;
      for (const part of hostedParts(item, id, output)) queue.push(part);
      return;
    }
    this.cut();
    const part = otherPart(item);
    if (part !== undefined) queue.push(part);
  }

  cut(): void {
    if (this.#callId === undefined) return;
    this.target.queue.push({ type: 'tool-input-end', id: this.#callId });
    this.#callId = undefined;
  }
}
