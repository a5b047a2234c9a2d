// What every call of one client shares: the transport, the key, the headers.

import { chooseTransport } from '#transport';
import type { ErrorContext } from '../errors.js';
import type { Connection, TimeoutSettings } from '../options.js';
import type { Transport, TransportRequest } from '../transport.js';
import { VERSION } from '../version.js';

/** What a call may set for itself. */
export interface CallSettings {
  readonly method: TransportRequest['method'];
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly timeout?: TimeoutSettings | undefined;
  readonly maxRetries?: number | undefined;
  readonly isReasoning?: boolean;
}

/** A request that is ready to be sent. */
export interface PreparedCall {
  readonly transport: Transport;
  readonly request: TransportRequest;
  /** For the error, should there be one. */
  readonly context: ErrorContext;
}

/** Prepares the calls of one client. */
export class Session {
  #transport: Promise<Transport> | undefined;

  constructor(readonly connection: Connection) {}

  /** @throws AurikoAPIError or LoadAPIKeyError when the key function fails. */
  async prepare(call: CallSettings): Promise<PreparedCall> {
    const { connection } = this;
    this.#transport ??= chooseTransport(connection.settings).then((choice) => choice.transport);
    const [transport, key] = await Promise.all([this.#transport, connection.key()]);
    const headers: Record<string, string> = {};
    if (key !== undefined) headers['authorization'] = `Bearer ${key}`;
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    addHeaders(headers, connection.settings.headers);
    addHeaders(headers, call.headers);
    const product = `auriko-typescript/${VERSION}`;
    headers['user-agent'] =
      headers['user-agent'] === undefined ? product : `${headers['user-agent']} ${product}`;
    const url = connection.url(call.path);
    return {
      transport,
      request: {
        method: call.method,
        url,
        headers,
        ...(call.body === undefined ? {} : { body: call.body }),
        limits: connection.limits(call.isReasoning ?? false, call.timeout),
        maxRetries: call.maxRetries ?? connection.maxRetries,
      },
      context: { url, requestBody: call.body, secret: key },
    };
  }
}

function addHeaders(
  headers: Record<string, string>,
  more: Readonly<Record<string, string | undefined>> | undefined,
): void {
  for (const [name, value] of Object.entries(more ?? {})) {
    if (value === undefined) delete headers[name.toLowerCase()];
    else headers[name.toLowerCase()] = value;
  }
}
