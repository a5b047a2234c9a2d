// A chat model for `ai`: `doGenerate` and `doStream` over any transport.

import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';

import { abortReason, errorFromFailure } from '../errors.js';
import type { PreparedCall, Session } from '../session.js';
import { type StreamHandle, TransportError, type TransportReply } from '../transport.js';
import { convertResponse } from './convert-response.js';
import { StreamConverter } from './convert-stream.js';
import { PartQueue, type QueueHooks } from './part-queue.js';
import { type ConvertedCall, convertCall, type RequestDefaults } from './request-body.js';

const PATH = '/chat/completions';

/** What a model has from its provider. */
export interface ModelConfig {
  /** Such as `auriko.chat`. */
  readonly provider: string;
  readonly session: Session;
  readonly defaults: RequestDefaults;
}

/** A chat-completions model. */
export class AurikoChatLanguageModel implements LanguageModelV4 {
  readonly specificationVersion = 'v4';
  readonly provider: string;
  /** Providers fetch images themselves, so `ai` need not download them first. */
  readonly supportedUrls: Record<string, RegExp[]> = { 'image/*': [/^https?:\/\/.*$/] };
  readonly #config: ModelConfig;

  constructor(
    readonly modelId: string,
    config: ModelConfig,
  ) {
    this.provider = config.provider;
    this.#config = config;
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { call, prepared } = await this.#prepare(options, false);
    const reply = await send(prepared, options.abortSignal);
    const result = convertResponse(reply, prepared.context, call.options.wantsLogprobs);
    return {
      ...result,
      warnings: [...call.warnings, ...result.warnings],
      request: { url: prepared.request.url, body: prepared.request.body },
    };
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const { call, prepared } = await this.#prepare(options, true);
    const { stream, headers } = await openStream(prepared, call, this.#config.session.connection, options);
    return {
      stream,
      request: { url: prepared.request.url, body: prepared.request.body },
      response: { headers },
    };
  }

  async #prepare(
    options: LanguageModelV4CallOptions,
    isStream: boolean,
  ): Promise<{ call: ConvertedCall; prepared: PreparedCall }> {
    const { session, defaults } = this.#config;
    throwIfAborted(options.abortSignal);
    const call = convertCall(this.modelId, options, defaults, isStream);
    const prepared = await session.prepare({
      method: 'POST',
      path: PATH,
      body: JSON.stringify(call.body),
      headers: options.headers,
      timeout: call.options.timeout,
      isReasoning: call.isReasoning,
    });
    throwIfAborted(options.abortSignal);
    return { call, prepared };
  }
}

interface OpenStream {
  readonly stream: PartQueue['stream'];
  readonly headers: Record<string, string>;
}

/**
 * Resolves at the first data event; until then a failure is one of the call.
 *
 * What the running call holds (queue, converter, hooks) must not lead to the promise made here, and so to the stream:
 * a stream that nobody reads any more could not be collected. Hence no closures over `resolve` beyond the listener,
 * which the converter lets go of.
 */
function openStream(
  prepared: PreparedCall,
  call: ConvertedCall,
  connection: Session['connection'],
  { abortSignal, includeRawChunks = false }: LanguageModelV4CallOptions,
): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const coalesce = includeRawChunks ? 'off' : connection.coalesce;
    const hooks = new CallHooks();
    const queue = new PartQueue(coalesce !== 'off', hooks);
    const { context } = prepared;
    const { warnings, options } = call;
    const converter = new StreamConverter(
      queue,
      { context, warnings, wantsLogprobs: options.wantsLogprobs, onEnd: hooks.onEnd },
      {
        accepted: (head) => resolve({ stream: queue.stream, headers: { ...head.headers } }),
        refused: reject,
      },
    );
    if (abortSignal !== undefined) hooks.listen(abortSignal, queue, converter);
    const stream = { coalesce, includeRaw: includeRawChunks };
    hooks.handle = prepared.transport.streamEvents(prepared.request, stream, converter);
  });
}

/** Ties a running call to its reader and its signal. */
class CallHooks implements QueueHooks {
  handle: StreamHandle | undefined;
  #stopListening: (() => void) | undefined;
  readonly onEnd = (): void => this.#stopListening?.();

  listen(signal: AbortSignal, queue: PartQueue, converter: StreamConverter): void {
    const abort = () => {
      const reason = abortReason(signal);
      this.handle?.cancel();
      queue.abort(reason);
      converter.refuse(reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    // Errors keep whole prompts alive, and signals may live for ever: the call must not stay with them.
    this.#stopListening = () => signal.removeEventListener('abort', abort);
  }

  consumed(): void {
    this.handle?.release();
  }

  cancelled(): void {
    this.onEnd();
    this.handle?.cancel();
  }
}

async function send(prepared: PreparedCall, signal: AbortSignal | undefined): Promise<TransportReply> {
  try {
    return await prepared.transport.request(prepared.request, signal);
  } catch (error) {
    if (signal?.aborted) throw abortReason(signal);
    throw error instanceof TransportError ? errorFromFailure(error.failure, prepared.context) : error;
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}
