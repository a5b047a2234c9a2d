// The one state machine from events to stream parts, for every transport (ai-sdk-provider.md §5.3 and §6.3).
//
// It runs as events arrive and writes into the part queue. Blocks follow the order of the wire, each with an id of
// its own; every start gets its end, also on errors. Nothing is thrown into the stream but an abort.

import type {
  LanguageModelV4Citation,
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  SharedV4Warning,
} from '@ai-sdk/provider';

import {
  type AurikoAPIError,
  type ErrorContext,
  errorFromFailure,
  errorFromStreamError,
  malformedChunk,
  providerEndedWithError,
  streamAbandoned,
  streamInterrupted,
  unnamedToolCall,
} from '../errors.js';
import type { CompletionEvent, EventSink, ResponseHead, StreamOutcome } from '../events.js';
import { convertUsage } from './convert-usage.js';
import { finishReason } from './finish-reason.js';
import { replyMetadata } from './metadata.js';
import type { PartQueue } from './part-queue.js';
import { convertAnnotation, convertImage } from './sources.js';
import { streamErrorValue } from './stream-error.js';
import { ToolCalls } from './tool-calls.js';

/** Told what became of the request: one of the two, once. */
export interface StreamListener {
  /** The first data event is there, and it is not an error. */
  accepted(head: ResponseHead): void;
  /** The call failed before anything was said: it may be started again. */
  refused(error: unknown): void;
}

/** What the converter has to know of the call. */
export interface StreamCall {
  readonly context: ErrorContext;
  readonly warnings: SharedV4Warning[];
  readonly wantsLogprobs: boolean;
  /** Called once, when nothing follows. */
  readonly onEnd: () => void;
}

/** Events in, stream parts out. */
export class StreamConverter implements EventSink {
  readonly #queue: PartQueue;
  readonly #tools: ToolCalls;
  readonly #wantsLogprobs: boolean;
  readonly #onEnd: () => void;
  #context: ErrorContext;
  #listener: StreamListener | undefined;
  #head: ResponseHead = { status: 0, headers: {} };
  #block: 'none' | 'text' | 'reasoning' = 'none';
  #blockId = '';
  #textBlocks = 0;
  #reasoningBlocks = 0;
  #signature: string | undefined;
  #citations: LanguageModelV4Citation[] = [];
  #sources = 0;
  #hasOutput = false;
  #isRefusal = false;
  #finish: { readonly reason: string; readonly native?: string } | undefined;
  #usage: unknown;
  #routing: unknown;
  #fingerprint: string | undefined;
  #tier: string | undefined;
  #logprobs: unknown;
  #failure: AurikoAPIError | undefined;

  constructor(queue: PartQueue, call: StreamCall, listener: StreamListener) {
    this.#queue = queue;
    this.#context = call.context;
    this.#wantsLogprobs = call.wantsLogprobs;
    this.#onEnd = call.onEnd;
    this.#listener = listener;
    this.#tools = new ToolCalls(queue, () => this.#errorPart(unnamedToolCall(this.#context)));
    queue.push({ type: 'stream-start', warnings: call.warnings });
  }

  head(head: ResponseHead): void {
    this.#head = head;
    this.#context = { ...this.#context, head };
  }

  text(delta: string): void {
    this.#accept();
    if (this.#block !== 'text') this.#openText();
    this.#queue.delta('text-delta', this.#blockId, delta);
  }

  reasoning(delta: string): void {
    this.#accept();
    // Thinking after a signature is a block that the signature does not cover.
    if (this.#block !== 'reasoning' || this.#signature !== undefined) this.#openReasoning();
    this.#queue.delta('reasoning-delta', this.#blockId, delta);
  }

  toolArguments(index: number, delta: string): void {
    this.#accept();
    this.#closeBlock();
    this.#tools.add({ index: index < 0 ? undefined : index, arguments: delta });
  }

  raw(chunk: unknown): void {
    // Not an acceptance: what the chunk says comes next, and it may be an error.
    this.#queue.push({ type: 'raw', rawValue: chunk });
  }

  event(event: CompletionEvent): void {
    if (event.type === 'error') {
      this.#failure = errorFromStreamError(event.error, this.#context);
      return;
    }
    if (event.type === 'malformed') {
      this.#failure = malformedChunk(event.detail, this.#context);
      return;
    }
    this.#accept();
    this.#take(event);
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
    this.#onEnd();
    const failure = this.#failureOf(outcome);
    if (this.#listener !== undefined) {
      // A reply with nothing in it, not even `[DONE]`.
      if (failure !== undefined) this.#listener.refused(failure.error);
      else this.#accept();
      this.#listener = undefined;
    }
    if (failure === undefined) this.#complete();
    else this.#break(failure.error, failure.unified);
    this.#queue.close();
  }

  #take(event: CompletionEvent): void {
    switch (event.type) {
      case 'text':
        return this.text(event.delta);
      case 'reasoning':
        return this.reasoning(event.delta);
      case 'meta':
        return this.#queue.push({
          type: 'response-metadata',
          ...(event.id === undefined ? {} : { id: event.id }),
          ...(event.created === undefined ? {} : { timestamp: new Date(event.created * 1000) }),
          ...(event.model === undefined ? {} : { modelId: event.model }),
        });
      case 'signature':
        if (this.#block !== 'reasoning') this.#openReasoning();
        this.#signature = event.signature;
        return;
      case 'redacted':
        return this.#redacted(event.data);
      case 'tool-call':
        this.#closeBlock();
        return this.#tools.add(event);
      case 'refusal':
        this.#isRefusal = true;
        return this.text(event.delta);
      case 'annotations':
        return this.#annotations(event.annotations);
      case 'image':
        return this.#image(event.image);
      case 'logprobs':
        this.#addLogprobs(event.logprobs);
        return;
      case 'finish':
        // Usage and routing metadata follow: the finish part waits for the end.
        this.#finish = event;
        return;
      case 'usage':
        this.#usage = event.usage;
        return;
      case 'routing':
        this.#routing = event.routing;
        return;
      case 'service':
        this.#fingerprint ??= event.fingerprint;
        this.#tier ??= event.tier;
        return;
    }
  }

