// What has arrived on a stream and was not read: the reader's side of every stream whose items are whole objects.
// The transport keeps this; it must not keep the stream itself alive.

import type { StreamHandle } from '../transport.js';

type Result<T> = IteratorResult<T, undefined>;

interface Reader<T> {
  resolve(result: Result<T>): void;
  reject(error: unknown): void;
}

/** Items in, reads out, in the order in which they came. */
export class ItemQueue<T> {
  #items: T[] = [];
  #next = 0;
  /** Waiting reads, oldest first; nearly always one at most. */
  readonly #readers: Reader<T>[] = [];
  #isEnded = false;
  #error: unknown;
  #handle: StreamHandle | undefined;

  /** The transport's side, for cancelling and for saying that all was read. */
  attach(handle: StreamHandle): void {
    this.#handle = handle;
  }

  /** Whether nothing more can be added. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  push(item: T): void {
    if (this.#isEnded) return;
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#items.push(item);
      return;
    }
    reader.resolve({ done: false, value: item });
    this.#handle?.release();
  }

  /** Ends the iteration: with an error when there is one, after what has arrived. */
  finish(error?: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    for (const reader of this.#readers.splice(0)) this.#conclude(reader);
  }

  /** Ends the request and the iteration, without an error. What has arrived and was not read is dropped. */
  drop(): void {
    this.#items = [];
    this.#next = 0;
    this.#error = undefined;
    this.finish();
    this.#handle?.cancel();
  }

  /** Closes the connection. What has arrived can still be read. */
  disconnect(): void {
    this.#handle?.cancel();
  }

  /** The next item. An error is thrown once; after it the iteration is over. */
  read(): Promise<Result<T>> {
    if (this.#next < this.#items.length) {
      // The cast is safe: the index was just checked.
      const value = this.#items[this.#next] as T;
      this.#next += 1;
      if (this.#next === this.#items.length) {
        this.#items = [];
        this.#next = 0;
        this.#handle?.release();
      }
      return Promise.resolve({ done: false, value });
    }
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject };
      if (this.#isEnded) this.#conclude(reader);
      else this.#readers.push(reader);
    });
  }

  #conclude(reader: Reader<T>): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(error);
  }
}
