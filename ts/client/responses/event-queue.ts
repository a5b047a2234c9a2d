// The events of a Responses stream on their way to their reader (api.md §4.5, errors.md §5).
//
// The terminal event ends the stream, whatever the server does with the connection. A body that ends without one was cut
// off, which is an error and never a quiet end.

import { isRecord } from '../../errors/envelope.js';
import { errorFromAnyError, errorFromFlatError } from '../../errors/response-error.js';
import {
  type AurikoAPIError,
  type ErrorContext,
  errorFromFailure,
  errorFromStreamError,
  malformedChunk,
  streamInterrupted,
} from '../../errors.js';
import type { ChunkSink, CompletionEvent, ResponseHead, StreamOutcome } from '../../events.js';
import type { StreamHandle } from '../../transport.js';
import { ItemQueue } from '../item-queue.js';
import { ResponseHeaders } from '../response-headers.js';
import type { RoutingMetadata } from '../types.js';
import type { ResponseStreamEvent } from './event-types.js';
import type { Response, ResponseUsage } from './output-types.js';
import { withOutputText } from './response.js';

/** Told what became of the request: one of the two, once. */
export interface ResponseListener {
  /** The reply was accepted. */
  accepted(head: ResponseHead): void;
  /** The request failed before a reply. */
  refused(error: unknown): void;
}

/** How long a server may take to close after the terminal event before the connection is given up. A guess. */
const SETTLE_MS = 50;

const TERMINAL: ReadonlySet<unknown> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
]);

/** Events in, typed events out. Must not keep the stream alive: see `ItemQueue`. */
export class ResponseEventQueue implements ChunkSink {
  /** The response of the terminal event. */
  completed: Response | undefined;
  usage: ResponseUsage | undefined;
  routing: RoutingMetadata | undefined;
  /** Why the stream ended without a terminal event: an error, the signal's reason, or an abort. */
  failure: unknown;
  readonly #items = new ItemQueue<ResponseStreamEvent>();
  #context: ErrorContext;
  /** Let go once the reply is accepted: it leads to the promise of the stream, and so to the stream. */
  #listener: ResponseListener | undefined;
  #waiting: (() => void)[] = [];
  /** An `error` event that does not fit its schema counts only when nothing better follows. */
  #vague: AurikoAPIError | undefined;
  #reported: AurikoAPIError | undefined;
  #stopListening: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: ErrorContext, listener: ResponseListener) {
    this.#context = context;
    this.#listener = listener;
  }

  attach(handle: StreamHandle): void {
    this.#items.attach(handle);
  }

  /** Ends the call with the signal. */
  listen(signal: AbortSignal): void {
    const abort = () => {
      this.#listener?.refused(signal.reason);
      this.#listener = undefined;
      this.#fail(signal.reason);
      this.#items.disconnect();
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#stopListening = () => signal.removeEventListener('abort', abort);
  }

  head(head: ResponseHead): void {
    this.#context = { ...this.#context, head };
    this.#listener?.accepted(head);
    this.#listener = undefined;
  }

  chunk(chunk: unknown): void {
    if (this.#items.isEnded || !isRecord(chunk)) return;
    const { type, response } = chunk;
    if (type === 'error') {
      const error = errorFromFlatError(chunk, this.#context);
      if (error !== undefined) return this.#failNow(error);
      this.#vague ??= errorFromStreamError(chunk, this.#context);
    }
    if (isRecord(response)) this.#learn(withOutputText(response));
    // The cast is safe for the types that the union names; others are documented to come as they are.
    this.#items.push(chunk as unknown as ResponseStreamEvent);
    if (TERMINAL.has(type)) this.#complete(response);
  }

  event(event: CompletionEvent): void {
    if (event.type === 'error') this.#reported = errorFromAnyError(event.error, this.#context);
    if (event.type === 'malformed') this.#reported = malformedChunk(event.detail, this.#context);
  }

  end(outcome: StreamOutcome): void {
    clearTimeout(this.#timer);
    if (!this.#items.isEnded) this.#fail(this.#errorOf(outcome));
    if (this.#context.head === undefined) this.#listener?.refused(this.failure);
    this.#listener = undefined;
  }

  read(): Promise<IteratorResult<ResponseStreamEvent, undefined>> {
    return this.#items.read();
  }

  /** Ends the request; a running iteration ends without an error. */
  cancel(): void {
    const wasEnded = this.#items.isEnded;
    this.#items.drop();
    if (!wasEnded) this.#over(new DOMException('The stream was aborted.', 'AbortError'));
  }

  /** Resolves when the stream has ended, whatever way. */
  over(): Promise<void> {
    if (this.#items.isEnded) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #learn(response: Response): void {
    Object.defineProperty(response, 'responseHeaders', {
      value: new ResponseHeaders(this.#context.head?.headers ?? {}),
    });
    if (response.usage) this.usage = response.usage;
    if (response.routing_metadata) this.routing = response.routing_metadata;
  }

  #complete(response: unknown): void {
    // The cast is safe: it was learned from above.
    if (isRecord(response)) this.completed = response as unknown as Response;
    this.#items.finish();
    this.#over(
      isRecord(response) ? undefined : malformedChunk('the last event has no response', this.#context),
    );
    this.#timer = setTimeout(() => this.#items.disconnect(), SETTLE_MS);
    if (typeof this.#timer === 'object') this.#timer.unref();
  }

  /** The server has said its last word: nothing is read behind it. */
  #failNow(error: AurikoAPIError): void {
    this.#fail(error);
    this.#items.disconnect();
  }

  #fail(error: unknown): void {
    if (this.#items.isEnded) return;
    this.#items.finish(error);
    this.#over(error);
  }

  #over(failure: unknown): void {
    this.failure = failure;
    this.#stopListening?.();
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }

  #errorOf(outcome: StreamOutcome): AurikoAPIError {
    if (this.#reported !== undefined) return this.#reported;
    if (outcome.type === 'failed') return errorFromFailure(outcome.failure, this.#context);
    return this.#vague ?? streamInterrupted(this.#context);
  }
}
