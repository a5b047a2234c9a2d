// The provider object: callable, V4, and nothing read from the environment before the first request.

import { NoSuchModelError, type ProviderV4 } from '@ai-sdk/provider';

import { type ConnectionSettings, resolveConnection } from '../options.js';
import { Session } from '../session.js';
import { AurikoChatLanguageModel, type ModelConfig } from './language-model.js';
import {
  type AurikoRequestMetadata,
  type AurikoRoutingOptions,
  checkMetadata,
  checkRouting,
} from './routing-options.js';

/** Settings of {@link createAuriko}. */
export interface AurikoProviderSettings extends ConnectionSettings {
  /** First part of the models' `provider`, as in `auriko.chat`. @default 'auriko' */
  readonly name?: string;
  /** Routing for every call; a call's own `providerOptions.auriko.routing` wins field by field. */
  readonly routing?: AurikoRoutingOptions;
  /** Labels for every call; a call's own win field by field. */
  readonly metadata?: AurikoRequestMetadata;
}

/** The Auriko provider. Calling it is the same as `languageModel`. */
export interface AurikoProvider extends ProviderV4 {
  (modelId: string): AurikoChatLanguageModel;
  /** A chat model by id or alias, with an optional `:suffix` such as `gpt-4o:ttft`. */
  languageModel(modelId: string): AurikoChatLanguageModel;
  /** The same as `languageModel`. */
  chat(modelId: string): AurikoChatLanguageModel;
  /** @deprecated The AI SDK's older name of `embeddingModel`. */
  textEmbeddingModel(modelId: string): never;
  /** @throws NoSuchModelError: Auriko does not serve embeddings yet. */
  embeddingModel(modelId: string): never;
  /** @throws NoSuchModelError: Auriko does not serve image models. */
  imageModel(modelId: string): never;
  /** Which transport carries the calls, and why it is not the native one; known after the first call. */
  readonly transport: { readonly name: string; readonly reason?: string } | undefined;
}

/**
 * Makes a provider.
 *
 * @throws InvalidArgumentError when a setting is wrong; the message names it.
 */
export function createAuriko(settings: AurikoProviderSettings = {}): AurikoProvider {
  const { name = 'auriko', routing, metadata, ...connectionSettings } = settings;
  const session = new Session(resolveConnection(connectionSettings, { maxRetries: 0 }), 'auriko-ai-sdk');
  const config: ModelConfig = {
    provider: `${name}.chat`,
    session,
    defaults: {
      routing: routing === undefined ? undefined : checkRouting(routing, 'routing'),
      metadata: metadata === undefined ? undefined : checkMetadata(metadata, 'metadata'),
    },
  };
  const languageModel = (modelId: string) => new AurikoChatLanguageModel(modelId, config);
  const none = (modelType: 'embeddingModel' | 'imageModel') => (modelId: string) => {
    throw new NoSuchModelError({ modelId, modelType });
  };
  const embeddingModel = none('embeddingModel');
  const members: Omit<AurikoProvider, 'transport'> & ThisType<unknown> = Object.assign(
    (modelId: string) => languageModel(modelId),
    {
      specificationVersion: 'v4' as const,
      languageModel,
      chat: languageModel,
      embeddingModel,
      textEmbeddingModel: embeddingModel,
      imageModel: none('imageModel'),
    },
  );
  // A getter, since the choice is made at the first call.
  return Object.defineProperty(members, 'transport', {
    get: () => session.chosen,
    enumerable: true,
  }) as AurikoProvider;
}

/** The default provider: key from `AURIKO_API_KEY`, service from `AURIKO_BASE_URL`. */
export const auriko: AurikoProvider = createAuriko();
