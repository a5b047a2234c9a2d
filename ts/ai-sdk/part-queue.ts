// The ReadableStream of a call. Parts that nobody waits for are kept here, and adjacent deltas of one block among them
// become one part: each part costs `ai` some sixteen stages, so a slow reader gets fewer, larger ones.
//
// The queue holds its stream strongly only while a reader waits. A stream that everybody has let go of is then
// collected, which cancels the call.

import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';

type DeltaType = 'text-delta' | 'reasoning-delta' | 'tool-input-delta';
type Controller = ReadableStreamDefaultController<LanguageModelV4StreamPart>;

/** What the queue asks of the transport. Must not lead back to the stream. */
export interface QueueHooks {
  /** All parts were read. */
  consumed(): void;
  /** The reader left. */
  cancelled(): void;
}

const abandoned = new FinalizationRegistry<QueueHooks>((hooks) => hooks.cancelled());

/** Parts on their way to one reader. */
export class PartQueue {
  #parts: LanguageModelV4StreamPart[] = [];
  #stream: WeakRef<ReadableStream<LanguageModelV4StreamPart>> | undefined;
  #controller: WeakRef<Controller> | undefined;
  /** The controller while a reader waits. */
  #waiting: Controller | undefined;
  #isClosed = false;

  constructor(
    private readonly merge: boolean,
    private readonly hooks: QueueHooks,
  ) {}

  /** The stream; made when it is first asked for. */
  get stream(): ReadableStream<LanguageModelV4StreamPart> {
    return this.#stream?.deref() ?? this.#open();
  }

  /** A part that is never merged. */
  push(part: LanguageModelV4StreamPart): void {
    if (this.#isClosed) return;
    const waiting = this.#waiting;
    if (waiting === undefined) {
      this.#parts.push(part);
    } else {
      this.#waiting = undefined;
      waiting.enqueue(part);
    }
  }

  /** A delta, which joins the last waiting part if that is of the same block. */
  delta(type: DeltaType, id: string, delta: string): void {
    if (this.merge && this.#waiting === undefined) {
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
    this.#waiting?.close();
    this.#waiting = undefined;
  }

  /** Ends the stream at once, as an abort. */
  abort(reason: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts = [];
    this.#controller?.deref()?.error(reason);
    this.#waiting = undefined;
  }

  #open(): ReadableStream<LanguageModelV4StreamPart> {
    const stream = new ReadableStream<LanguageModelV4StreamPart>(
      {
        start: (controller) => {
          this.#controller = new WeakRef(controller);
        },
        pull: (controller) => this.#pull(controller),
        cancel: () => {
          this.#parts = [];
          this.#isClosed = true;
          this.#waiting = undefined;
          this.hooks.cancelled();
        },
      },
      // Nothing is asked for before it is read.
      { highWaterMark: 0 },
    );
    this.#stream = new WeakRef(stream);
    abandoned.register(stream, this.hooks);
    return stream;
  }

  #pull(controller: Controller): void {
    const parts = this.#parts;
    if (parts.length > 0) {
      this.#parts = [];
      for (const part of parts) controller.enqueue(part);
    } else if (!this.#isClosed) {
      this.#waiting = controller;
      this.hooks.consumed();
    }
    if (this.#isClosed) controller.close();
  }
}
