// `coalesce: { everyMs }` over fetch: adjacent deltas of one kind wait for each other, at most so long.

import type { CompletionEvent, EventSink, ResponseHead, StreamOutcome } from '../../events.js';

type Kind = 'text' | 'reasoning' | 'tool-arguments';

/** Passes everything on in order, merging deltas that come within `everyMs` of the first one held. */
export class HoldBack implements EventSink {
  readonly #sink: EventSink;
  readonly #everyMs: number;
  #kind: Kind | undefined;
  #index = 0;
  #held = '';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sink: EventSink, everyMs: number) {
    this.#sink = sink;
    this.#everyMs = everyMs;
  }

  head(head: ResponseHead): void {
    this.#sink.head(head);
  }

  text(delta: string): void {
    this.#hold('text', 0, delta);
  }

  reasoning(delta: string): void {
    this.#hold('reasoning', 0, delta);
  }

  toolArguments(index: number, delta: string): void {
    this.#hold('tool-arguments', index, delta);
  }

  event(event: CompletionEvent): void {
    this.#flush();
    this.#sink.event(event);
  }

  raw(chunk: unknown): void {
    this.#flush();
    this.#sink.raw(chunk);
  }

  end(outcome: StreamOutcome): void {
    this.#flush();
    this.#sink.end(outcome);
  }

  /** Forgets what is held: the reader has left. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#kind = undefined;
    this.#held = '';
  }

  #hold(kind: Kind, index: number, delta: string): void {
    if (this.#kind !== kind || this.#index !== index) {
      this.#flush();
      this.#kind = kind;
      this.#index = index;
      this.#timer = setTimeout(() => this.#flush(), this.#everyMs);
    }
    this.#held += delta;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    const kind = this.#kind;
    const held = this.#held;
    this.#kind = undefined;
    this.#held = '';
    if (kind === 'text') this.#sink.text(held);
    else if (kind === 'reasoning') this.#sink.reasoning(held);
    else if (kind === 'tool-arguments') this.#sink.toolArguments(this.#index, held);
  }
}
