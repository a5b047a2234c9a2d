// The ReadableStream of a call. Parts that nobody waits for are kept here, and adjacent deltas of one block among them
// become one part: each part costs `ai` some sixteen stages, so a slow reader gets fewer, larger ones.

import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';

type DeltaType = 'text-delta' | 'reasoning-delta' | 'tool-input-delta';

/** What the queue asks of the transport. */
export interface QueueHooks {
  /** All parts were read. */
  consumed(): void;
  /** The reader left. */
  cancelled(): void;
}

/** Parts on their way to one reader. */
export class PartQueue {
  readonly stream: ReadableStream<LanguageModelV4StreamPart>;
  #parts: LanguageModelV4StreamPart[] = [];
  #controller: ReadableStreamDefaultController<LanguageModelV4StreamPart> | undefined;
  #isWaiting = false;
  #isClosed = false;

  constructor(
    private readonly merge: boolean,
    hooks: QueueHooks,
  ) {
    this.stream = new ReadableStream(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: (controller) => {
          const parts = this.#parts;
          if (parts.length > 0) {
            this.#parts = [];
            for (const part of parts) controller.enqueue(part);
          } else if (!this.#isClosed) {
            this.#isWaiting = true;
            hooks.consumed();
          }
          if (this.#isClosed) this.#finish();
        },
        cancel: () => {
          this.#parts = [];
          this.#isClosed = true;
          this.#controller = undefined;
          hooks.cancelled();
        },
      },
      // Nothing is asked for before it is read.
      { highWaterMark: 0 },
    );
  }

  /** A part that is never merged. */
  push(part: LanguageModelV4StreamPart): void {
    if (this.#isClosed) return;
    if (this.#isWaiting) {
      this.#isWaiting = false;
      this.#controller?.enqueue(part);
    } else {
      this.#parts.push(part);
    }
  }

  /** A delta, which joins the last waiting part if that is of the same block. */
  delta(type: DeltaType, id: string, delta: string): void {
    if (this.merge && !this.#isWaiting) {
      const last = this.#parts[this.#parts.length - 1];
      if (last !== undefined && last.type === type && last.id === id) {
        last.delta += delta;
        return;
      }
    }
    this.push({ type, id, delta });
  }

  /** Ends the stream behind the parts that wait. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#isWaiting) this.#finish();
  }

  /** Ends the stream at once, as an abort. */
  abort(reason: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts = [];
    this.#controller?.error(reason);
    this.#controller = undefined;
  }

  #finish(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }
}
