// What every call of the SDK returns: a promise of the data that can also hand over what came with it. The request starts
// at once; the reply is read as data only when somebody asks for the data.

import type { ResponseHead } from '../events.js';
import { ResponseHeaders } from './response-headers.js';

/** An accepted reply, and the two ways to look at it. */
export interface ApiReply<T> {
  readonly head: ResponseHead;
  /** The reply as data; throws an `AurikoAPIError` when it makes no sense. */
  readonly read: () => T;
  /** The reply as a web response. */
  readonly respond: () => Response;
}

/** Status and headers of a reply. */
export interface ApiResponse {
  /** HTTP status, below 400. */
  readonly status: number;
  readonly headers: ResponseHeaders;
}

/** Data together with what came with it. */
export interface WithResponse<T> {
  readonly data: T;
  readonly response: ApiResponse;
  /** `x-request-id`; `null` when the reply has none. */
  readonly requestId: string | null;
}

/**
 * A promise of the data of a call.
 *
 * ```ts
 * const { data, response, requestId } = await client.models.list().withResponse();
 * ```
 */
export class ApiPromise<T> extends Promise<T> {
  readonly #reply: Promise<ApiReply<T>>;
  #data: Promise<T> | undefined;

  /** What `then`, `catch` and `finally` make is a plain promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** Internal: made by the calls of the SDK. */
  constructor(reply: Promise<ApiReply<T>>) {
    // Its own state is never used: were it settled too, an error that `withResponse` reported would be reported again,
    // as a rejection that nobody handled.
    super(() => {});
    this.#reply = reply;
  }

  // biome-ignore lint/suspicious/noThenProperty: this is a promise.
  override then<Fulfilled = T, Rejected = never>(
    onFulfilled?: ((value: T) => Fulfilled | PromiseLike<Fulfilled>) | null,
    onRejected?: ((reason: unknown) => Rejected | PromiseLike<Rejected>) | null,
  ): Promise<Fulfilled | Rejected> {
    return this.#read().then(onFulfilled, onRejected);
  }

  /** The data, with status, headers and request id of the reply. Rejects as the call itself does. */
  async withResponse(): Promise<WithResponse<T>> {
    const data = await this.#read();
    const { head } = await this.#reply;
    const headers = new ResponseHeaders(head.headers);
    return { data, response: { status: head.status, headers }, requestId: headers.requestId };
  }

  /**
   * The reply as a web `Response`, its body not yet parsed nor checked. Rejects as the call does when the request failed
   * or the status is 400 or above.
   *
   * The body of a plain reply is the text as it came. The body of a stream is its chunks as server-sent events, written
   * anew and read as the body is read; it takes the place of iterating the stream, and cancelling it cancels the request.
   */
  async asResponse(): Promise<Response> {
    return (await this.#reply).respond();
  }

  #read(): Promise<T> {
    this.#data ??= this.#reply.then((reply) => reply.read());
    return this.#data;
  }
}

/** Headers that described the bytes on the wire: the body has been decoded since. */
const WIRE_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'transfer-encoding',
]);

/** Statuses whose responses can hold no body. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** A web response with the head of a reply. */
export function webResponse(head: ResponseHead, body: BodyInit): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(head.headers)) {
    // A web header can't hold every text that a lenient server sends.
    if (!WIRE_HEADERS.has(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) headers.set(name, value);
  }
  return new Response(BODILESS.has(head.status) ? null : body, { status: head.status, headers });
}
