// One hierarchy of errors for the provider and the SDK. Every class is an `APICallError`, because `ai` retries
// nothing else. `Symbol.for` markers make `isInstance` hold across two copies of the package.
// They are built by build.ts only.

import { APICallError } from '@ai-sdk/provider';

import type { AurikoErrorType } from '../error-codes.js';
import { lazyJson } from './request-summary.js';

/** What an error class is made from. */
export interface AurikoErrorFields {
  readonly message: string;
  /** One of the six wire types; made-up replies count as `api_error`. */
  readonly type: AurikoErrorType;
  /** Stable machine word: a wire code, or one of the client's own. */
  readonly code: string;
  readonly isRetryable: boolean;
  /** Without its query. */
  readonly url: string;
  /** The request body as JSON text, payloads taken out; parsed when `requestBodyValues` is first read. */
  readonly requestBody?: string | undefined;
  readonly statusCode?: number | undefined;
  readonly responseHeaders?: Record<string, string> | undefined;
  readonly responseBody?: string | undefined;
  readonly body?: unknown;
  readonly data?: unknown;
  readonly param?: string | undefined;
  readonly provider?: string | undefined;
  readonly docUrl?: string | undefined;
  readonly suggestion?: string | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

function markerOf(name: string): symbol {
  return Symbol.for(`auriko.error.${name}`);
}

function mark(prototype: object, name: string): void {
  Object.defineProperty(prototype, markerOf(name), { value: true });
  Object.defineProperty(prototype, 'className', { value: name });
}

function isMarked(error: unknown, name: string): boolean {
  return typeof error === 'object' && error !== null && Reflect.get(error, markerOf(name)) === true;
}

/**
 * Root of all errors that a call to Auriko can end with.
 *
 * Errors made before a request (a missing key, a bad option) are `LoadAPIKeyError` and `InvalidArgumentError` of
 * `@ai-sdk/provider`; an abort ends with the signal's own reason.
 */
export class AurikoAPIError extends APICallError {
  /** One of the six wire types. */
  readonly type: AurikoErrorType;
  /** Stable machine word, such as `rate_limit_exceeded` or `first_byte_timeout`. */
  readonly code: string;
  /** Request field at fault; absent when there is none. */
  readonly param: string | undefined;
  /** Upstream provider that failed; absent when none did. */
  readonly provider: string | undefined;
  /** Page that explains the code. */
  readonly docUrl: string | undefined;
  /** What to do about it. */
  readonly suggestion: string | undefined;
  /** `x-request-id` of the reply. */
  readonly requestId: string | undefined;
  /** How long the server asks to wait, milliseconds; absent when it does not. */
  readonly retryAfterMs: number | undefined;
  /** How long the server asks to wait, seconds; absent when it does not. */
  readonly retryAfterSeconds: number | undefined;
  /** The reply's parsed JSON, or its text cut to 4096 characters, or null when it was empty. */
  readonly body: unknown;

  static {
    mark(AurikoAPIError.prototype, 'AurikoAPIError');
  }

  constructor(fields: AurikoErrorFields) {
    super({
      message: fields.message,
      url: fields.url,
      requestBodyValues: undefined,
      isRetryable: fields.isRetryable,
      cause: fields.cause,
      data: fields.data,
      ...(fields.statusCode === undefined ? {} : { statusCode: fields.statusCode }),
      ...(fields.responseHeaders === undefined ? {} : { responseHeaders: fields.responseHeaders }),
      ...(fields.responseBody === undefined ? {} : { responseBody: fields.responseBody }),
    });
    // The name of the class that is being built; static `name` would not survive minification.
    this.name = String(Reflect.get(new.target.prototype, 'className'));
    this.type = fields.type;
    this.code = fields.code;
    this.param = fields.param;
    this.provider = fields.provider;
    this.docUrl = fields.docUrl;
    this.suggestion = fields.suggestion;
    this.requestId = fields.requestId;
    this.retryAfterMs = fields.retryAfterMs;
    this.retryAfterSeconds = fields.retryAfterMs === undefined ? undefined : fields.retryAfterMs / 1000;
    this.body = fields.body ?? null;
    if (fields.requestBody !== undefined) {
      Object.defineProperty(this, 'requestBodyValues', lazyJson('requestBodyValues', fields.requestBody));
    }
  }

