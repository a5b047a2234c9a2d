// A gateway in this process as a transport: no socket, and no JSON between router and stream parts.

import * as addon from '../../index.js';
import type { ChunkSink, EventSink } from '../events.js';
import { inboxOf, nativeRequest, nativeStream, type RecordSink, wholeReply } from '../transport/native.js';
import type {
  StreamHandle,
  StreamOptions,
  Transport,
  TransportReply,
  TransportRequest,
} from '../transport.js';
import type { GatewayConfig } from './config.js';

/** What a gateway serves. */
export interface GatewayDescription {
  /** Models that can be asked for by name; `<provider>/<model>` reaches any other. */
  readonly models: readonly { readonly id: string; readonly providers: readonly string[] }[];
  /** Provider ids that answer. */
  readonly providers: readonly string[];
  /** No vendor is configured: the simulated provider answers everything. */
  readonly simulated_only: boolean;
  /** The same in a sentence, for a banner. */
  readonly notice: string;
}

/** A router in this process. Pass it as `transport` to `createAuriko` or `new Auriko`; no API key is needed. */
export interface Gateway extends Transport {
  readonly name: 'embedded';
  /** What it serves. */
  describe(): GatewayDescription;
  /**
   * Writes what waits (ledger rows, at most a quarter of a second's; traces) and closes the store. Requests that come later
   * are refused. Who never calls it loses nothing when the process ends by itself or by `process.exit`; a signal that nobody
   * handles, or a crash, loses what waits, and reserved budget then counts as spent.
   */
  close(): Promise<void>;
  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a gateway. Without a configuration it serves the vendors whose key variables are set (`OPENAI_API_KEY`, …),
 * or the simulated provider when there is none.
 *
 * @throws Error when the configuration is wrong; the message names the field.
 */
export function createGateway(config?: GatewayConfig): Gateway {
  return new EmbeddedGateway(openGateway(config));
}

/** The addon's gateway for a configuration. */
export function openGateway(config: GatewayConfig | undefined): addon.NativeGateway {
  return config === undefined ? new addon.NativeGateway() : new addon.NativeGateway(JSON.stringify(config));
}

class EmbeddedGateway implements Gateway {
  readonly name = 'embedded';
  readonly #gateway: addon.NativeGateway;
  #closed: Promise<void> | undefined;

  constructor(gateway: addon.NativeGateway) {
    this.#gateway = gateway;
    flushAtExit(gateway);
  }

  close(): Promise<void> {
    this.#closed ??= this.#gateway.close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  describe(): GatewayDescription {
    // Written by serde from `Description`, whose shape is that of GatewayDescription.
    return JSON.parse(this.#gateway.describe()) as GatewayDescription;
  }

  request(request: TransportRequest, signal?: AbortSignal): Promise<TransportReply> {
    return wholeReply((sink) => this.#start('reply', request, undefined, sink), signal);
  }

  streamEvents(request: TransportRequest, options: StreamOptions, sink: EventSink): StreamHandle {
    return this.#start('events', request, options, sink);
  }

  streamChunks(request: TransportRequest, options: StreamOptions, sink: ChunkSink): StreamHandle {
    return this.#start('chunks', request, options, sink);
  }

  #start(
    mode: 'reply' | 'events' | 'chunks',
    request: TransportRequest,
    options: StreamOptions | undefined,
    sink: RecordSink,
  ): StreamHandle {
    const { pathname, search } = new URL(request.url);
    // A base URL from the environment may have a path of its own; it is meant for another server.
    const path = pathname.slice(Math.max(0, pathname.indexOf('/v1/')));
    const { native, payloads } = nativeRequest(request);
    const call = { ...native, url: path + search };
    const stream = nativeStream(mode, options);
    return inboxOf(addon).start((core) => core.openEmbedded(this.#gateway, call, stream), sink, payloads);
  }
}

/** Gateways that may have something to write; one that was collected as garbage writes it by itself. */
const open = new Set<WeakRef<addon.NativeGateway>>();
let isListening = false;
const collected = new FinalizationRegistry<WeakRef<addon.NativeGateway>>((reference) =>
  open.delete(reference),
);

function flushAtExit(gateway: addon.NativeGateway): void {
  if (!isListening) process.once('exit', flushAll);
  isListening = true;
  const reference = new WeakRef(gateway);
  open.add(reference);
  collected.register(gateway, reference);
}

function flushAll(): void {
  for (const reference of open) reference.deref()?.flush();
}
