// The native transport: requests run in the Rust core. The only file that imports the addon, and only when asked.

import type { NativeRequest, NativeStream } from '../../index.js';
import type { ChunkSink, EventSink, ResponseHead } from '../events.js';
import {
  MAX_EVENT_BYTES,
  type StreamHandle,
  type StreamOptions,
  type Transport,
  TransportError,
  type TransportReply,
  type TransportRequest,
  WINDOW_BYTES,
} from '../transport.js';
import { type Payload, splitBody } from './native/body.js';
import { Inbox, type RecordSink } from './native/inbox.js';

export type { RecordSink } from './native/inbox.js';

/** The addon's exports, as generated from Rust. */
export type Addon = typeof import('../../index.js');

/** The loaded addon with the inbox of this environment, or why there is none. */
export type Loaded = { readonly addon: Addon; readonly inbox: Inbox } | { readonly reason: string };

let loading: Promise<Loaded> | undefined;
let inbox: Inbox | undefined;

/** The one inbox of this environment. */
export function inboxOf(addon: Addon): Inbox {
  inbox ??= new Inbox((wake) => new addon.NativeCore(wake));
  return inbox;
}

/** Loads the addon, once. Never rejects. */
export function loadAddon(): Promise<Loaded> {
  loading ??= import('../../index.js').then(
    (addon): Loaded => ({ addon, inbox: inboxOf(addon) }),
    (error: unknown): Loaded => ({ reason: error instanceof Error ? error.message : String(error) }),
  );
  return loading;
}

/** The native transport, or why it can't be had. Never rejects. */
export async function loadNative(): Promise<{ transport: Transport } | { reason: string }> {
  const loaded = await loadAddon();
  return 'reason' in loaded ? loaded : { transport: new NativeTransport(loaded.inbox) };
}

/** How a stream is asked of the addon. */
export function nativeStream(mode: 'reply' | 'events' | 'chunks', options?: StreamOptions): NativeStream {
  const coalesce = options?.coalesce ?? 'waiting';
  return {
    mode,
    includeRaw: options?.includeRaw ?? false,
    coalesceMs: coalesce === 'waiting' ? 0 : coalesce === 'off' ? -1 : coalesce.everyMs,
    windowBytes: WINDOW_BYTES,
    maxEventBytes: MAX_EVENT_BYTES,
  };
}

/** A request as the addon takes it, and the payloads that it is supplied with afterwards. */
export function nativeRequest(request: TransportRequest): {
  native: NativeRequest;
  payloads: readonly Payload[];
} {
  const { limits } = request;
  const { fields, payloads } = splitBody(request.body);
  const native: NativeRequest = {
    method: request.method,
    url: request.url,
    headers: Object.entries(request.headers).flat(),
    ...fields,
    connectMs: limits.connectMs,
    firstByteMs: limits.firstByteMs,
    idleMs: limits.idleMs,
    totalMs: limits.totalMs,
    maxRetries: request.maxRetries,
  };
  return { native, payloads };
}

/** Waits for a whole reply that `start` delivers to its sink. */
export function wholeReply(
  start: (sink: RecordSink) => StreamHandle,
  signal: AbortSignal | undefined,
): Promise<TransportReply> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    let head: ResponseHead = { status: 0, headers: {} };
    let body = '';
    const abort = () => {
      handle.cancel();
      reject(signal?.reason);
    };
    const handle = start({
      head: (received) => {
        head = received;
      },
      body: (text) => {
        body = text;
      },
      end: (outcome) => {
        signal?.removeEventListener('abort', abort);
        if (outcome.type === 'failed') reject(new TransportError(outcome.failure));
        else resolve({ status: head.status, headers: head.headers, body });
      },
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

class NativeTransport implements Transport {
  readonly name = 'native';

  constructor(private readonly inbox: Inbox) {}

  request(request: TransportRequest, signal?: AbortSignal): Promise<TransportReply> {
    return wholeReply((sink) => this.#start(request, nativeStream('reply'), sink), signal);
  }

  streamEvents(request: TransportRequest, options: StreamOptions, sink: EventSink): StreamHandle {
    return this.#start(request, nativeStream('events', options), sink);
  }

  streamChunks(request: TransportRequest, options: StreamOptions, sink: ChunkSink): StreamHandle {
    return this.#start(request, nativeStream('chunks', options), sink);
  }

  #start(request: TransportRequest, stream: NativeStream, sink: RecordSink): StreamHandle {
    const { native, payloads } = nativeRequest(request);
    return this.inbox.start((core) => core.open(native, stream), sink, payloads);
  }
}
