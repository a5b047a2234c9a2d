// What a transport delivers of a streamed completion, for its reader. Must not keep the stream alive: see item-queue.ts.

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
import { ItemQueue } from './item-queue.js';
import type { ChatCompletionChunk, RoutingMetadata, Usage } from './types.js';

/** What one read of a stream gives. */
export type ReadResult = IteratorResult<ChatCompletionChunk, undefined>;

/** Where a stream takes its chunks from. */
export interface ChunkSource {
  /** The last usage that has arrived. */
  readonly usage: Usage | undefined;
  /** The last routing metadata that have arrived. */
  readonly routing: RoutingMetadata | undefined;
  /** The next chunk. An error is thrown once; after it, and after `cancel`, the stream is over. */
  read(): Promise<ReadResult>;
  /** Ends the request. What has arrived and was not read is dropped. */
  cancel(): void;
}

/** Told what became of the request: one of the two, once. */
export interface StreamListener {
  /** The reply was accepted. */
  accepted(head: ResponseHead): void;
  /** The request failed before a reply. */
  refused(error: unknown): void;
}

/** The source that a transport fills. */
export class ChunkQueue implements ChunkSink, ChunkSource {
  usage: Usage | undefined;
  routing: RoutingMetadata | undefined;
  readonly #chunks = new ItemQueue<ChatCompletionChunk>();
  #hasFinished = false;
  #failure: AurikoAPIError | undefined;
  #context: ErrorContext;
  /** Let go once the reply is accepted: it leads to the promise of the stream, and so to the stream. */
  #listener: StreamListener | undefined;
  #stopListening: (() => void) | undefined;

  constructor(context: ErrorContext, listener: StreamListener) {
    this.#context = context;
    this.#listener = listener;
  }

  attach(handle: StreamHandle): void {
    this.#chunks.attach(handle);
  }

  /** Ends the call with the signal. */
  listen(signal: AbortSignal): void {
    const abort = () => {
      this.#listener?.refused(signal.reason);
      this.#listener = undefined;
      this.#chunks.finish(signal.reason);
      this.#chunks.disconnect();
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
    this.#chunks.push(chunk);
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
    this.#stopListening?.();
    this.#chunks.finish(this.#failure);
  }

  cancel(): void {
    this.#stopListening?.();
    this.#chunks.drop();
  }

  read(): Promise<ReadResult> {
    return this.#chunks.read();
  }
}
