// The package's main entry: the AI SDK provider.

export type { AurikoEmbeddingModel } from './ai-sdk/embedding-model.js';
export type { AurikoEmbeddingModelOptions } from './ai-sdk/embedding-options.js';
export type { AurikoChatLanguageModel } from './ai-sdk/language-model.js';
export type { AurikoEmbeddingModelId, AurikoModelId, AurikoRegisteredModels } from './ai-sdk/model-ids.js';
export type { AurikoModel, AurikoModelProvider, AurikoModels, ListModelsOptions } from './ai-sdk/models.js';
export type { AurikoProvider, AurikoProviderSettings } from './ai-sdk/provider.js';
export { auriko, createAuriko } from './ai-sdk/provider.js';
export type { AurikoLanguageModelChatOptions } from './ai-sdk/provider-options.js';
export type { AurikoLanguageModelResponsesOptions } from './ai-sdk/responses/options.js';
export type { AurikoResponsesLanguageModel } from './ai-sdk/responses/responses-model.js';
export type { AurikoRequestMetadata, AurikoRoutingOptions } from './ai-sdk/routing-options.js';
export type { AurikoErrorCode, AurikoErrorType } from './error-codes.js';
export {
  APIConnectionError,
  APIStatusError,
  AurikoAPIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from './errors.js';
export type { ConnectionSettings, TimeoutSettings } from './options.js';
export type { Coalesce, Transport } from './transport.js';
export { VERSION } from './version.js';
