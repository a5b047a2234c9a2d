// The ReadableStream of a call. Parts that nobody waits for are kept here, and adjacent deltas of one block among them
// become one part: each part costs `ai` some sixteen stages, so a slow reader gets fewer, larger ones.
//
// The queue holds its stream strongly only while a reader waits. A stream that everybody has let go of is then
// collected, which cancels the call. One that is still held but no longer read is noticed by a timer: leaving a loop
// over `textStream` cancels one half of a `tee`, so nobody tells us.

import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';

type DeltaType = 'text-delta' | 'reasoning-delta' | 'tool-input-delta';
type Controller = ReadableStreamDefaultController<LanguageModelV4StreamPart>;

/** What the queue asks of the transport. Must not lead back to the stream. */
export interface QueueHooks {
  /** All parts were read. */
  consumed(): void;
  /** The reader left. */
  cancelled(): void;
  /** Parts wait, and the reader takes none. Expected to close the queue. */
  abandoned?(afterMs: number): void;
}

const collected = new FinalizationRegistry<QueueHooks>((hooks) => hooks.cancelled());

/** Parts on their way to one reader. */
export class PartQueue {
  #parts: LanguageModelV4StreamPart[] = [];
  #stream: WeakRef<ReadableStream<LanguageModelV4StreamPart>> | undefined;
  #controller: WeakRef<Controller> | undefined;
  /** The controller while a reader waits. */
  #waiting: Controller | undefined;
  #isClosed = false;
  /** Parts given to the stream so far; some may wait there. */
  #handed = 0;
  /** Runs while parts wait unread. */
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly merge: boolean,
    private readonly hooks: QueueHooks,
    /** How long parts may wait while none is taken, milliseconds. 0: for ever. */
    private readonly abandonedAfterMs = 0,
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
      if (this.#timer === undefined) this.#watch();
    } else {
      this.#waiting = undefined;
      this.#handed += 1;
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
    this.#end();
    this.#waiting?.close();
    this.#waiting = undefined;
  }

  /** Ends the stream at once, as an abort. */
  abort(reason: unknown): void {
    if (this.#isClosed) return;
    this.#end();
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
          this.#end();
          this.#waiting = undefined;
          this.hooks.cancelled();
        },
      },
      // Nothing is asked for before it is read.
      { highWaterMark: 0 },
    );
    this.#stream = new WeakRef(stream);
    collected.register(stream, this.hooks);
    if (this.#parts.length > 0) this.#watch();
    return stream;
  }

  #pull(controller: Controller): void {
    const parts = this.#parts;
    if (parts.length > 0) {
      this.#parts = [];
      this.#handed += parts.length;
      for (const part of parts) controller.enqueue(part);
    } else if (!this.#isClosed) {
      this.#waiting = controller;
      this.hooks.consumed();
    }
    if (this.#isClosed) controller.close();
  }

  #end(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /**
   * Looks again after the span: one timer however many parts come and go. There is nobody to leave parts unread before
   * the call is accepted and its stream handed out, however long that takes.
   */
  #watch(): void {
    if (this.abandonedAfterMs === 0 || this.#stream === undefined || this.#isClosed) return;
    const taken = this.#taken();
    const timer = setTimeout(() => {
      this.#timer = undefined;
      const isUnread = this.#parts.length > 0 || this.#inStream() > 0;
      if (!isUnread) return;
      if (this.#taken() === taken) this.hooks.abandoned?.(this.abandonedAfterMs);
      else this.#watch();
    }, this.abandonedAfterMs);
    // A stream that nobody reads must not hold the process. Elsewhere than on Node timers are numbers, or cannot do it.
    if (typeof timer === 'object') timer.unref?.();
    this.#timer = timer;
  }

  /** Parts that wait inside the stream: with a mark of 0 its desired size is how many it lacks room for. */
  #inStream(): number {
    return -(this.#controller?.deref()?.desiredSize ?? 0);
  }

  #taken(): number {
    return this.#handed - this.#inStream();
  }
}
