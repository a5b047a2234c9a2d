// The `Stream` of the OpenAI package over our own decoder. The package's three majors differ in what they take for an
// error and where they lose the last event, and all of them end a cut stream as if it were whole; this one does not.

import type { OpenAI } from 'openai';
import { OpenAIError } from 'openai';
import { Stream } from 'openai/core/streaming';

import type { RoutingMetadata } from '../client/types.js';
import { isRecord } from '../errors/envelope.js';
import type { ErrorContext } from '../errors.js';
import { plainHeaders } from '../transport/fetch/failure.js';
import { TransportError } from '../transport.js';
import { brokenStream, type MakeStatusError, reportedError, unreadableEvent } from './client-errors.js';
import type { StreamUsage } from './fields.js';
import { type Frame, isDoneMark, readFrames } from './frames.js';
import { ROUTING } from './routing.js';
import { StreamFacts } from './stream-facts.js';

/** What the client tells a stream about its request, before the first item is read. */
export interface StreamOwner {
  /** Path of the request, such as `/chat/completions`. */
  readonly path: string;
  /** Longest wait between two data events, milliseconds; 0: no limit. */
  readonly idleMs: number;
  readonly context: ErrorContext;
  readonly makeStatusError: MakeStatusError;
  /** Called once, when the stream is over. `isComplete`: it came to its end. */
  ended(facts: StreamFacts, isComplete: boolean): void;
}

/** Arguments of `fromSSEResponse` that openai 7 added: whether items name their event, and which events are items. */
type DeliveryMode = readonly [synthesizeEventData?: boolean | undefined, mode?: string | undefined];

/**
 * A stream of `AurikoOpenAI`. Beside what every stream of the OpenAI package does, it knows its token counts and where
 * it ran, and it throws when it is cut: an `APIConnectionError` whose `cause` is an error of this package.
 */
export class AurikoStream<Item> extends Stream<Item> {
  readonly #reading: Reading | undefined;

  /** Internal: streams are made by the client. */
  constructor(
    iterator: () => AsyncIterator<Item>,
    controller: AbortController,
    client?: OpenAI,
    reading?: Reading,
  ) {
    super(iterator, controller, client);
    this.#reading = reading;
  }

  /** Where the call ran and what it cost; known at the end. */
  override get routing(): RoutingMetadata | undefined {
    return this.#reading?.facts.routing;
  }

  /** Token counts; known at the end. */
  override get usage(): StreamUsage<Item> | undefined {
    // The wire object, of the type that the items give it.
    return this.#reading?.facts.usage as StreamUsage<Item> | undefined;
  }

  /** The same as `routing`, for `getRouting`. */
  get [ROUTING](): RoutingMetadata | undefined {
    return this.routing;
  }

  /** Internal: tells the stream whose it is. */
  belongTo(owner: StreamOwner): void {
    if (this.#reading === undefined) return;
    this.#reading.owner = owner;
    this.#reading.facts.path = owner.path;
  }

  /** Called by the OpenAI package for a reply that is a stream. */
  static override fromSSEResponse<Item>(
    response: Response,
    controller: AbortController,
    client?: OpenAI,
    ...mode: DeliveryMode
  ): AurikoStream<Item> {
    const reading: Reading = {
      response,
      controller,
      mode,
      facts: new StreamFacts(),
      owner: undefined,
      isTaken: false,
    };
    // The items are whatever the endpoint sends: the caller of the OpenAI package has named their type.
    const iterator = () => readItems(reading) as AsyncGenerator<Item>;
    return new AurikoStream<Item>(iterator, controller, client, reading);
  }
}

/** Internal: the state of one stream. */
export interface Reading {
  readonly response: Response;
  readonly controller: AbortController;
  readonly mode: DeliveryMode;
  readonly facts: StreamFacts;
  owner: StreamOwner | undefined;
  isTaken: boolean;
}

async function* readItems(reading: Reading): AsyncGenerator<unknown, void, undefined> {
  if (reading.isTaken) {
    throw new OpenAIError('A stream can be iterated only once; use `.tee()` to read it twice.');
  }
  reading.isTaken = true;
  const { response, controller, facts, owner } = reading;
  const { signal } = controller;
  if (owner === undefined || response.body === null) {
    controller.abort();
    throw new OpenAIError('The reply has no body to stream.');
  }
  const head = { status: response.status, headers: plainHeaders(response.headers) };
  const context = { ...owner.context, head };
  let isComplete = false;
  try {
    for await (const frame of readFrames(response.body, signal, owner.idleMs)) {
      isComplete = isDoneMark(frame);
      if (isComplete) break;
      const item = itemOf(frame, reading, owner, context);
      if (item === undefined) break;
      facts.see(item.facts);
      yield item.value;
    }
    isComplete ||= facts.isWhole && !signal.aborted;
    if (isComplete || signal.aborted) return;
    const message = 'the stream ended early';
    throw brokenStream({ kind: 'interrupted', message }, context);
  } catch (thrown) {
    if (!(thrown instanceof TransportError)) throw thrown;
    // As in the OpenAI package, an abort ends the loop without an error.
    if (!signal.aborted) throw brokenStream(thrown.failure, context);
  } finally {
    if (!isComplete) controller.abort();
    owner.ended(facts, isComplete);
  }
}

/**
 * The item of an event; `undefined` for what a broken connection left over of one.
 *
 * @throws APIError for an event that reports an error or cannot be read.
 */
function itemOf(
  frame: Frame,
  { response, mode: [isNamed, mode] }: Reading,
  { makeStatusError }: StreamOwner,
  context: ErrorContext,
): { readonly value: unknown; readonly facts: unknown } | undefined {
  const { event } = frame;
  let data: unknown;
  try {
    data = JSON.parse(frame.data);
  } catch {
    if (event === 'error') throw reportedError(frame.data, false, response.headers, context, makeStatusError);
    if (frame.isCut) return undefined;
    // Not the platform's message, which quotes the content.
    throw unreadableEvent('invalid JSON', response.headers, context);
  }
  if (mode !== 'events') {
    if (event?.startsWith('thread.')) return { value: { event, data }, facts: data };
    const reported = errorIn(data, event);
    if (reported !== undefined) {
      const { error, isFlat } = reported;
      throw reportedError(error, isFlat, response.headers, context, makeStatusError);
    }
  }
  return { value: isNamed === true ? { event, data } : data, facts: data };
}

/** The error that an event reports: under its `error` key, or flat as in the Responses API. */
function errorIn(data: unknown, event: string | null): { error: unknown; isFlat: boolean } | undefined {
  if (!isRecord(data)) return event === 'error' ? { error: data, isFlat: false } : undefined;
  const { error, type, object, choices } = data;
  if (error !== undefined && error !== null) return { error, isFlat: false };
  const isFlat = event === 'error' || type === 'error' || (object === 'error' && choices === undefined);
  return isFlat ? { error: data, isFlat } : undefined;
}
