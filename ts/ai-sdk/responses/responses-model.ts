// A model of the Responses endpoint for `ai`: `doGenerate` and `doStream` over any transport.

import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';

import type { PreparedCall } from '../../session.js';
import { type ModelConfig, modelConfig, sharedConfig } from '../model-config.js';
import type { AurikoModelId } from '../model-ids.js';
import { startStream } from '../open-stream.js';
import { callUnderOwnName, errorUnder, metadataUnder, OWN_NAME, partUnder } from '../provider-name.js';
import { send, sentRequest, throwIfAborted } from '../send.js';
import {
  deserializeSettings,
  type SerializedModel,
  serializeModel,
  WORKFLOW_DESERIALIZE,
  WORKFLOW_SERIALIZE,
} from '../serialize-model.js';
import { convertResponsesReply } from './convert-response.js';
import { ResponsesStreamConverter } from './convert-stream.js';
import { convertResponsesCall, type ResponsesCall } from './request-body.js';

const PATH = '/responses';

/** A model of the Responses endpoint. */
export class AurikoResponsesLanguageModel implements LanguageModelV4 {
  readonly specificationVersion = 'v4';
  readonly provider: string;
  /** Providers fetch images themselves, so `ai` need not download them first. */
  readonly supportedUrls: Record<string, RegExp[]> = { 'image/*': [/^https?:\/\/.*$/] };
  readonly #config: ModelConfig;
  readonly #name: string;

  constructor(
    readonly modelId: AurikoModelId,
    config: ModelConfig,
  ) {
    this.provider = config.provider;
    this.#config = config;
    this.#name = config.name ?? OWN_NAME;
  }

  /** Plain JSON for a step of Workflow. @throws UnsupportedFunctionalityError when the provider has a transport object */
  static [WORKFLOW_SERIALIZE](model: AurikoResponsesLanguageModel): SerializedModel {
    return serializeModel(model.modelId, model.#config.settings);
  }

  /** The model again, with a session of its own. */
  static [WORKFLOW_DESERIALIZE](data: SerializedModel): AurikoResponsesLanguageModel {
    const config = modelConfig(sharedConfig(deserializeSettings(data)), 'responses');
    return new AurikoResponsesLanguageModel(data.modelId, config);
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { call, prepared } = await this.#prepare(options, false);
    const { context } = prepared;
    const reply = await send(prepared, options.abortSignal);
    const result = convertResponsesReply(reply, context, call.hosted, call.options.wantsLogprobs);
    const providerMetadata = metadataUnder(result.providerMetadata, this.#name);
    return {
      ...result,
      content: result.content.map((part) => partUnder(part, this.#name)),
      warnings: [...call.warnings, ...result.warnings],
      ...(providerMetadata === undefined ? {} : { providerMetadata }),
      request: sentRequest(prepared),
    };
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const { call, prepared } = await this.#prepare(options, true);
    const { transport, request, context } = prepared;
    const { warnings, hosted } = call;
    const { wantsLogprobs, abandonedAfterMs } = call.options;
    const settings = {
      name: this.#name,
      coalesce: this.#config.session.connection.coalesce,
      abandonedAfterMs: abandonedAfterMs ?? this.#config.abandonedAfterMs ?? 60_000,
    };
    const includeRaw = options.includeRawChunks ?? false;
    const { stream, headers } = await startStream(
      settings,
      options,
      (queue, { onEnd, onLastEvent }, listener) => {
        const facts = { context, warnings, hosted, wantsLogprobs, includeRaw, onEnd, onLastEvent };
        return new ResponsesStreamConverter(queue, facts, listener);
      },
      (delivery, converter) => transport.streamChunks(request, delivery, converter),
    );
    return { stream, request: sentRequest(prepared), response: { headers } };
  }

  async #prepare(
    options: LanguageModelV4CallOptions,
    isStream: boolean,
  ): Promise<{ readonly call: ResponsesCall; readonly prepared: PreparedCall }> {
    throwIfAborted(options.abortSignal);
    const call = this.#convert(options, isStream);
    const prepared = await this.#config.session.prepare({
      method: 'POST',
      path: PATH,
      body: call.payloads.body(call.body),
      headers: options.headers,
      timeout: call.options.timeout,
      isReasoning: call.isReasoning,
    });
    throwIfAborted(options.abortSignal);
    return { call, prepared };
  }

  #convert(options: LanguageModelV4CallOptions, isStream: boolean): ResponsesCall {
    try {
      const call = callUnderOwnName(options, this.#name);
      return convertResponsesCall(this.modelId, call, this.#config.defaults, isStream);
    } catch (error) {
      throw errorUnder(error, this.#name);
    }
  }
}
