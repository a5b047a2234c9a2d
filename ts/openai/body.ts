// The body of a reply as a source of bytes. A custom fetch may give a Node stream instead of a web stream.

import type { TransportFailure } from '../events.js';
import { failureOf } from '../transport/fetch/failure.js';
import { TransportError } from '../transport.js';

/** A piece of a body, as fetch implementations give it. */
type Piece = Uint8Array | ArrayBuffer | string;

/** Reads a body, under a limit on how long it may say nothing new. */
export class BodySource {
  readonly #iterator: AsyncIterator<Piece>;
  readonly #idleMs: number;
  #waitedMs = 0;
  readonly #decoder = new TextDecoder();

  /** @param idleMs Longest wait between two data events, milliseconds; 0: no limit. */
  constructor(body: ReadableStream<Uint8Array>, idleMs: number) {
    this.#iterator = iteratorOf(body);
    this.#idleMs = idleMs;
  }

  /** A data event came: the idle span begins anew. */
  touch(): void {
    this.#waitedMs = 0;
  }

  /**
   * The next text; `undefined` at the end of the body. Time in which nobody asks does not count as idle.
   *
   * @throws TransportError when the connection breaks or the idle limit is exceeded.
   */
  async read(): Promise<string | undefined> {
    const began = performance.now();
    const { done, value } = await this.#limited(this.#iterator.next());
    this.#waitedMs += performance.now() - began;
    if (done === true) {
      const rest = this.#decoder.decode();
      return rest === '' ? undefined : rest;
    }
    return typeof value === 'string' ? value : this.#decoder.decode(value, { stream: true });
  }

  /** Gives the body up. Safe to call twice, and at any time. */
  cancel(): void {
    // A body that the abort has already broken refuses, which is as good.
    void this.#iterator.return?.().catch(() => {});
  }

  /** Lets the body end by itself so that its connection can be reused, but not for longer than `milliseconds`. */
  async settle(milliseconds: number): Promise<void> {
    const timer = setTimeout(() => this.cancel(), milliseconds);
    try {
      while ((await this.#iterator.next()).done !== true);
    } catch {
      // The reader has all it wanted.
    } finally {
      clearTimeout(timer);
    }
  }

  async #limited<T>(read: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<never>((_, reject) => {
      if (this.#idleMs === 0) return;
      timer = setTimeout(
        () => reject(new TransportError(this.#idleFailure())),
        Math.max(0, this.#idleMs - this.#waitedMs),
      );
    });
    try {
      return await Promise.race([read, limit]);
    } catch (thrown) {
      if (thrown instanceof TransportError) throw thrown;
      throw new TransportError(failureOf(thrown, 'after-headers'));
    } finally {
      clearTimeout(timer);
    }
  }

  #idleFailure(): TransportFailure {
    return {
      kind: 'timeout',
      message: `the stream said nothing new for ${this.#idleMs} ms`,
      limit: 'idle',
      limitMs: this.#idleMs,
    };
  }
}

function iteratorOf(body: ReadableStream<Uint8Array>): AsyncIterator<Piece> {
  if (typeof body.getReader === 'function') {
    const reader = body.getReader();
    return {
      next: () => reader.read() as Promise<IteratorResult<Piece>>,
      async return() {
        await reader.cancel();
        return { done: true, value: undefined };
      },
    };
  }
  // A body without readers is a Node stream, which is async-iterable.
  return (body as AsyncIterable<Piece>)[Symbol.asyncIterator]();
}
