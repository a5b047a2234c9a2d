// The state machine from the events of a Responses stream to stream parts (api.md §4.5).
//
// Events are told apart by the `type` of their data. The terminal event ends the stream, whatever the server does with
// the connection; a body that ends without one was cut off.

import type { LanguageModelV4FinishReason, SharedV4Warning } from '@ai-sdk/provider';

import { isRecord } from '../../errors/envelope.js';
import { errorFromAnyError, errorFromFlatError, errorOfResponse } from '../../errors/response-error.js';
import {
  type AurikoAPIError,
  type ErrorContext,
  errorFromFailure,
  errorFromStreamError,
  malformedChunk,
  streamAbandoned,
  streamInterrupted,
  unnamedToolCall,
} from '../../errors.js';
import type { ChunkSink, CompletionEvent, ResponseHead, StreamOutcome } from '../../events.js';
import type { StreamListener } from '../convert-stream.js';
import type { PartQueue } from '../part-queue.js';
import { streamErrorValue } from '../stream-error.js';
import type { HostedTools } from './convert-tools.js';
import { Output } from './output.js';
import { OutputItems } from './output-items.js';
import {
  type ResponseObject,
  responseFinish,
  responseIdentity,
  responseMetadata,
  responseUsage,
} from './response-facts.js';

/** What the converter has to know of the call. */
export interface ResponsesStreamCall {
  readonly context: ErrorContext;
  readonly warnings: SharedV4Warning[];
  readonly hosted: HostedTools;
  readonly wantsLogprobs: boolean;
  readonly includeRaw: boolean;
  /** Called when the transport has ended. */
  readonly onEnd: () => void;
  /** Called when all is said, though the transport has not ended. */
  readonly onLastEvent: () => void;
}

/** Events in, stream parts out. */
export class ResponsesStreamConverter implements ChunkSink {
  readonly #queue: PartQueue;
  readonly #call: ResponsesStreamCall;
  readonly #output: Output;
  readonly #items: OutputItems;
  #context: ErrorContext;
  #listener: StreamListener | undefined;
  #head: ResponseHead = { status: 0, headers: {} };
  #response: ResponseObject = {};
  #hasIdentity = false;
  #failure: AurikoAPIError | undefined;
  /** An error event that does not fit its schema counts only when nothing better follows. */
  #vagueFailure: AurikoAPIError | undefined;
  #isOver = false;

  constructor(queue: PartQueue, call: ResponsesStreamCall, listener: StreamListener) {
    this.#queue = queue;
    this.#call = call;
    this.#context = call.context;
    this.#listener = listener;
    this.#output = new Output(call.hosted, call.wantsLogprobs);
    this.#items = new OutputItems(queue, this.#output, () => this.#errorPart(unnamedToolCall(this.#context)));
    queue.push({ type: 'stream-start', warnings: call.warnings });
  }

  head(head: ResponseHead): void {
    this.#head = head;
    this.#context = { ...this.#context, head };
  }

  chunk(chunk: unknown): void {
    if (this.#isOver) return;
    if (this.#call.includeRaw) this.#queue.push({ type: 'raw', rawValue: chunk });
    if (!isRecord(chunk)) return;
    if (isRecord(chunk['response'])) this.#response = chunk['response'];
    switch (chunk['type']) {
      case 'error':
        return this.#flatError(chunk);
      case 'response.failed':
        return this.#last(() =>
          this.#break(errorOfResponse(this.#response, this.#context), 'error', this.#response['status']),
        );
      case 'response.completed':
        return this.#last(() => this.#complete('completed'));
      case 'response.incomplete':
        return this.#last(() => this.#complete('incomplete'));
      default:
        this.#accept();
        this.#identify();
        this.#items.take(chunk);
    }
  }

  event(event: CompletionEvent): void {
    if (event.type === 'error') this.#failure = errorFromAnyError(event.error, this.#context);
    else if (event.type === 'malformed') this.#failure = malformedChunk(event.detail, this.#context);
  }

  /** Ends a call that was not accepted yet, for a reason of the caller's own. */
  refuse(reason: unknown): void {
    this.#listener?.refused(reason);
    this.#listener = undefined;
  }

  /** Ends a stream that nobody has read for so long, milliseconds. */
  abandon(afterMs: number): void {
    this.#failure = streamAbandoned(afterMs, this.#context);
    this.end({ type: 'eof' });
  }

  end(outcome: StreamOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#call.onEnd();
    if (outcome.type === 'failed' && this.#failure === undefined) {
      const unified = outcome.failure.kind === 'interrupted' ? 'interrupted' : 'error';
      this.#break(errorFromFailure(outcome.failure, this.#context), unified);
    } else {
      const failure = this.#failure ?? this.#vagueFailure;
      if (failure === undefined) this.#break(streamInterrupted(this.#context), 'interrupted');
      else this.#break(failure, 'error');
    }
    this.#queue.close();
  }

  #flatError(chunk: Record<string, unknown>): void {
    const error = errorFromFlatError(chunk, this.#context);
    if (error === undefined) this.#vagueFailure = errorFromStreamError(chunk, this.#context);
    else this.#last(() => this.#break(error, 'error'));
  }

  /** What comes behind the last event does not matter. */
  #last(finish: () => void): void {
    this.#isOver = true;
    finish();
    this.#queue.close();
    this.#call.onLastEvent();
  }

  /** The first event that is not an error lets `doStream` resolve. */
  #accept(): void {
    if (this.#listener === undefined) return;
    const listener = this.#listener;
    this.#listener = undefined;
    listener.accepted(this.#head);
  }

  #identify(): void {
    if (this.#hasIdentity) return;
    const identity = responseIdentity(this.#response);
    if (Object.keys(identity).length === 0) return;
    this.#hasIdentity = true;
    this.#queue.push({ type: 'response-metadata', ...identity });
  }

  #complete(status: 'completed' | 'incomplete'): void {
    this.#accept();
    this.#identify();
    this.#items.finish(this.#response, status === 'incomplete');
    this.#finishPart(responseFinish({ ...this.#response, status }, this.#output));
  }

  #break(error: AurikoAPIError, unified: 'error' | 'interrupted', raw?: unknown): void {
    if (this.#listener !== undefined) {
      // The call failed before anything was said.
      this.refuse(error);
      return;
    }
    this.#errorPart(error);
    this.#items.cut();
    this.#finishPart({ unified, raw: typeof raw === 'string' ? raw : undefined });
  }

  #errorPart(error: AurikoAPIError): void {
    this.#queue.push({ type: 'error', error: streamErrorValue(error) });
  }

  #finishPart(finishReason: LanguageModelV4FinishReason): void {
    this.#queue.push({
      type: 'finish',
      finishReason,
      usage: responseUsage(this.#response),
      providerMetadata: responseMetadata(this.#response, this.#head, this.#output.logprobs),
    });
  }
}
