// The one vocabulary between decoding and mapping. The Rust core (crates/auriko-wire/src/event.rs) and the
// JavaScript decoder of the fetch transport produce the same events; stream parts are made from them alone.

/** One thing that a completion stream said. Values that are passed on unchanged keep their wire names. */
export type CompletionEvent =
  /** Identity of the reply; once, from the first chunk that has any of it. Blank values are absent. */
  | { type: 'meta'; id?: string; model?: string; created?: number }
  /** Visible text, never empty. */
  | { type: 'text'; delta: string }
  /** Thinking, never empty. */
  | { type: 'reasoning'; delta: string }
  /** The provider's signature over the thinking before it. */
  | { type: 'signature'; signature: string }
  /** Thinking that the provider keeps encrypted. */
  | { type: 'redacted'; data: string }
  /** A piece of a tool call; which call it belongs to is decided by the reader. Blank ids and names are absent. */
  | { type: 'tool-call'; index?: number; id?: string; name?: string; arguments: string; signature?: string }
  /** The model's refusal, never empty. */
  | { type: 'refusal'; delta: string }
  /** A generated image, the wire object. */
  | { type: 'image'; image: unknown }
  /** Citations, the wire array, never empty. */
  | { type: 'annotations'; annotations: unknown[] }
  /** Log probabilities, the wire object. */
  | { type: 'logprobs'; logprobs: unknown }
  /** The finish word as sent, and the provider's own. */
  | { type: 'finish'; reason: string; native?: string }
  /** Token counts, the wire object. The last one wins. */
  | { type: 'usage'; usage: Record<string, unknown> }
  /** Routing metadata, the wire object. The last one wins. */
  | { type: 'routing'; routing: Record<string, unknown> }
  /** Facts about the service; each when first seen. */
  | { type: 'service'; fingerprint?: string; tier?: string }
  /** The server reported an error inside the stream (the value of the `error` key; a string for plain text). */
  | { type: 'error'; error: unknown }
  /** A frame that could not be understood. `detail` holds no content. */
  | { type: 'malformed'; detail: string }
  /** `[DONE]`. */
  | { type: 'done' };

/** Status and headers of a reply. Header names are lower-case. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Why a request or a stream could not go on. Plain data: `errors.ts` is the only place that builds error classes. */
export interface TransportFailure {
  /**
   * `status`: the server answered with an error status. `connect`: DNS, TCP, TLS or a reset before headers.
   * `timeout`: one of our limits, named by `limit`. `interrupted`: the connection broke after headers.
   * `too-large`: an event over the size limit. `request`: the request can't be sent as given (bad URL, bad header).
   */
  readonly kind: 'status' | 'connect' | 'timeout' | 'interrupted' | 'too-large' | 'request';
  /** One sentence without the cause. */
  readonly message: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Body of an error reply as text; at most 1 MiB of it. */
  readonly body?: string;
  readonly limit?: 'connect' | 'first-byte' | 'idle' | 'total';
  /** The limit's value, milliseconds. */
  readonly limitMs?: number;
  /** The reason below: the caught value, or the core's text. */
  readonly cause?: unknown;
  /** The system's code of a connection failure, such as `ECONNREFUSED`, where the cause is text. */
  readonly systemCode?: string;
}

/**
 * How a stream ended: with `[DONE]`, by the end of the body without it, or by a failure. After an `error` or `malformed`
 * event it says nothing: the event was the end.
 */
export type StreamOutcome =
  | { readonly type: 'done' }
  | { readonly type: 'eof' }
  | { readonly type: 'failed'; readonly failure: TransportFailure };

/**
 * Takes what a stream delivers, in order: `head` once, then events, then `end` once. After `cancel` nothing more.
 * The frequent events have methods of their own so that no object is made for them.
 */
export interface EventSink {
  head(head: ResponseHead): void;
  text(delta: string): void;
  reasoning(delta: string): void;
  /** Continuation of a tool call's arguments. `index` is -1 when the wire gave none. */
  toolArguments(index: number, delta: string): void;
  /** Every other event. An `error`, `malformed` or `done` event is followed by `end` alone. */
  event(event: CompletionEvent): void;
  /** A parsed chunk, before its events; only when `includeRaw` was asked for. */
  raw(chunk: unknown): void;
  end(outcome: StreamOutcome): void;
}

/** Takes the parsed JSON chunks of a stream, for readers that want the wire objects (the SDK). */
export interface ChunkSink {
  head(head: ResponseHead): void;
  /** A parsed chunk. */
  chunk(chunk: unknown): void;
  /** An `error`, `malformed` or `done` event. */
  event(event: CompletionEvent): void;
  end(outcome: StreamOutcome): void;
}
