// Starts the stream of a call and ties it to its reader, its signal and its limits.

import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';

import { abortReason } from '../errors.js';
import type { PreparedCall } from '../session.js';
import type { Coalesce, StreamHandle, StreamOptions } from '../transport.js';
import { StreamConverter, type StreamListener } from './convert-stream.js';
import { PartQueue, type QueueHooks } from './part-queue.js';
import { OWN_NAME, partUnder } from './provider-name.js';
import type { ConvertedCall } from './request-body.js';

/** What the stream has from its provider. */
export interface StreamSettings {
  readonly name: string;
  readonly coalesce: Coalesce;
  /** Milliseconds; 0: never. */
  readonly abandonedAfterMs: number;
}

/** A stream that was accepted. */
export interface OpenStream {
  readonly stream: PartQueue['stream'];
  readonly headers: Record<string, string>;
}

/** How long a server may take to close behind its last event before the connection is given up. A guess. */
const SETTLE_MS = 250;

/** What turns a running call into parts. */
interface Converter {
  /** Ends a call that was not accepted yet, for a reason of the caller's own. */
  refuse(reason: unknown): void;
  /** Ends a stream that nobody has read for so long, milliseconds. */
  abandon(afterMs: number): void;
}

/** Starts the stream of a chat call. */
export function openStream(
  prepared: PreparedCall,
  call: ConvertedCall,
  settings: StreamSettings,
  options: LanguageModelV4CallOptions,
): Promise<OpenStream> {
  const { context, request, transport } = prepared;
  const { warnings, options: checked } = call;
  const { wantsLogprobs } = checked;
  return startStream(
    settings,
    options,
    (queue, { onEnd }, listener) =>
      new StreamConverter(queue, { context, warnings, wantsLogprobs, onEnd }, listener),
    (stream, converter) => transport.streamEvents(request, stream, converter),
  );
}

/**
 * Resolves at the first data event; until then a failure is one of the call.
 *
 * What the running call holds (queue, converter, hooks) must not lead to the promise made here, and so to the stream:
 * a stream that nobody reads any more could not be collected. Hence no closures over `resolve` beyond the listener,
 * which the converter lets go of.
 */
export function startStream<C extends Converter>(
  settings: StreamSettings,
  { abortSignal, includeRawChunks = false }: LanguageModelV4CallOptions,
  convert: (queue: PartQueue, hooks: CallHooks, listener: StreamListener) => C,
  start: (options: StreamOptions, converter: C) => StreamHandle,
): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const coalesce = includeRawChunks ? 'off' : settings.coalesce;
    const hooks = new CallHooks();
    const queue = queueOf(settings, coalesce !== 'off', hooks);
    const converter = convert(queue, hooks, {
      accepted: (head) => resolve({ stream: queue.stream, headers: { ...head.headers } }),
      refused: reject,
    });
    hooks.converter = converter;
    if (abortSignal !== undefined) hooks.listen(abortSignal, queue, converter);
    hooks.handle = start({ coalesce, includeRaw: includeRawChunks }, converter);
  });
}

function queueOf({ name, abandonedAfterMs }: StreamSettings, merge: boolean, hooks: QueueHooks): PartQueue {
  return name === OWN_NAME
    ? new PartQueue(merge, hooks, abandonedAfterMs)
    : new NamedPartQueue(name, merge, hooks, abandonedAfterMs);
}

/** Puts metadata under the provider's own name. */
class NamedPartQueue extends PartQueue {
  readonly #name: string;

  constructor(name: string, ...rest: ConstructorParameters<typeof PartQueue>) {
    super(...rest);
    this.#name = name;
  }

  override push(part: LanguageModelV4StreamPart): void {
    super.push(partUnder(part, this.#name));
  }
}

/** Ties a running call to its reader and its signal. */
export class CallHooks implements QueueHooks {
  handle: StreamHandle | undefined;
  converter: Converter | undefined;
  #stopListening: (() => void) | undefined;
  readonly onEnd = (): void => this.#stopListening?.();
  /** All is said before the body has ended: a server that lingers must not keep the connection and the process. */
  readonly onLastEvent = (): void => {
    this.onEnd();
    const timer = setTimeout(() => this.handle?.cancel(), SETTLE_MS);
    if (typeof timer === 'object') timer.unref();
  };

  listen(signal: AbortSignal, queue: PartQueue, converter: Converter): void {
    const abort = () => {
      const reason = abortReason(signal);
      this.handle?.cancel();
      queue.abort(reason);
      converter.refuse(reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    // Errors keep whole prompts alive, and signals may live for ever: the call must not stay with them.
    this.#stopListening = () => signal.removeEventListener('abort', abort);
  }

  consumed(): void {
    this.handle?.release();
  }

  cancelled(): void {
    this.onEnd();
    this.handle?.cancel();
  }

  abandoned(afterMs: number): void {
    this.handle?.cancel();
    this.converter?.abandon(afterMs);
  }
}