  /** The first event that is not an error lets `doStream` resolve. */
  #accept(): void {
    if (this.#listener === undefined) return;
    const listener = this.#listener;
    this.#listener = undefined;
    listener.accepted(this.#head);
  }

  #openText(): void {
    this.#closeBlock();
    this.#block = 'text';
    this.#blockId = `t${this.#textBlocks++}`;
    this.#hasOutput = true;
    this.#queue.push({ type: 'text-start', id: this.#blockId });
  }

  #openReasoning(): void {
    this.#closeBlock();
    this.#block = 'reasoning';
    this.#blockId = `r${this.#reasoningBlocks++}`;
    this.#hasOutput = true;
    this.#queue.push({ type: 'reasoning-start', id: this.#blockId });
  }

  #closeBlock(): void {
    const id = this.#blockId;
    if (this.#block === 'text') {
      const citations = this.#citations;
      this.#citations = [];
      this.#queue.push({ type: 'text-end', id, ...(citations.length === 0 ? {} : { citations }) });
    } else if (this.#block === 'reasoning') {
      const signature = this.#signature;
      this.#signature = undefined;
      this.#queue.push({
        type: 'reasoning-end',
        id,
        ...(signature === undefined ? {} : { providerMetadata: { auriko: { signature } } }),
      });
    }
    this.#block = 'none';
  }

  #redacted(redactedData: string): void {
    this.#openReasoning();
    this.#queue.push({
      type: 'reasoning-end',
      id: this.#blockId,
      providerMetadata: { auriko: { redactedData } },
    });
    this.#block = 'none';
  }

  #annotations(annotations: readonly unknown[]): void {
    for (const annotation of annotations) {
      const converted = convertAnnotation(annotation, () => `s${this.#sources++}`);
      if (converted === undefined) continue;
      this.#queue.push(converted.source);
      this.#citations.push(converted.citation);
    }
  }

  #image(image: unknown): void {
    const file = convertImage(image);
    if (file === undefined) return;
    this.#closeBlock();
    this.#hasOutput = true;
    this.#queue.push(file);
  }

  #addLogprobs(logprobs: unknown): void {
    if (!this.#wantsLogprobs) return;
    const known = contentOf(this.#logprobs);
    const more = contentOf(logprobs);
    this.#logprobs = known === undefined || more === undefined ? logprobs : { content: [...known, ...more] };
  }

  #failureOf(
    outcome: StreamOutcome,
  ): { error: AurikoAPIError; unified: 'error' | 'interrupted' } | undefined {
    if (this.#failure !== undefined) return { error: this.#failure, unified: 'error' };
    // The model had finished: what broke off then is at most the usage.
    const hasFinished = this.#finish !== undefined;
    if (outcome.type === 'eof' && !hasFinished) {
      return { error: streamInterrupted(this.#context), unified: 'interrupted' };
    }
    if (outcome.type === 'failed' && !(hasFinished && outcome.failure.kind === 'interrupted')) {
      const unified = outcome.failure.kind === 'interrupted' ? 'interrupted' : 'error';
      return { error: errorFromFailure(outcome.failure, this.#context), unified };
    }
    return undefined;
  }

  #complete(): void {
    this.#closeBlock();
    const word = this.#finish?.reason;
    const isError = word === 'error';
    if (isError) this.#errorPart(providerEndedWithError(this.#finish?.native, this.#context));
    this.#tools.finish(isError ? 'broken' : 'complete');
    this.#finishPart(
      finishReason(word, {
        hasToolCalls: word === undefined ? this.#tools.anyComplete : this.#tools.anyNamed,
        hasOutput: this.#hasOutput,
        isRefusal: this.#isRefusal,
      }),
    );
  }

  #break(error: AurikoAPIError, unified: 'error' | 'interrupted'): void {
    this.#errorPart(error);
    this.#closeBlock();
    this.#tools.finish('broken');
    this.#finishPart({ unified, raw: this.#finish?.reason });
  }

  #errorPart(error: AurikoAPIError): void {
    this.#queue.push({ type: 'error', error: streamErrorValue(error) });
  }

  #finishPart(reason: LanguageModelV4FinishReason): void {
    const part: LanguageModelV4StreamPart = {
      type: 'finish',
      finishReason: reason,
      usage: convertUsage(this.#usage),
      providerMetadata: replyMetadata({
        head: this.#head,
        routing: this.#routing,
        nativeFinishReason: this.#finish?.native,
        serviceTier: this.#tier,
        systemFingerprint: this.#fingerprint,
        logprobs: this.#logprobs,
      }),
    };
    this.#queue.push(part);
  }
}

function contentOf(logprobs: unknown): unknown[] | undefined {
  const content: unknown =
    typeof logprobs === 'object' && logprobs !== null ? Reflect.get(logprobs, 'content') : undefined;
  return Array.isArray(content) ? content : undefined;
}
