// An embedding model for `ai`, over the embeddings request that everybody copies from OpenAI. Auriko's own wire calls it
// planned: whether a model can do it is for the server to say.

import {
  type EmbeddingModelV4,
  type EmbeddingModelV4CallOptions,
  type EmbeddingModelV4Result,
  TooManyEmbeddingValuesForCallError,
} from '@ai-sdk/provider';

import { isRecord } from '../errors/envelope.js';
import { type CheckedEmbeddingOptions, checkEmbeddingOptions } from './embedding-options.js';
import { readVectors } from './embedding-vectors.js';
import { gatewayWarnings, replyMetadata } from './metadata.js';
import { type ModelConfig, modelConfig, sharedConfig } from './model-config.js';
import { errorUnder, metadataUnder, OWN_NAME, optionsUnderOwnName } from './provider-name.js';
import { mergeExtraBody, mergeGateway } from './request-body.js';
import { replyObject, send, throwIfAborted } from './send.js';
import {
  deserializeSettings,
  type SerializedModel,
  serializeModel,
  WORKFLOW_DESERIALIZE,
  WORKFLOW_SERIALIZE,
} from './serialize-model.js';

const PATH = '/embeddings';

/** An embedding model. */
export class AurikoEmbeddingModel implements EmbeddingModelV4 {
  readonly specificationVersion = 'v4';
  readonly provider: string;
  /** The limit on `input` in OpenAI's API reference, which the servers behind this API share. */
  readonly maxEmbeddingsPerCall = 2048;
  readonly supportsParallelCalls = true;
  readonly #config: ModelConfig;
  readonly #name: string;

  constructor(
    readonly modelId: string,
    config: ModelConfig,
  ) {
    this.provider = config.provider;
    this.#config = config;
    this.#name = config.name ?? OWN_NAME;
  }

  /** Plain JSON for a step of Workflow. @throws UnsupportedFunctionalityError when the provider has a transport object */
  static [WORKFLOW_SERIALIZE](model: AurikoEmbeddingModel): SerializedModel {
    return serializeModel(model.modelId, model.#config.settings);
  }

  /** The model again, with a session of its own. */
  static [WORKFLOW_DESERIALIZE](data: SerializedModel): AurikoEmbeddingModel {
    const config = modelConfig(sharedConfig(deserializeSettings(data)), 'embedding');
    return new AurikoEmbeddingModel(data.modelId, config);
  }

  /** The body of the reply is not part of the result: it is the vectors once more. */
  async doEmbed(options: EmbeddingModelV4CallOptions): Promise<EmbeddingModelV4Result> {
    const { values, abortSignal, headers } = options;
    throwIfAborted(abortSignal);
    if (values.length > this.maxEmbeddingsPerCall) {
      throw new TooManyEmbeddingValuesForCallError({
        provider: this.provider,
        modelId: this.modelId,
        maxEmbeddingsPerCall: this.maxEmbeddingsPerCall,
        values,
      });
    }
    const checked = this.#check(options);
    const prepared = await this.#config.session.prepare({
      method: 'POST',
      path: PATH,
      body: JSON.stringify(this.#body(options, checked)),
      headers,
      timeout: checked.timeout,
    });
    throwIfAborted(abortSignal);
    const reply = await send(prepared, abortSignal);
    const body = replyObject(reply, prepared);
    const tokens = tokensOf(body['usage']);
    const routing = body['routing_metadata'];
    const metadata = replyMetadata({ head: reply, routing: isRecord(routing) ? routing : undefined });
    const providerMetadata = metadataUnder(metadata, this.#name);
    return {
      embeddings: readVectors(body['data'], values.length),
      ...(tokens === undefined ? {} : { usage: { tokens } }),
      ...(providerMetadata === undefined ? {} : { providerMetadata }),
      response: { headers: { ...reply.headers } },
      warnings: gatewayWarnings(routing),
    };
  }

  #check({ providerOptions }: EmbeddingModelV4CallOptions): CheckedEmbeddingOptions {
    try {
      return checkEmbeddingOptions(optionsUnderOwnName(providerOptions, this.#name)?.[OWN_NAME]);
    } catch (error) {
      throw errorUnder(error, this.#name);
    }
  }

  #body(
    { values, dimensions }: EmbeddingModelV4CallOptions,
    options: CheckedEmbeddingOptions,
  ): Record<string, unknown> {
    const { routing, metadata } = options;
    const gateway = mergeGateway(this.#config.defaults, {
      ...(routing === undefined ? {} : { routing }),
      ...(metadata === undefined ? {} : { metadata }),
    });
    const settings: [string, unknown][] = [
      ['model', this.modelId],
      ['input', values],
      ['encoding_format', 'base64'],
      ['dimensions', dimensions ?? options.dimensions],
      ['user', options.user],
      ['gateway', Object.keys(gateway).length === 0 ? undefined : gateway],
    ];
    const body = Object.fromEntries(settings.filter(([, value]) => value !== undefined));
    mergeExtraBody(body, options.extraBody);
    return body;
  }
}

function tokensOf(usage: unknown): number | undefined {
  if (!isRecord(usage)) return undefined;
  const tokens = usage['prompt_tokens'] ?? usage['total_tokens'];
  return typeof tokens === 'number' ? tokens : undefined;
}
