// The provider object for `ai@6`: callable, V3, over the same session and models as the V4 one.

import type { AurikoEmbeddingModelId, AurikoModelId } from '../model-ids.js';
import { type AurikoProvider, type AurikoProviderSettings, createAuriko } from '../provider.js';
import { AurikoEmbeddingModelV3 } from './embedding-model.js';
import { AurikoLanguageModelV3 } from './language-model.js';

/** The Auriko provider for `ai@6`. Calling it is the same as `languageModel`. */
export interface AurikoProviderV3 {
  (modelId: AurikoModelId): AurikoLanguageModelV3;
  readonly specificationVersion: 'v3';
  /** A chat model by id or alias, with an optional `:suffix` such as `gpt-4o:ttft`. */
  languageModel(modelId: AurikoModelId): AurikoLanguageModelV3;
  /** The same as `languageModel`. */
  chat(modelId: AurikoModelId): AurikoLanguageModelV3;
  /** A model of the Responses endpoint, by the same ids. */
  responses(modelId: AurikoModelId): AurikoLanguageModelV3;
  /** An embedding model. Whether there is one of this id is for the server to say, at the first call. */
  embeddingModel(modelId: AurikoEmbeddingModelId): AurikoEmbeddingModelV3;
  /** @deprecated The AI SDK's older name of `embeddingModel`. */
  textEmbeddingModel(modelId: AurikoEmbeddingModelId): AurikoEmbeddingModelV3;
  /** @throws NoSuchModelError: Auriko does not serve image models. */
  imageModel(modelId: string): never;
  /** The models that the key may call. */
  readonly models: AurikoProvider['models'];
  /** Which transport carries the calls, and why it is not the native one; known after the first call. */
  readonly transport: AurikoProvider['transport'];
}

/**
 * Makes a provider for `ai@6`.
 *
 * @throws InvalidArgumentError when a setting is wrong; the message names it.
 */
export function createAurikoV3(settings: AurikoProviderSettings = {}): AurikoProviderV3 {
  const provider = createAuriko(settings);
  const languageModel = (modelId: AurikoModelId) =>
    new AurikoLanguageModelV3(provider.languageModel(modelId));
  const embeddingModel = (modelId: AurikoEmbeddingModelId) =>
    new AurikoEmbeddingModelV3(provider.embeddingModel(modelId));
  const members: Omit<AurikoProviderV3, 'transport'> & ThisType<unknown> = Object.assign(
    (modelId: AurikoModelId) => languageModel(modelId),
    {
      specificationVersion: 'v3' as const,
      languageModel,
      chat: languageModel,
      responses: (modelId: AurikoModelId) => new AurikoLanguageModelV3(provider.responses(modelId)),
      embeddingModel,
      textEmbeddingModel: embeddingModel,
      imageModel: provider.imageModel,
      models: provider.models,
    },
  );
  // A getter, since the choice is made at the first call; the cast tells the compiler of it.
  return Object.defineProperty(members, 'transport', {
    get: () => provider.transport,
    enumerable: true,
  }) as AurikoProviderV3;
}

/** The default provider: key from `AURIKO_API_KEY`, service from `AURIKO_BASE_URL`. */
export const aurikoV3: AurikoProviderV3 = createAurikoV3();
