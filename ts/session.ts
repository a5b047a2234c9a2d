// What every call of one client or provider shares: the transport, the key, the headers.

import { chooseTransport } from '#transport';
import type { ErrorContext } from './errors.js';
import type { Connection, TimeoutSettings } from './options.js';
import type { TransportChoice } from './transport/choose.js';
import type { RequestBody, Transport, TransportRequest } from './transport.js';
import { VERSION } from './version.js';

/** What a call may set for itself. */
export interface CallSettings {
  readonly method: TransportRequest['method'];
  readonly path: string;
  readonly body?: RequestBody;
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

/** Prepares the calls of one client or provider. */
export class Session {
  #choice: Promise<TransportChoice> | undefined;
  #chosen: { readonly name: string; readonly reason?: string } | undefined;

  /** `product` is the name in the `user-agent`. */
  constructor(
    readonly connection: Connection,
    private readonly product: string,
  ) {}

  /** The transport that was chosen, and why it is not the native one; undefined before the first call. */
  get chosen(): { readonly name: string; readonly reason?: string } | undefined {
    return this.#chosen;
  }

  /** @throws AurikoAPIError or LoadAPIKeyError when the key function fails. */
  async prepare(call: CallSettings): Promise<PreparedCall> {
    const { connection } = this;
    const [transport, key] = await Promise.all([this.#transport(), connection.key()]);
    const headers: Record<string, string> = {};
    if (key !== undefined) headers['authorization'] = `Bearer ${key}`;
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    addHeaders(headers, connection.settings.headers);
    addHeaders(headers, call.headers);
    const product = `${this.product}/${VERSION}`;
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
      context: { url, requestBody: call.body, secret: secretOf(headers['authorization']) },
    };
  }

  async #transport(): Promise<Transport> {
    this.#choice ??= chooseTransport(this.connection.settings);
    const { transport, reason } = await this.#choice;
    this.#chosen ??= { name: transport.name, ...(reason === undefined ? {} : { reason }) };
    return transport;
  }
}

/** What must appear in no error: the key that is sent, be it the caller's own header. */
function secretOf(authorization: string | undefined): string | undefined {
  return authorization?.replace(/^\S+\s+/, '');
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
