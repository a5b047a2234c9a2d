// What carries a request: the Rust core (`native`), the platform's fetch (`fetch`), or a gateway in the same
// process (`embedded`). All three have one interface and deliver the same events.

import type { ChunkSink, EventSink, ResponseHead, TransportFailure } from './events.js';

/** Four named limits in milliseconds; 0 means no limit. */
export interface Limits {
  /** Time to open a connection, TLS included. @default 10000 */
  readonly connectMs: number;
  /** Time from sending to the response headers. @default 60000, 600000 when reasoning is asked for */
  readonly firstByteMs: number;
  /** Time between two data events of a stream; keep-alive comments do not count. @default 60000, 600000 with reasoning */
  readonly idleMs: number;
  /** Time for the whole call. @default 0 */
  readonly totalMs: number;
}

/**
 * A request body: text, or pieces of it. Pieces of text go in as they are, bytes go in as base64; so a large payload
 * needs no string of its own, and the native transport encodes it on another thread.
 */
export type RequestBody = string | readonly (string | Uint8Array)[];

/** One HTTP exchange. */
export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Absolute. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  readonly limits: Limits;
  /** Retries after the first attempt, before the first byte of a good reply (errors.md §4). 0: none. */
  readonly maxRetries: number;
}

/** How waiting deltas are merged. `'waiting'`: only what already waits. `'off'`: never. `everyMs`: hold back up to so long. */
export type Coalesce = 'waiting' | 'off' | { readonly everyMs: number };

/** How a stream is delivered. */
export interface StreamOptions {
  /** @default 'waiting' */
  readonly coalesce: Coalesce;
  /** Deliver the parsed chunk before its events; switches merging off. */
  readonly includeRaw: boolean;
}

/** A complete reply with a status below 400. */
export interface TransportReply extends ResponseHead {
  readonly body: string;
}

/** The reader's side of a running stream. */
export interface StreamHandle {
  /** Ends the stream and closes the upstream connection. Nothing is delivered afterwards. Safe to call twice. */
  cancel(): void;
  /** Says that everything delivered so far has been consumed, which lets the transport read on. */
  release(): void;
}

/** Carries requests. */
export interface Transport {
  readonly name: 'native' | 'fetch' | 'embedded';
  /**
   * Sends and waits for the whole reply.
   * Rejects with a {@link TransportError}, or with the signal's reason when aborted.
   */
  request(request: TransportRequest, signal?: AbortSignal): Promise<TransportReply>;
  /** Sends and delivers decoded events. Never throws: failures reach `sink.end`. */
  streamEvents(request: TransportRequest, options: StreamOptions, sink: EventSink): StreamHandle;
  /** Sends and delivers parsed chunks. Never throws: failures reach `sink.end`. */
  streamChunks(request: TransportRequest, options: StreamOptions, sink: ChunkSink): StreamHandle;
}

/** A failure on its way to the place that builds the typed error. Internal: users never see it. */
export class TransportError extends Error {
  constructor(readonly failure: TransportFailure) {
    super(failure.message);
  }
}

/** Bytes that one stream may hold between the socket and its reader. A guess; revisit with data. */
export const WINDOW_BYTES = 1024 * 1024;

/** Largest event accepted, in bytes: a generated image in base64 travels as one event. */
export const MAX_EVENT_BYTES = 32 * 1024 * 1024;
