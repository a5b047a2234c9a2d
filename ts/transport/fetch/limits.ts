// The named time limits over fetch, which knows only one way to stop: an abort. Each limit aborts the exchange and
// leaves the failure that explains why. Fetch hides connecting, so `connect` counts within first byte.

import type { TransportFailure } from '../../events.js';
import type { Limits } from '../../transport.js';

type Timer = ReturnType<typeof setTimeout>;

/** Watches one attempt. `signal` goes to fetch; `failure` says which limit, if any, aborted it. */
export class LimitWatch {
  readonly #controller = new AbortController();
  readonly #limits: Limits;
  #failure: TransportFailure | undefined;
  #total: Timer | undefined;
  #phase: Timer | undefined;
  /** When the running idle span began, by `performance.now()`. */
  #idleSince = 0;

  /** @param totalEndsAt When the whole call must have ended, by `performance.now()`; infinite for no limit. */
  constructor(limits: Limits, totalEndsAt: number) {
    this.#limits = limits;
    if (totalEndsAt !== Number.POSITIVE_INFINITY) {
      const left = Math.max(0, totalEndsAt - performance.now());
      this.#total = setTimeout(() => this.#expire('total', limits.totalMs), left);
    }
    if (limits.firstByteMs > 0) {
      this.#phase = setTimeout(() => this.#expire('first-byte', limits.firstByteMs), limits.firstByteMs);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The limit that was exceeded, if one was. */
  get failure(): TransportFailure | undefined {
    return this.#failure;
  }

  /** Settles as `promise` does, or rejects at the abort: a user's fetch may not look at the signal. */
  untilAborted<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = () => reject(this.signal.reason);
      if (this.signal.aborted) stop();
      this.signal.addEventListener('abort', stop, { once: true });
      promise.then(resolve, reject).finally(() => this.signal.removeEventListener('abort', stop));
    });
  }

  /** Makes an abort end the body's reading too, for the same reason. Ask `signal` whether an end is the real one. */
  guard(reader: ReadableStreamDefaultReader<Uint8Array>): void {
    // A reader that the abort has already broken refuses, which is as good.
    const cancel = () => void reader.cancel().catch(() => {});
    if (this.signal.aborted) cancel();
    this.signal.addEventListener('abort', cancel, { once: true });
  }

  /** Aborts the exchange for a reason that is no failure. */
  cancel(): void {
    this.stop();
    this.#controller.abort();
  }

  /** Headers are here or an event came: the idle span begins anew. Costs no timer: the running one re-arms itself. */
  touch(): void {
    this.#idleSince = performance.now();
  }

  /** From headers on, or after a pause: watch the idle limit. */
  watchIdle(): void {
    clearTimeout(this.#phase);
    this.touch();
    this.#armIdle(this.#limits.idleMs);
  }

  /** While the reader is slow, the server's silence is not its fault. */
  pauseIdle(): void {
    clearTimeout(this.#phase);
  }

  /** Ends all watching. */
  stop(): void {
    clearTimeout(this.#phase);
    clearTimeout(this.#total);
  }

  #armIdle(waitMs: number): void {
    const idleMs = this.#limits.idleMs;
    if (idleMs === 0) return;
    this.#phase = setTimeout(() => {
      const leftMs = this.#idleSince + idleMs - performance.now();
      if (leftMs > 0) this.#armIdle(leftMs);
      else this.#expire('idle', idleMs);
    }, waitMs);
  }

  #expire(limit: 'first-byte' | 'idle' | 'total', limitMs: number): void {
    this.stop();
    this.#failure = {
      kind: 'timeout',
      message: `the limit ${limit} of ${limitMs} ms was exceeded`,
      limit,
      limitMs,
    };
    this.#controller.abort();
  }
}
