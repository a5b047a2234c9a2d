// The gateway as an HTTP server in this process, for any OpenAI client.

import { NativeServer } from '../../index.js';
import type { GatewayConfig } from './config.js';
import { type GatewayDescription, openGateway } from './gateway.js';

/** Options of {@link startGateway}. */
export interface StartGatewayOptions {
  /** Address to listen on. Without keys only loopback is allowed. @default '127.0.0.1' */
  readonly host?: string;
  /** Port; 0 picks a free one. @default 8787 */
  readonly port?: number;
  /** What to serve. @default the vendors whose key variables are set, else the simulated provider */
  readonly config?: GatewayConfig;
}

/** A server that is ready for requests. */
export interface RunningGateway {
  /** Base of all paths, such as `http://127.0.0.1:8787`. OpenAI clients want `${url}/v1`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** What it serves. */
  readonly description: GatewayDescription;
  /** Resolves when the server has ended; rejects when it failed. */
  readonly ended: Promise<void>;
  /** Stops accepting, lets streams finish within `limits.drain_ms`, and resolves when all is over and written. */
  close(): Promise<void>;
  /** As `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Servers that serve: one whose object is collected stops, and callers may keep nothing but its URL. */
const running = new Set<NativeServer>();

/**
 * Starts a gateway server. It holds the process open until it is closed, whether or not anything of it is kept.
 *
 * @throws Error when the configuration is wrong or the port is taken; the message says which.
 */
export async function startGateway(options: StartGatewayOptions = {}): Promise<RunningGateway> {
  const { host = '127.0.0.1', port = 8787 } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`port must be a whole number from 0 to 65535, not ${port}.`);
  }
  const gateway = openGateway(options.config);
  // Written by serde from `Description`, whose shape is that of GatewayDescription.
  const description = JSON.parse(gateway.describe()) as GatewayDescription;
  const server = await NativeServer.start(gateway, host, port);
  running.add(server);
  // One promise: a failure that nobody listens for stays an unhandled rejection.
  const ended = server.ended().finally(() => running.delete(server));
  const close = async () => {
    server.stop();
    await ended;
  };
  return {
    url: `http://${server.host.includes(':') ? `[${server.host}]` : server.host}:${server.port}`,
    host: server.host,
    port: server.port,
    description,
    ended,
    close,
    [Symbol.asyncDispose]: close,
  };
}
