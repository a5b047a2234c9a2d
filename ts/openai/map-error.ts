// Errors of any OpenAI client as errors of this package (errors.md §6.1), and tests that know both families. Errors are
// told by their shape as well as by their class: a program may hold a second copy of the `openai` package.

import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { isRecord } from '../errors/envelope.js';
import { errorFromAnyError } from '../errors/response-error.js';
import {
  AurikoAPIError,
  APIConnectionError as AurikoConnectionError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  errorFromReply,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from '../errors.js';
import { plainHeaders } from '../transport/fetch/failure.js';

/** What all errors of the OpenAI package have in common. */
interface OpenAIErrorShape extends Error {
  readonly status?: unknown;
  readonly headers?: unknown;
  readonly error?: unknown;
}

/**
 * The error of this package behind an error of an OpenAI client.
 *
 * An error of this package comes back as it is. So does what is no error of a call: an abort by the caller, a bug.
 * The error that was given is the `cause` of the one that is made.
 */
export function mapOpenAIError<E>(error: E): E | AurikoAPIError {
  if (AurikoAPIError.isInstance(error) || !(error instanceof Error)) return error;
  if (AurikoAPIError.isInstance(error.cause)) return error.cause;
  if (error instanceof APIUserAbortError || !isOpenAIError(error)) return error;
  return mapped(error) ?? error;
}

function mapped(error: OpenAIErrorShape): AurikoAPIError | undefined {
  const { status, error: inner } = error;
  const headers = headersOf(error.headers);
  if (typeof status === 'number') {
    const body =
      inner === undefined ? messageWithout(status, error.message) : JSON.stringify({ error: inner });
    return errorFromReply({ status, headers }, body, { url: '' }, error);
  }
  if (inner !== undefined) {
    const head = { status: 200, headers };
    const made = errorFromAnyError(inner, { url: '', head });
    Object.defineProperty(made, 'cause', { value: error, configurable: true, writable: true });
    return made;
  }
  return isConnectionError(error) ? connectionError(error) : undefined;
}

/** The OpenAI package says no more of a lost connection than that it was one. */
function connectionError(error: Error): AurikoAPIError {
  const isTimeout = error instanceof APIConnectionTimeoutError || /timed out/i.test(error.message);
  return new AurikoConnectionError({
    message: isTimeout
      ? 'Request timed out before a response was received.'
      : 'Unable to connect to Auriko. Check your network and retry.',
    type: 'api_error',
    code: 'api_connection_error',
    isRetryable: true,
    url: '',
    cause: error,
  });
}

function isOpenAIError(error: Error): error is OpenAIErrorShape {
  return error instanceof APIError || ('requestID' in error && 'status' in error && 'headers' in error);
}

function isConnectionError(error: Error): boolean {
  return error instanceof APIConnectionError || /^(connection error|request timed out)/i.test(error.message);
}

/** The reply's text, before which the OpenAI package writes the status. */
function messageWithout(status: number, message: string): string {
  const text = message.startsWith(`${status} `) ? message.slice(String(status).length + 1) : message;
  return text === 'status code (no body)' ? '' : text;
}

function headersOf(headers: unknown): Record<string, string> {
  if (headers instanceof Headers) return plainHeaders(headers);
  return isRecord(headers)
    ? Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
    : {};
}

type Guard = (error: unknown) => boolean;

/** A test by class, and by status for replies whose body says nothing. */
function isKind(isInstance: Guard, hasStatus: (status: number) => boolean): Guard {
  return (error) => {
    const known = mapOpenAIError(error);
    if (!AurikoAPIError.isInstance(known)) return false;
    return isInstance(known) || (known.statusCode !== undefined && hasStatus(known.statusCode));
  };
}

/** Whether the request is wrong: 400, 405, 413 or 422, of either family of errors. */
export const isBadRequest: Guard = isKind(BadRequestError.isInstance, (status) =>
  [400, 405, 413, 422].includes(status),
);

/** Whether the key is missing, wrong or expired: 401, of either family of errors. */
export const isAuthentication: Guard = isKind(AuthenticationError.isInstance, (status) => status === 401);

/** Whether the key may not do this: 403, of either family of errors. */
export const isPermissionDenied: Guard = isKind(PermissionDeniedError.isInstance, (status) => status === 403);

/** Whether there is no such model or resource: 404, of either family of errors. */
export const isNotFound: Guard = isKind(NotFoundError.isInstance, (status) => status === 404);

/** Whether the request contradicts the state of a resource: 409, of either family of errors. */
export const isConflict: Guard = isKind(ConflictError.isInstance, (status) => status === 409);

/** Whether there were too many requests, or a budget is used up: 429, of either family of errors. */
export const isRateLimit: Guard = isKind(RateLimitError.isInstance, (status) => status === 429);

/** Whether the server failed: 500 and above, of either family of errors. */
export const isServerError: Guard = isKind(InternalServerError.isInstance, (status) => status >= 500);

/** Whether the network failed, a stream was cut, or a time limit was exceeded, of either family of errors. */
export const isConnectionFailure: Guard = isKind(AurikoConnectionError.isInstance, () => false);

/** Whether the same request may succeed when it is sent again, by the code and not by the status. */
export function isRetryable(error: unknown): boolean {
  const known = mapOpenAIError(error);
  return AurikoAPIError.isInstance(known) && known.isRetryable;
}
