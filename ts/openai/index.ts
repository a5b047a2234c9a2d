// The bridge to the `openai` package, which must be installed (5.23 to 7). It loads neither the addon nor anything of
// Node, so it runs wherever that package does.

export type { GatewayOptions, RoutingMetadata, RoutingOptions } from '../client/types.js';
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
} from '../errors.js';
export { AurikoOpenAI, type AurikoOpenAIOptions, type ResponseInfo } from './client.js';
export type { AurikoErrorDetails } from './client-errors.js';
export type { AurikoRequestFields, AurikoResponseFields, AurikoStreamFields, StreamUsage } from './fields.js';
export {
  isAuthentication,
  isBadRequest,
  isConflict,
  isConnectionFailure,
  isNotFound,
  isPermissionDenied,
  isRateLimit,
  isRetryable,
  isServerError,
  mapOpenAIError,
} from './map-error.js';
export {
  type AurikoClientOptions,
  type AurikoOpenAISettings,
  aurikoOpenAI,
  type HeadersInput,
} from './options.js';
export { getRouting, parseRoutingMetadata } from './routing.js';
export { AurikoStream } from './stream.js';
