// Hands the events of a Responses stream to the output items they belong to. Items are told apart by their place in the
// output, or by their id where a server leaves the place out.

import { isRecord } from '../../errors/envelope.js';
import { string } from '../../transport/fetch/decode-chunk.js';
import type { PartQueue } from '../part-queue.js';
import {
  type ItemTarget,
  OpenFunctionCall,
  type OpenItem,
  OpenMessage,
  OpenOther,
  OpenReasoning,
} from './open-items.js';
import { type Item, type Output, records, textOf } from './output.js';

type Event = Readonly<Record<string, unknown>>;

/** The output of one streamed reply. */
export class OutputItems {
  readonly #target: ItemTarget;
  readonly #open = new Map<number, OpenItem>();
  readonly #finished = new Set<number>();
  readonly #places = new Map<string, number>();
  #lastPlace = -1;
  #blocks = 0;

  constructor(queue: PartQueue, output: Output, unnamedCall: () => void) {
    const blockId = (prefix: string) => `${prefix}${this.#blocks++}`;
    this.#target = { queue, output, unnamedCall, blockId };
  }

  /** Takes an event. Unknown ones are left alone: new ones must not break old clients. */
  take(event: Event): void {
    switch (event['type']) {
      case 'response.output_item.added':
        if (isRecord(event['item'])) this.#add(event, event['item']);
        return;
      case 'response.output_item.done':
        if (isRecord(event['item'])) this.#done(this.#placeOf(event, event['item']), event['item'], false);
        return;
      case 'response.output_text.done':
        return this.#part(event, { type: 'output_text', text: event['text'] });
      case 'response.refusal.done':
        return this.#part(event, { type: 'refusal', refusal: event['refusal'] });
      case 'response.content_part.done':
        if (isRecord(event['part'])) this.#part(event, event['part']);
        return;
      case 'response.output_text.annotation.added':
        this.#of(event, OpenMessage)?.annotation(numberOf(event['content_index']), event['annotation']);
        return;
      case 'response.reasoning_summary_text.done':
        this.#of(event, OpenReasoning)?.whole(numberOf(event['summary_index']), event['text']);
        return;
      case 'response.function_call_arguments.done':
        this.#of(event, OpenFunctionCall)?.whole(event['arguments'], event['name']);
        return;
    }
    const delta = textOf(event['delta']);
    if (delta !== undefined) this.#delta(event, delta);
  }

  /** The response is over: what it holds beyond the stream is made up for, and what is open ends. */
  finish(response: Item, isCut: boolean): void {
    for (const [position, item] of records(response['output']).entries()) {
      const place = this.#places.get(string(item['id']) ?? '') ?? position;
      this.#done(place, item, isCut);
    }
    for (const [place, item] of this.#open) {
      if (isCut) item.cut();
      else item.done({}, false);
      this.#finished.add(place);
    }
    this.#open.clear();
  }

  /** Ends what is open; nothing comes of it. */
  cut(): void {
    for (const item of this.#open.values()) item.cut();
    this.#open.clear();
  }

  #delta(event: Event, delta: string): void {
    switch (event['type']) {
      case 'response.output_text.delta':
        return this.#of(event, OpenMessage)?.text(numberOf(event['content_index']), delta);
      case 'response.refusal.delta':
        return this.#of(event, OpenMessage)?.refusal(numberOf(event['content_index']), delta);
      case 'response.reasoning_summary_text.delta':
        return this.#of(event, OpenReasoning)?.text(numberOf(event['summary_index']), delta);
      case 'response.function_call_arguments.delta':
        return this.#of(event, OpenFunctionCall)?.delta(delta);
    }
  }

  /** Thinking may have content parts too; only those of messages are read. */
  #part(event: Event, part: Item): void {
    const isText = part['type'] === 'output_text' || part['type'] === 'refusal';
    if (isText) this.#of(event, OpenMessage)?.whole(numberOf(event['content_index']), part);
  }

  #add(event: Event, item: Item): void {
    const place = this.#placeOf(event, item);
    if (this.#open.has(place) || this.#finished.has(place)) return;
    const open = new (kindOf(item))(this.#target);
    this.#open.set(place, open);
    open.begin(item);
  }

  #done(place: number, item: Item, isCut: boolean): void {
    if (this.#finished.has(place)) return;
    const open = this.#open.get(place) ?? new (kindOf(item))(this.#target);
    this.#open.delete(place);
    this.#finished.add(place);
    open.done(item, isCut);
  }

  /** The open item of an event; begun now where a server left out its beginning. */
  #of<Kind extends OpenItem>(event: Event, kind: new (target: ItemTarget) => Kind): Kind | undefined {
    const place = this.#placeOf(event, {});
    if (this.#finished.has(place)) return undefined;
    const known = this.#open.get(place);
    if (known !== undefined) return known instanceof kind ? known : undefined;
    const item = new kind(this.#target);
    this.#open.set(place, item);
    return item;
  }

  #placeOf(event: Event, item: Item): number {
    const id = string(item['id']) ?? string(event['item_id']) ?? '';
    const given = event['output_index'];
    const place = typeof given === 'number' ? given : (this.#places.get(id) ?? this.#lastPlace + 1);
    if (id !== '') this.#places.set(id, place);
    this.#lastPlace = Math.max(this.#lastPlace, place);
    return place;
  }
}

function kindOf(item: Item): new (target: ItemTarget) => OpenItem {
  switch (item['type']) {
    case 'message':
      return OpenMessage;
    case 'reasoning':
      return OpenReasoning;
    case 'function_call':
      return OpenFunctionCall;
    default:
      return OpenOther;
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
