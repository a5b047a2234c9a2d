// A streamed response as an async iterable of events. Leaving the loop cancels the request.

import type { ResponseHead } from '../../events.js';
import { ResponseHeaders } from '../response-headers.js';
import { lineStream } from '../stream-bodies.js';
import type { RoutingMetadata } from '../types.js';
import type { ResponseEventQueue } from './event-queue.js';
import type { ResponseStreamEvent } from './event-types.js';
import type { Response, ResponseUsage } from './output-types.js';

/** Streams that nobody holds any more are cancelled, which closes their connections. */
const abandoned = new FinalizationRegistry<ResponseEventQueue>((queue) => queue.cancel());

/**
 * A streamed response. Iterate it once; leaving the loop early cancels the request and closes the connection.
 *
 * The iteration ends with `response.completed`, `response.incomplete` or `response.failed`, none of which is thrown. It
 * throws `AurikoAPIError` when the server sends an `error` event, when the connection breaks, and when the stream ends
 * before a last event.
 */
export class ResponseStream implements AsyncIterable<ResponseStreamEvent>, AsyncDisposable {
  /** Headers of the reply. */
  readonly responseHeaders: ResponseHeaders;
  readonly #queue: ResponseEventQueue;
  #isIterated = false;

  /** Internal: streams are made by `client.responses.create`. */
  constructor(queue: ResponseEventQueue, head: ResponseHead) {
    this.responseHeaders = new ResponseHeaders(head.headers);
    this.#queue = queue;
    abandoned.register(this, queue, this);
  }

  /** The response as it became; undefined before the last event has arrived. */
  get completedResponse(): Response | undefined {
    return this.#queue.completed;
  }

  /** The same as `completedResponse`. */
  get completed_response(): Response | undefined {
    return this.#queue.completed;
  }

  /** Token counts; known at the end. */
  get usage(): ResponseUsage | undefined {
    return this.#queue.usage;
  }

  /** Where the call ran and what it cost; known at the end. */
  get routing_metadata(): RoutingMetadata | undefined {
    return this.#queue.routing;
  }

  /** The same as `routing_metadata`. */
  get routingMetadata(): RoutingMetadata | undefined {
    return this.#queue.routing;
  }

  /** Cancels the request; a running iteration ends without an error. */
  abort(): void {
    this.#queue.cancel();
  }

  /** The same as `abort`. */
  close(): void {
    this.abort();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.abort();
    return Promise.resolve();
  }

  /**
   * The response as it became. Reads the stream when nobody does; else waits for its reader.
   *
   * @throws AurikoAPIError when the stream breaks; the signal's reason, or an `AbortError`, when it was aborted.
   */
  async finalResponse(): Promise<Response> {
    if (!this.#isIterated) {
      const iterator = this[Symbol.asyncIterator]();
      while (!(await iterator.next()).done);
    }
    await this.#queue.over();
    const { completed, failure } = this.#queue;
    if (completed === undefined) throw failure;
    return completed;
  }

  /** The events as lines of JSON in UTF-8. Takes the place of iterating the stream; cancelling it cancels the request. */
  toReadableStream(): ReadableStream<Uint8Array> {
    return lineStream(this);
  }

  /** @throws Error when the stream was iterated before. */
  [Symbol.asyncIterator](): AsyncIterator<ResponseStreamEvent, undefined> {
    if (this.#isIterated) {
      throw new Error('A stream can only be iterated once; keep the events, or start another request.');
    }
    this.#isIterated = true;
    const queue = this.#queue;
    return {
      next: () => queue.read(),
      // Mentions the stream, which therefore lives as long as its iterator.
      return: () => {
        this.abort();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}
