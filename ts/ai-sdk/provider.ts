// The provider object: callable, V4, and nothing read from the environment before the first request.

import { NoSuchModelError, type ProviderV4 } from '@ai-sdk/provider';

import { AurikoEmbeddingModel } from './embedding-model.js';
import { AurikoChatLanguageModel } from './language-model.js';
import { type AurikoProviderSettings, modelConfig, sharedConfig } from './model-config.js';
import type { AurikoEmbeddingModelId, AurikoModelId } from './model-ids.js';
import { AurikoModels } from './models.js';
import { AurikoResponsesLanguageModel } from './responses/responses-model.js';

export type { AurikoProviderSettings } from './model-config.js';

/** The Auriko provider. Calling it is the same as `languageModel`. */
export interface AurikoProvider extends ProviderV4 {
  (modelId: AurikoModelId): AurikoChatLanguageModel;
  /** A chat model by id or alias, with an optional `:suffix` such as `gpt-4o:ttft`. */
  languageModel(modelId: AurikoModelId): AurikoChatLanguageModel;
  /** The same as `languageModel`. */
  chat(modelId: AurikoModelId): AurikoChatLanguageModel;
  /** A model of the Responses endpoint, by the same ids. */
  responses(modelId: AurikoModelId): AurikoResponsesLanguageModel;
  /** An embedding model. Whether there is one of this id is for the server to say, at the first call. */
  embeddingModel(modelId: AurikoEmbeddingModelId): AurikoEmbeddingModel;
  /** @deprecated The AI SDK's older name of `embeddingModel`. */
  textEmbeddingModel(modelId: AurikoEmbeddingModelId): AurikoEmbeddingModel;
  /** @throws NoSuchModelError: Auriko does not serve image models. */
  imageModel(modelId: string): never;
  /** The models that the key may call. */
  readonly models: AurikoModels;
  /** Which transport carries the calls, and why it is not the native one; known after the first call. */
  readonly transport: { readonly name: string; readonly reason?: string } | undefined;
}

/**
 * Makes a provider.
 *
 * @throws InvalidArgumentError when a setting is wrong; the message names it.
 */
export function createAuriko(settings: AurikoProviderSettings = {}): AurikoProvider {
  const shared = sharedConfig(settings);
  const chat = modelConfig(shared, 'chat');
  const responses = modelConfig(shared, 'responses');
  const embedding = modelConfig(shared, 'embedding');
  const languageModel = (modelId: AurikoModelId) => new AurikoChatLanguageModel(modelId, chat);
  const embeddingModel = (modelId: AurikoEmbeddingModelId) => new AurikoEmbeddingModel(modelId, embedding);
  const members: Omit<AurikoProvider, 'transport'> & ThisType<unknown> = Object.assign(
    (modelId: AurikoModelId) => languageModel(modelId),
    {
      specificationVersion: 'v4' as const,
      languageModel,
      chat: languageModel,
      responses: (modelId: AurikoModelId) => new AurikoResponsesLanguageModel(modelId, responses),
      embeddingModel,
      textEmbeddingModel: embeddingModel,
      imageModel(modelId: string): never {
        throw new NoSuchModelError({ modelId, modelType: 'imageModel' });
      },
      models: new AurikoModels(shared.session),
    },
  );
  // A getter, since the choice is made at the first call.
  return Object.defineProperty(members, 'transport', {
    get: () => shared.session.chosen,
    enumerable: true,
  }) as AurikoProvider;
}

/** The default provider: key from `AURIKO_API_KEY`, service from `AURIKO_BASE_URL`. */
export const auriko: AurikoProvider = createAuriko();
