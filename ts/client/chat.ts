// `chat.completions.create`, plain and streaming.

import type { ResponseHead } from '../events.js';
import type { PreparedCall, Session } from '../session.js';
import type { Coalesce } from '../transport.js';
import { ApiPromise, type ApiReply, webResponse } from './api-promise.js';
import { ChunkQueue } from './chunk-queue.js';
import { CompletionStream } from './completion-stream.js';
import { requestBody } from './request-body.js';
import type { RequestOptions } from './request-options.js';
import { type ApiCall, hasArray, Resource } from './resource.js';
import type { ToolRunner } from './run-tools/tool-runner.js';
import { type RunToolsOptions, type RunToolsParams, runTools } from './run-tools.js';
import { eventStream } from './stream-bodies.js';
import type {
  ChatCompletion,
  ChatCompletionCreateParams,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
  ChatMessage,
} from './types.js';

const PATH = '/chat/completions';

/** Chat completions. */
export class Chat {
  /** The completions resource. */
  readonly completions: Completions;

  constructor(session: Session) {
    this.completions = new Completions(session);
  }
}

/** `POST /v1/chat/completions`. */
export class Completions extends Resource {
  /**
   * Asks for a completion.
   *
   * @throws AurikoAPIError of the class that errors.md §3 gives the error.
   */
  create(params: ChatCompletionCreateParamsStreaming, options?: RequestOptions): ApiPromise<CompletionStream>;
  create(
    params: ChatCompletionCreateParamsNonStreaming,
    options?: RequestOptions,
  ): ApiPromise<ChatCompletion>;
  create(
    params: ChatCompletionCreateParams,
    options?: RequestOptions,
  ): ApiPromise<ChatCompletion | CompletionStream>;
  create(
    params: ChatCompletionCreateParams,
    options: RequestOptions = {},
  ): ApiPromise<ChatCompletion | CompletionStream> {
    if (params.stream === true) return new ApiPromise(this.#stream(params, options));
    return this.send<ChatCompletion>(() => callOf(params), options, hasArray('choices'));
  }

  /**
   * Asks for completions until the model calls no more tools: calls are run together, their results are sent back.
   *
   * @throws InvalidArgumentError when the tools or the options are wrong; all else rejects the runner's promises.
   */
  runTools(params: RunToolsParams, options?: RunToolsOptions): ToolRunner {
    return runTools((turn, settings) => this.create(turn, settings), params, options);
  }

  async #stream(
    params: ChatCompletionCreateParams,
    options: RequestOptions,
  ): Promise<ApiReply<CompletionStream>> {
    const call = await this.prepare(callOf(params), options);
    return openStream(call, this.coalesce, options.signal);
  }
}

function openStream(
  call: PreparedCall,
  coalesce: Coalesce,
  signal: AbortSignal | undefined,
): Promise<ApiReply<CompletionStream>> {
  return new Promise((resolve, reject) => {
    // What the running call holds must not lead to this promise, and so to the stream: one that nobody reads any more
    // could not be collected. Only the listener does, and the queue lets go of it.
    const queue = new ChunkQueue(call.context, {
      accepted: (head) => resolve(streamReply(queue, head)),
      refused: reject,
    });
    if (signal !== undefined) queue.listen(signal);
    queue.attach(call.transport.streamChunks(call.request, { coalesce, includeRaw: false }, queue));
  });
}

function streamReply(queue: ChunkQueue, head: ResponseHead): ApiReply<CompletionStream> {
  const stream = new CompletionStream(queue, head);
  return {
    head,
    read: () => stream,
    respond: () => webResponse(head, eventStream(stream)),
  };
}

function callOf(params: ChatCompletionCreateParams): ApiCall {
  const messages = withoutNulls(params.messages);
  return {
    method: 'POST',
    path: PATH,
    body: requestBody({ ...params, messages }, 'reasoning_effort'),
    isReasoning: params.reasoning_effort !== undefined && params.reasoning_effort !== 'off',
  };
}

/**
 * Replies hold nulls that some providers refuse in a request (api.md §3.2). A `content` of null stays where nothing else
 * says that the model only called tools.
 */
function withoutNulls(messages: readonly ChatMessage[]): unknown {
  // The server refuses what is no array, and says so better.
  if (!Array.isArray(messages)) return messages;
  return messages.map((message: ChatMessage) => {
    if (message?.role !== 'assistant' || !Object.values(message).includes(null)) return message;
    const hasCalls = (message.tool_calls ?? []).length > 0;
    const entries = Object.entries(message).filter(
      ([name, value]) => value !== null || (name === 'content' && !hasCalls),
    );
    return Object.fromEntries(entries);
  });
}
