// `chat.completions.create`, plain and streaming.

import { wrongModelChoice } from '../errors/request-checks.js';
import { errorFromFailure, errorFromReply, invalidResponse } from '../errors.js';
import type { TimeoutSettings } from '../options.js';
import type { PreparedCall, Session } from '../session.js';
import { TransportError, type TransportReply } from '../transport.js';
import { ChunkQueue, CompletionStream } from './completion-stream.js';
import { ResponseHeaders } from './response-headers.js';
import type {
  ChatCompletion,
  ChatCompletionCreateParams,
  ChatCompletionCreateParamsNonStreaming,
  ChatCompletionCreateParamsStreaming,
} from './types.js';

const PATH = '/chat/completions';

/** What one call may set for itself. */
export interface RequestOptions {
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Replaces the client's limits, one by one. */
  readonly timeout?: TimeoutSettings;
  /** Replaces the client's `maxRetries`. */
  readonly maxRetries?: number;
  /** Added to the client's headers; `undefined` takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Chat completions. */
export class Chat {
  /** The completions resource. */
  readonly completions: Completions;

  constructor(session: Session) {
    this.completions = new Completions(session);
  }
}

/** `POST /v1/chat/completions`. */
export class Completions {
  constructor(private readonly session: Session) {}

  /**
   * Asks for a completion.
   *
   * @throws AurikoAPIError of the class that errors.md §3 gives the error.
   */
  create(params: ChatCompletionCreateParamsStreaming, options?: RequestOptions): Promise<CompletionStream>;
  create(params: ChatCompletionCreateParamsNonStreaming, options?: RequestOptions): Promise<ChatCompletion>;
  create(
    params: ChatCompletionCreateParams,
    options?: RequestOptions,
  ): Promise<ChatCompletion | CompletionStream>;
  async create(
    params: ChatCompletionCreateParams,
    options: RequestOptions = {},
  ): Promise<ChatCompletion | CompletionStream> {
    const { signal } = options;
    checkModels(params);
    signal?.throwIfAborted();
    const call = await this.session.prepare({
      method: 'POST',
      path: PATH,
      body: JSON.stringify(requestBody(params)),
      headers: options.headers,
      timeout: options.timeout,
      maxRetries: options.maxRetries,
      isReasoning: params.reasoning_effort !== undefined && params.reasoning_effort !== 'off',
    });
    signal?.throwIfAborted();
    return params.stream === true
      ? openStream(call, this.session.connection.coalesce, signal)
      : plainReply(call, signal);
  }
}

async function plainReply(call: PreparedCall, signal: AbortSignal | undefined): Promise<ChatCompletion> {
  let reply: TransportReply;
  try {
    reply = await call.transport.request(call.request, signal);
  } catch (error) {
    throw error instanceof TransportError ? errorFromFailure(error.failure, call.context) : error;
  }
  const completion = parseCompletion(reply, call);
  Object.defineProperty(completion, 'responseHeaders', { value: new ResponseHeaders(reply.headers) });
  return completion;
}

function parseCompletion(reply: TransportReply, call: PreparedCall): ChatCompletion {
  const context = { ...call.context, head: reply };
  let value: unknown;
  try {
    value = JSON.parse(reply.body);
  } catch {
    throw invalidResponse('The reply is not JSON.', reply.body, context);
  }
  if (typeof value === 'object' && value !== null) {
    if ('choices' in value && Array.isArray(value.choices)) return value as ChatCompletion;
    if ('error' in value && value.error) throw errorFromReply(reply, reply.body, call.context);
  }
  throw invalidResponse('The reply has no choices.', reply.body, context);
}

function openStream(
  call: PreparedCall,
  coalesce: Session['connection']['coalesce'],
  signal: AbortSignal | undefined,
): Promise<CompletionStream> {
  return new Promise((resolve, reject) => {
    // What the running call holds must not lead to this promise, and so to the stream: one that nobody reads any more
    // could not be collected. Only the listener does, and the queue lets go of it.
    const queue = new ChunkQueue(call.context, {
      accepted: (head) => resolve(new CompletionStream(queue, head)),
      refused: reject,
    });
    if (signal !== undefined) queue.listen(signal);
    queue.attach(call.transport.streamChunks(call.request, { coalesce, includeRaw: false }, queue));
  });
}

/** Exactly one of `model` and `gateway.models` (api.md §3.5). Checked before `extraBody` is merged. */
function checkModels({ model, gateway }: ChatCompletionCreateParams): void {
  const hasModel = model !== undefined && model !== '';
  if (hasModel === (gateway?.models !== undefined)) throw wrongModelChoice(hasModel ? 'both' : 'neither');
}

/** The body that is sent: `extraBody` is merged last, its `gateway` child by child; `stream` is what was called for. */
function requestBody(params: ChatCompletionCreateParams): Record<string, unknown> {
  const { extraBody, stream, gateway, ...rest } = params;
  const body: Record<string, unknown> = { ...rest };
  if (gateway !== undefined && Object.keys(gateway).length > 0) body['gateway'] = gateway;
  for (const [name, value] of Object.entries(extraBody ?? {})) {
    const base = body[name];
    body[name] = name === 'gateway' && isObject(base) && isObject(value) ? { ...base, ...value } : value;
  }
  delete body['stream'];
  if (stream === true) body['stream'] = true;
  return body;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
