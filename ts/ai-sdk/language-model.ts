// A chat model for `ai`: `doGenerate` and `doStream` over any transport.

import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';

import type { PreparedCall } from '../session.js';
import { convertResponse } from './convert-response.js';
import { type ModelConfig, modelConfig, sharedConfig } from './model-config.js';
import type { AurikoModelId } from './model-ids.js';
import { openStream } from './open-stream.js';
import { callUnderOwnName, errorUnder, metadataUnder, OWN_NAME, partUnder } from './provider-name.js';
import { type ConvertedCall, convertCall } from './request-body.js';
import { send, sentRequest, throwIfAborted } from './send.js';
import {
  deserializeSettings,
  type SerializedModel,
  serializeModel,
  WORKFLOW_DESERIALIZE,
  WORKFLOW_SERIALIZE,
} from './serialize-model.js';
import { isSchemaRefused, withoutSchema } from './structured-output.js';

export type { ModelConfig } from './model-config.js';

const PATH = '/chat/completions';

/** A chat-completions model. */
export class AurikoChatLanguageModel implements LanguageModelV4 {
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
  static [WORKFLOW_SERIALIZE](model: AurikoChatLanguageModel): SerializedModel {
    return serializeModel(model.modelId, model.#config.settings);
  }

  /** The model again, with a session of its own. */
  static [WORKFLOW_DESERIALIZE](data: SerializedModel): AurikoChatLanguageModel {
    const config = modelConfig(sharedConfig(deserializeSettings(data)), 'chat');
    return new AurikoChatLanguageModel(data.modelId, config);
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    return this.#run(options, false, async (call, prepared) => {
      const reply = await send(prepared, options.abortSignal);
      const result = convertResponse(reply, prepared.context, call.options.wantsLogprobs);
      const providerMetadata = metadataUnder(result.providerMetadata, this.#name);
      return {
        ...result,
        content: result.content.map((part) => partUnder(part, this.#name)),
        warnings: [...call.warnings, ...result.warnings],
        ...(providerMetadata === undefined ? {} : { providerMetadata }),
        request: sentRequest(prepared),
      };
    });
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    return this.#run(options, true, async (call, prepared) => {
      const settings = {
        name: this.#name,
        coalesce: this.#config.session.connection.coalesce,
        abandonedAfterMs: call.options.abandonedAfterMs ?? this.#config.abandonedAfterMs ?? 60_000,
      };
      const { stream, headers } = await openStream(prepared, call, settings, options);
      return {
        stream,
        request: sentRequest(prepared),
        response: { headers },
      };
    });
  }

  /** Converts and sends; once more without the schema where that is wanted and the reason of the failure. */
  async #run<Result>(
    options: LanguageModelV4CallOptions,
    isStream: boolean,
    use: (call: ConvertedCall, prepared: PreparedCall) => Promise<Result>,
  ): Promise<Result> {
    throwIfAborted(options.abortSignal);
    const call = this.#convert(options, isStream);
    const schemas = call.options.structuredOutputs ?? this.#config.structuredOutputs ?? true;
    const plainer = schemas === true ? undefined : withoutSchema(call);
    const first = schemas === false ? (plainer ?? call) : call;
    try {
      return await use(first, await this.#prepare(first, options));
    } catch (error) {
      if (plainer === undefined || first === plainer || !isSchemaRefused(error)) throw error;
      return await use(plainer, await this.#prepare(plainer, options));
    }
  }

  #convert(options: LanguageModelV4CallOptions, isStream: boolean): ConvertedCall {
    try {
      const call = callUnderOwnName(options, this.#name);
      return convertCall(this.modelId, call, this.#config.defaults, isStream);
    } catch (error) {
      throw errorUnder(error, this.#name);
    }
  }

  async #prepare(call: ConvertedCall, options: LanguageModelV4CallOptions): Promise<PreparedCall> {
    const prepared = await this.#config.session.prepare({
      method: 'POST',
      path: PATH,
      body: call.payloads.body(call.body),
      headers: options.headers,
      timeout: call.options.timeout,
      isReasoning: call.isReasoning,
    });
    throwIfAborted(options.abortSignal);
    return prepared;
  }
}
