// The entry for `ai@6`: the same names as the main entry, with a provider of interface V3. One object can't serve both
// majors, since `ai@6` refuses V4 models; hence a path of its own.

export type { AurikoEmbeddingModelOptions } from './ai-sdk/embedding-options.js';
export type { AurikoEmbeddingModelId, AurikoModelId, AurikoRegisteredModels } from './ai-sdk/model-ids.js';
export type { AurikoModel, AurikoModelProvider, AurikoModels, ListModelsOptions } from './ai-sdk/models.js';
export type { AurikoProviderSettings } from './ai-sdk/provider.js';
export type { AurikoLanguageModelChatOptions } from './ai-sdk/provider-options.js';
export type { AurikoRequestMetadata, AurikoRoutingOptions } from './ai-sdk/routing-options.js';
export type { AurikoEmbeddingModelV3 as AurikoEmbeddingModel } from './ai-sdk/v3/embedding-model.js';
export type { AurikoLanguageModelV3 as AurikoChatLanguageModel } from './ai-sdk/v3/language-model.js';
export type { AurikoProviderV3 as AurikoProvider } from './ai-sdk/v3/provider.js';
export { aurikoV3 as auriko, createAurikoV3 as createAuriko } from './ai-sdk/v3/provider.js';
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
