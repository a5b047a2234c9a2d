// The errors of the provider and the SDK: one hierarchy, and the only functions that build its members.

export { abortReason } from './errors/abort.js';
export type { ErrorContext } from './errors/build.js';
export {
  errorFromFailure,
  errorFromReply,
  errorFromStreamError,
  invalidResponse,
  malformedChunk,
  providerEndedWithError,
  streamAbandoned,
  streamInterrupted,
  unnamedToolCall,
} from './errors/build.js';
export type { AurikoErrorFields } from './errors/classes.js';
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
} from './errors/classes.js';
