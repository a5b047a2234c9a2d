// A streamed completion as an async iterable of chunks. Leaving the loop cancels the request.

import type { ResponseHead } from '../events.js';
import { assembleCompletion } from './assemble-completion.js';
import type { ChunkSource } from './chunk-queue.js';
import { ResponseHeaders } from './response-headers.js';
import { lineStream } from './stream-bodies.js';
import { splitSource } from './stream-tee.js';
import type { ChatCompletion, ChatCompletionChunk, RoutingMetadata, Usage } from './types.js';

/** Streams that nobody holds any more are cancelled, which closes their connections. */
const abandoned = new FinalizationRegistry<ChunkSource>((source) => source.cancel());

/**
 * A streamed completion. Read it once, in one way: iterate it, or call `finalCompletion`, `toReadableStream` or `tee`.
 * Leaving the loop early cancels the request and closes the connection.
 *
 * Reading throws `AurikoAPIError` when the server reports an error, when the connection breaks, and when the stream ends
 * before the model had finished.
 */
export class CompletionStream implements AsyncIterable<ChatCompletionChunk> {
  /** Headers of the reply. */
  readonly responseHeaders: ResponseHeaders;
  readonly #source: ChunkSource;
  readonly #head: ResponseHead;
  #isRead = false;

  /** Internal: streams are made by `client.chat.completions.create`. */
  constructor(source: ChunkSource, head: ResponseHead) {
    this.responseHeaders = new ResponseHeaders(head.headers);
    this.#source = source;
    this.#head = head;
    abandoned.register(this, source, this);
  }

  /** Token counts; filled while iterating, final at the end. */
  get usage(): Usage | undefined {
    return this.#source.usage;
  }

  /** Where the call ran and what it cost; known at the end. */
  get routing_metadata(): RoutingMetadata | undefined {
    return this.#source.routing;
  }

  /** The same as `routing_metadata`. */
  get routingMetadata(): RoutingMetadata | undefined {
    return this.#source.routing;
  }

  /** Cancels the request; a running iteration ends without an error. Safe to call twice, and after the end. */
  abort(): void {
    this.#source.cancel();
  }

  /** The same as `abort`. */
  close(): void {
    this.abort();
  }

  /** Lets `await using` close the stream. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
  }

  /** @throws Error when the stream was read before. */
  [Symbol.asyncIterator](): AsyncIterator<ChatCompletionChunk, undefined> {
    const source = this.#take();
    return {
      next: () => source.read(),
      // Mentions the stream, which therefore lives as long as its iterator.
      return: () => {
        this.abort();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /**
   * Reads to the end and puts the chunks together to the reply that the same request would have given without `stream`:
   * text, tool calls, thoughts with their signatures, refusal, log probabilities, images, annotations, usage and routing
   * metadata. Rejects as the iteration does, and when the stream was read before.
   */
  finalCompletion(): Promise<ChatCompletion> {
    return assembleCompletion(this, this.responseHeaders);
  }

  /**
   * The chunks as bytes, one line of JSON each: for the body of a web response. Cancelling it cancels the request.
   *
   * @throws Error when the stream was read before.
   */
  toReadableStream(): ReadableStream<Uint8Array> {
    return lineStream(this);
  }

  /**
   * Two streams with the same chunks, each to be read once. What one has read and the other has not is kept without limit.
   * The request is cancelled when both are aborted, or when this one is.
   *
   * @throws Error when the stream was read before.
   */
  tee(): [CompletionStream, CompletionStream] {
    const [left, right] = splitSource(this.#take());
    // The branches go on when nobody holds this stream any more.
    abandoned.unregister(this);
    return [new CompletionStream(left, this.#head), new CompletionStream(right, this.#head)];
  }

  #take(): ChunkSource {
    if (this.#isRead) {
      throw new Error(
        'A stream can only be iterated once; keep the chunks, use tee(), or start another request.',
      );
    }
    this.#isRead = true;
    return this.#source;
  }
}
