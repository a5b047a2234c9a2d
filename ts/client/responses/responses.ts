// `responses.create`, plain and streaming.

import type { ResponseHead } from '../../events.js';
import { ApiPromise, type ApiReply, webResponse } from '../api-promise.js';
import { requestBody } from '../request-body.js';
import type { RequestOptions } from '../request-options.js';
import { type ApiCall, hasArray, Resource } from '../resource.js';
import { byteStream } from '../stream-bodies.js';
import { ResponseEventQueue } from './event-queue.js';
import type { ResponseStreamEvent } from './event-types.js';
import type {
  ResponseCreateParams,
  ResponseCreateParamsNonStreaming,
  ResponseCreateParamsStreaming,
} from './input-types.js';
import type { Response } from './output-types.js';
import { withOutputText } from './response.js';
import { ResponseStream } from './response-stream.js';

const PATH = '/responses';

/** `POST /v1/responses`. */
export class Responses extends Resource {
  /**
   * Asks for a response. One that failed is no exception: its `status` is `failed`, and its `error` says why.
   *
   * @throws AurikoAPIError of the class that errors.md §3 gives the error.
   */
  create(params: ResponseCreateParamsStreaming, options?: RequestOptions): ApiPromise<ResponseStream>;
  create(params: ResponseCreateParamsNonStreaming, options?: RequestOptions): ApiPromise<Response>;
  create(params: ResponseCreateParams, options?: RequestOptions): ApiPromise<Response | ResponseStream>;
  create(params: ResponseCreateParams, options: RequestOptions = {}): ApiPromise<Response | ResponseStream> {
    return new ApiPromise<Response | ResponseStream>(
      params.stream === true ? this.#stream(params, options) : this.#plain(params, options),
    );
  }

  async #plain(params: ResponseCreateParams, options: RequestOptions): Promise<ApiReply<Response>> {
    const reply = await this.reply<Response>(() => callOf(params), options, hasArray('output'));
    return { ...reply, read: () => withOutputText(reply.read()) };
  }

  async #stream(params: ResponseCreateParams, options: RequestOptions): Promise<ApiReply<ResponseStream>> {
    const call = await this.prepare(callOf(params), options);
    const { coalesce } = this;
    return new Promise((resolve, reject) => {
      // Only the listener leads to this promise, and the queue lets go of it: see chat.ts.
      const queue = new ResponseEventQueue(call.context, {
        accepted: (head) => resolve(streamReply(queue, head)),
        refused: reject,
      });
      if (options.signal !== undefined) queue.listen(options.signal);
      queue.attach(call.transport.streamChunks(call.request, { coalesce, includeRaw: false }, queue));
    });
  }
}

function streamReply(queue: ResponseEventQueue, head: ResponseHead): ApiReply<ResponseStream> {
  const stream = new ResponseStream(queue, head);
  return {
    head,
    read: () => stream,
    respond: () => webResponse(head, byteStream(stream, eventText, '')),
  };
}

/** A server-sent event as the endpoint writes it; there is no `[DONE]`. */
function eventText(event: ResponseStreamEvent): string {
  // A server may have left the type out.
  const name = typeof event.type === 'string' ? `event: ${event.type}\n` : '';
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}

function callOf(params: ResponseCreateParams): ApiCall {
  const effort = params.reasoning?.effort;
  return {
    method: 'POST',
    path: PATH,
    body: requestBody(params, 'reasoning.effort'),
    // Most models that are called through this endpoint think unless they are told not to.
    isReasoning: effort !== 'none' && effort !== 'off',
  };
}
