// What all resources share: how a call is prepared, sent, and its reply read.

import { isRecord } from '../errors/envelope.js';
import { type AurikoAPIError, errorFromFailure, errorFromReply, invalidResponse } from '../errors.js';
import type { PreparedCall, Session } from '../session.js';
import { type Coalesce, TransportError, type TransportReply, type TransportRequest } from '../transport.js';
import { ApiPromise, type ApiReply, webResponse } from './api-promise.js';
import {
  checkRequestOptions,
  type Query,
  type RequestOptions,
  timeLimits,
  withQuery,
} from './request-options.js';
import { ResponseHeaders } from './response-headers.js';

/** A call as a resource describes it. */
export interface ApiCall {
  readonly method: TransportRequest['method'];
  /** Below the base URL, each segment escaped. */
  readonly path: string;
  /** `undefined` is left out. The options' `query` is added, and wins. */
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: object;
  /** A key in the body, which no error may show. */
  readonly secret?: string;
  /** The reply has a key in it: no error may show the reply. */
  readonly isSecretReply?: boolean;
  /** Whether the long limits apply. */
  readonly isReasoning?: boolean;
  /** Instead of the client's, unless the options say more: 0 for a call that must not be repeated. */
  readonly maxRetries?: number;
}

/** Says what a reply lacks, or `undefined` when all is there. Unknown fields are never at fault. */
export type ReplyCheck = (reply: Record<string, unknown>) => string | undefined;

/** A group of calls. */
export abstract class Resource {
  /** Private for good: it leads to the key, which no printed client may show. */
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** How the client wants deltas merged. */
  protected get coalesce(): Coalesce {
    return this.#session.connection.coalesce;
  }

  /** Sends a call whose reply is one JSON object. `describe` may throw: that rejects the promise. */
  protected send<T extends object>(
    describe: () => ApiCall,
    options: RequestOptions | undefined,
    check: ReplyCheck,
  ): ApiPromise<T> {
    return new ApiPromise(this.reply<T>(describe, options ?? {}, check));
  }

  /** Checks the options and makes the request; rejects with the signal's reason when it is aborted. */
  protected async prepare(call: ApiCall, options: RequestOptions): Promise<PreparedCall> {
    checkRequestOptions(options);
    const { signal, timeout, idempotencyKey } = options;
    signal?.throwIfAborted();
    const prepared = await this.#session.prepare({
      method: call.method,
      path: withQuery(call.path, call.query, options.query),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      headers:
        idempotencyKey === undefined || call.method !== 'POST'
          ? options.headers
          : { ...options.headers, 'idempotency-key': idempotencyKey },
      timeout: timeout === undefined ? undefined : timeLimits(timeout),
      maxRetries: options.maxRetries ?? call.maxRetries,
      isReasoning: call.isReasoning ?? false,
    });
    signal?.throwIfAborted();
    // An error of the SDK keeps no request: prompts and keys belong in no log.
    const { url, secret = [] } = prepared.context;
    return { ...prepared, context: { url, secret: [secret, call.secret ?? []].flat() } };
  }

  /** What `send` makes a promise of, for a resource that adds something to the data. */
  protected async reply<T extends object>(
    describe: () => ApiCall,
    options: RequestOptions,
    check: ReplyCheck,
  ): Promise<ApiReply<T>> {
    const call = describe();
    const prepared = await this.prepare(call, options);
    const reply = await exchange(prepared, options.signal);
    const invalid = (message: string): AurikoAPIError => {
      const body = call.isSecretReply === true ? undefined : reply.body;
      return invalidResponse(message, body, { ...prepared.context, head: reply });
    };
    return {
      head: reply,
      read: () => {
        const value = parseReply(reply, invalid);
        const complaint = check(value);
        if (complaint !== undefined) {
          throw value['error'] ? errorFromReply(reply, reply.body, prepared.context) : invalid(complaint);
        }
        // Headers stand aside (G-32).
        Object.defineProperty(value, 'responseHeaders', { value: new ResponseHeaders(reply.headers) });
        // The check has found what is read without a question; everything else is optional.
        return value as T;
      },
      respond: () => webResponse(reply, reply.body),
    };
  }
}

/** Sends and waits for the whole reply. Rejects with an `AurikoAPIError`, or with the signal's reason. */
async function exchange(call: PreparedCall, signal: AbortSignal | undefined): Promise<TransportReply> {
  try {
    return await call.transport.request(call.request, signal);
  } catch (error) {
    throw error instanceof TransportError ? errorFromFailure(error.failure, call.context) : error;
  }
}

function parseReply(
  reply: TransportReply,
  invalid: (message: string) => AurikoAPIError,
): Record<string, unknown> {
  // A deletion may be answered with nothing.
  if (reply.body.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(reply.body);
  } catch {
    throw invalid('The reply is not JSON.');
  }
  if (!isRecord(value)) throw invalid('The reply is not a JSON object.');
  return value;
}

/** The check of a reply that is read through an array. */
export function hasArray(field: string): ReplyCheck {
  return (reply) => (Array.isArray(reply[field]) ? undefined : `The reply has no list \`${field}\`.`);
}

/** The check of a reply that is read through texts. */
export function hasTexts(...fields: readonly string[]): ReplyCheck {
  return (reply) => {
    const missing = fields.find((field) => typeof reply[field] !== 'string');
    return missing === undefined ? undefined : `The reply has no text \`${missing}\`.`;
  };
}

/** The check of a reply that is read through an object. */
export function hasObject(field: string): ReplyCheck {
  return (reply) => (isRecord(reply[field]) ? undefined : `The reply has no object \`${field}\`.`);
}

/** The check of a reply that may hold anything but an error. */
export const hasNoError: ReplyCheck = (reply) => (reply['error'] ? 'The reply is an error.' : undefined);
