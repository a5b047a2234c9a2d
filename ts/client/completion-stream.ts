// A streamed completion as an async iterable of chunks. Leaving the loop cancels the request.

import {
  type AurikoAPIError,
  type ErrorContext,
  errorFromFailure,
  errorFromStreamError,
  malformedChunk,
  streamInterrupted,
} from '../errors.js';
import type { ChunkSink, CompletionEvent, ResponseHead, StreamOutcome } from '../events.js';
import type { StreamHandle } from '../transport.js';
import { ResponseHeaders } from './response-headers.js';
import type { ChatCompletionChunk, RoutingMetadata, Usage } from './types.js';

type Result = IteratorResult<ChatCompletionChunk, undefined>;

interface Reader {
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** Told what became of the request: one of the two, once. */
export interface StreamListener {
  /** The reply was accepted. */
  accepted(head: ResponseHead): void;
  /** The request failed before a reply. */
  refused(error: unknown): void;
}

/** Holds what has arrived and not been read. The transport keeps this; it must not keep the stream itself alive. */
export class ChunkQueue implements ChunkSink {
  usage: Usage | undefined;
  routing: RoutingMetadata | undefined;
  #chunks: ChatCompletionChunk[] = [];
  #next = 0;
  #reader: Reader | undefined;
  #ended = false;
  #error: unknown;
  #hasFinished = false;
  #failure: AurikoAPIError | undefined;
  #handle: StreamHandle | undefined;
  #context: ErrorContext;
  /** Let go once the reply is accepted: it leads to the promise of the stream, and so to the stream. */
  #listener: StreamListener | undefined;

  #stopListening: (() => void) | undefined;

  constructor(context: ErrorContext, listener: StreamListener) {
    this.#context = context;
    this.#listener = listener;
  }

  attach(handle: StreamHandle): void {
    this.#handle = handle;
  }

  /** Ends the call with the signal. */
  listen(signal: AbortSignal): void {
    const abort = () => {
      this.#listener?.refused(signal.reason);
      this.#listener = undefined;
      this.stop(signal.reason);
      this.#handle?.cancel();
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#stopListening = () => signal.removeEventListener('abort', abort);
  }

  head(head: ResponseHead): void {
    this.#context = { ...this.#context, head };
    this.#listener?.accepted(head);
    this.#listener = undefined;
  }

  chunk(value: unknown): void {
    // The decoder has checked that it is a chunk object; unknown fields stay.
    const chunk = value as ChatCompletionChunk;
    if (chunk.usage) this.usage = chunk.usage;
    if (chunk.routing_metadata) this.routing = chunk.routing_metadata;
    if (chunk.choices?.some((choice) => choice.finish_reason)) this.#hasFinished = true;
    const reader = this.#reader;
    if (reader === undefined) {
      this.#chunks.push(chunk);
    } else {
      this.#reader = undefined;
      reader.resolve({ done: false, value: chunk });
      this.#handle?.release();
    }
  }

  event(event: CompletionEvent): void {
    if (event.type === 'error') this.#failure = errorFromStreamError(event.error, this.#context);
    if (event.type === 'malformed') this.#failure = malformedChunk(event.detail, this.#context);
  }

  end(outcome: StreamOutcome): void {
    if (this.#failure === undefined && outcome.type === 'failed') {
      this.#failure = errorFromFailure(outcome.failure, this.#context);
    }
    if (this.#failure === undefined && outcome.type === 'eof' && !this.#hasFinished) {
      this.#failure = streamInterrupted(this.#context);
    }
    if (this.#context.head === undefined) {
      this.#listener?.refused(this.#failure ?? streamInterrupted(this.#context));
    }
    this.#listener = undefined;
    this.stop(this.#failure);
  }

  /** Ends the iteration: with an error when there is one, after what has arrived. */
  stop(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#stopListening?.();
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader === undefined) return;
    if (error === undefined) reader.resolve({ done: true, value: undefined });
    else this.#throw(reader);
  }

  /** Ends the request. What has arrived and was not read is dropped. */
  cancel(): void {
    this.#chunks = [];
    this.#next = 0;
    this.stop();
    this.#handle?.cancel();
  }

  read(): Promise<Result> {
    const chunk = this.#chunks[this.#next];
    if (chunk !== undefined) {
      this.#next += 1;
      if (this.#next === this.#chunks.length) {
        this.#chunks = [];
        this.#next = 0;
        this.#handle?.release();
      }
      return Promise.resolve({ done: false, value: chunk });
    }
    return new Promise((resolve, reject) => {
      const reader = { resolve, reject };
      if (!this.#ended) this.#reader = reader;
      else if (this.#error === undefined) resolve({ done: true, value: undefined });
      else this.#throw(reader);
    });
  }

  /** An error is thrown once; after it the iteration is over. */
  #throw(reader: Reader): void {
    const error = this.#error;
    this.#error = undefined;
    reader.reject(error);
  }
}

/** Streams that nobody holds any more are cancelled, which closes their connections. */
const abandoned = new FinalizationRegistry<ChunkQueue>((queue) => queue.cancel());

/**
 * A streamed completion. Iterate it once; leaving the loop early cancels the request and closes the connection.
 *
 * The iteration throws `AurikoAPIError` when the server reports an error, when the connection breaks, and when the
 * stream ends before the model had finished.
 */
export class CompletionStream implements AsyncIterable<ChatCompletionChunk> {
  /** Headers of the reply. */
  readonly responseHeaders: ResponseHeaders;
  readonly #queue: ChunkQueue;
  #isIterated = false;

  /** Internal: streams are made by `client.chat.completions.create`. */
  constructor(queue: ChunkQueue, head: ResponseHead) {
    this.responseHeaders = new ResponseHeaders(head.headers);
    this.#queue = queue;
    abandoned.register(this, queue, this);
  }

  /** Token counts; filled while iterating, final at the end. */
  get usage(): Usage | undefined {
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

  /** @throws Error when the stream was iterated before. */
  [Symbol.asyncIterator](): AsyncIterator<ChatCompletionChunk, undefined> {
    if (this.#isIterated) {
      throw new Error('A stream can only be iterated once; keep the chunks, or start another request.');
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
