// The SDK for Node back ends: typed calls without the AI SDK.

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
export type { RequestOptions } from './chat.js';
export type { AurikoOptions } from './client.js';
export { Auriko, Auriko as Client } from './client.js';
export { CompletionStream } from './completion-stream.js';
export { ResponseHeaders } from './response-headers.js';
export type * from './types.js';
