// What has arrived of a stream and was not read. The transport holds this, and it must not keep the stream itself alive.

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

interface Reader {
  resolve(result: ReadResult): void;
  reject(error: unknown): void;
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
  #chunks: ChatCompletionChunk[] = [];
  #next = 0;
  /** Waiting reads, oldest first; nearly always one at most. */
  readonly #readers: Reader[] = [];
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
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#chunks.push(chunk);
    } else {
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
    for (const reader of this.#readers.splice(0)) this.#end(reader);
  }

  cancel(): void {
    this.#chunks = [];
    this.#next = 0;
    this.stop();
    this.#handle?.cancel();
  }

  read(): Promise<ReadResult> {
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
      if (this.#ended) this.#end(reader);
      else this.#readers.push(reader);
    });
  }

  /** An error is thrown once; after it the iteration is over. */
  #end(reader: Reader): void {
    const error = this.#error;
    this.#error = undefined;
    if (error === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(error);
  }
}