  /** Whether `error` is of this class, also when another copy of the package made it. */
  static override isInstance(error: unknown): error is AurikoAPIError {
    return isMarked(error, 'AurikoAPIError');
  }
}

/** The network failed: no reply, a reply that broke off, or one of our time limits. */
export class APIConnectionError extends AurikoAPIError {
  static {
    mark(APIConnectionError.prototype, 'APIConnectionError');
  }
  /** Whether `error` is of this class, also when another copy of the package made it. */
  static override isInstance(error: unknown): error is APIConnectionError {
    return isMarked(error, 'APIConnectionError');
  }
}

/** The server answered, and the answer is an error or makes no sense. */
export class APIStatusError extends AurikoAPIError {
  static {
    mark(APIStatusError.prototype, 'APIStatusError');
  }
  /** Whether `error` is of this class, also when another copy of the package made it. */
  static override isInstance(error: unknown): error is APIStatusError {
    return isMarked(error, 'APIStatusError');
  }
}

/** The request is wrong: 400, 405, 413, 422. `param` names the field where known. */
export class BadRequestError extends APIStatusError {
  static {
    mark(BadRequestError.prototype, 'BadRequestError');
  }
  /** Whether `error` is of this class, also when another copy of the package made it. */
  static override isInstance(error: unknown): error is BadRequestError {
    return isMarked(error, 'BadRequestError');
  }
}

/** The API key is missing, wrong or expired: 401. */
export class AuthenticationError extends APIStatusError {
  static {
    mark(AuthenticationError.prototype, 'AuthenticationError');
  }
  /** Whether `error` is of this class, also when another copy of the package made it. */
  static override isInstance(error: unknown): error is AuthenticationError {
    return isMarked(error, 'AuthenticationError');
  }
}

/** The key may not do this: 403. */
export class PermissionDeniedError extends APIStatusError {
  static {
    mark(PermissionDeniedError.prototype, 'PermissionDeniedError');
  }
  /** Whether `error` is of this class, also when another copy of the package made it. */
  static override isInstance(error: unknown): error is PermissionDeniedError {
    return isMarked(error, 'PermissionDeniedError');
  }
}

/** No such model or resource: 404. */
export class NotFoundError extends APIStatusError {
  static {
    mark(NotFoundError.prototype, 'NotFoundError');
  }
  /** Whether `error` is of this class, also when another copy of the package made it. */
  static override isInstance(error: unknown): error is NotFoundError {
    return isMarked(error, 'NotFoundError');
  }
}

/** The request contradicts the state of a resource: 409. */
export class ConflictError extends APIStatusError {
  static {
    mark(ConflictError.prototype, 'ConflictError');
  }
  /** Whether `error` is of this class, also when another copy of the package made it. */
  static override isInstance(error: unknown): error is ConflictError {
    return isMarked(error, 'ConflictError');
  }
}

/** Too many requests, or a budget or quota is used up: 429. Only the first kind is retryable; see `code`. */
export class RateLimitError extends APIStatusError {
  static {
    mark(RateLimitError.prototype, 'RateLimitError');
  }
  /** Whether `error` is of this class, also when another copy of the package made it. */
  static override isInstance(error: unknown): error is RateLimitError {
    return isMarked(error, 'RateLimitError');
  }
}

/** The server failed: 500. */
export class InternalServerError extends APIStatusError {
  static {
    mark(InternalServerError.prototype, 'InternalServerError');
  }
  /** Whether `error` is of this class, also when another copy of the package made it. */
  static override isInstance(error: unknown): error is InternalServerError {
    return isMarked(error, 'InternalServerError');
  }
}
