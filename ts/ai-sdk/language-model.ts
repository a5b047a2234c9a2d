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
import { PartQueue } from './part-queue.js';
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
    const head = await new Promise<OpenStream>((resolve, reject) => {
      openStream(prepared, call, this.#config.session.connection.coalesce, options, resolve, reject);
    });
    return {
      stream: head.stream,
      request: { url: prepared.request.url, body: prepared.request.body },
      response: { headers: head.headers },
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

/** `resolve` is called at the first data event; until then a failure is one of the call. */
function openStream(
  prepared: PreparedCall,
  call: ConvertedCall,
  coalesce: Session['connection']['coalesce'],
  { abortSignal, includeRawChunks = false }: LanguageModelV4CallOptions,
  resolve: (open: OpenStream) => void,
  reject: (error: unknown) => void,
): void {
  const stopListening = () => abortSignal?.removeEventListener('abort', abort);
  const queue = new PartQueue(coalesce !== 'off' && !includeRawChunks, {
    consumed: () => handle.release(),
    cancelled: () => {
      stopListening();
      handle.cancel();
    },
  });
  const converter = new StreamConverter(
    queue,
    {
      context: prepared.context,
      warnings: call.warnings,
      wantsLogprobs: call.options.wantsLogprobs,
      onEnd: stopListening,
    },
    {
      accepted: (head) => resolve({ stream: queue.stream, headers: { ...head.headers } }),
      refused: reject,
    },
  );
  const abort = () => {
    stopListening();
    handle.cancel();
    // The signal is there: it is what called.
    const reason = abortReason(abortSignal as AbortSignal);
    queue.abort(reason);
    reject(reason);
  };
  abortSignal?.addEventListener('abort', abort, { once: true });
  const handle: StreamHandle = prepared.transport.streamEvents(
    prepared.request,
    { coalesce: includeRawChunks ? 'off' : coalesce, includeRaw: includeRawChunks },
    converter,
  );
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
