// The errors that `AurikoOpenAI` throws: the OpenAI package's own classes, so that `instanceof` keeps working, with
// what Auriko says beside the message, and one of our errors as the cause.

import { APIConnectionError, APIConnectionTimeoutError, APIError } from 'openai';
import { isRecord } from '../errors/envelope.js';
import { errorFromAnyError } from '../errors/response-error.js';
import {
  type AurikoAPIError,
  type ErrorContext,
  errorFromFailure,
  errorFromReply,
  errorFromStreamError,
  malformedChunk,
} from '../errors.js';
import type { TransportFailure } from '../events.js';
import { plainHeaders } from '../transport/fetch/failure.js';

/** What Auriko adds to the errors of the OpenAI package. */
export interface AurikoErrorDetails {
  /** Upstream provider that failed; absent when none did. */
  readonly provider?: string | undefined;
  /** What to do about it. */
  readonly suggestion?: string | undefined;
  /** Page that explains the code. */
  readonly docUrl?: string | undefined;
  /** How long the server asks to wait, milliseconds; absent when it does not. */
  readonly retryAfterMs?: number | undefined;
  /** Whether the same request may succeed when it is sent again. */
  readonly isRetryable?: boolean | undefined;
}

/** Makes the OpenAI package's error for a status. */
export type MakeStatusError = (
  status: number,
  body: object | undefined,
  message: string | undefined,
  headers: Headers,
) => APIError;

/** The error of a reply with an error status. `body` is its parsed JSON, `text` the reply when it is not JSON. */
export function statusError(
  status: number,
  body: unknown,
  text: string | undefined,
  headers: Headers,
  context: ErrorContext,
  make: MakeStatusError,
): APIError {
  const raw = body === undefined ? (text ?? '') : JSON.stringify(body);
  const cause = errorFromReply({ status, headers: plainHeaders(headers) }, raw, context);
  // The key must not get into the error, be it that a proxy echoes the request.
  const { body: cleanBody, responseBody } = cause;
  return withDetails(
    isRecord(cleanBody)
      ? make(status, cleanBody, undefined, headers)
      : make(status, undefined, responseBody ?? '', headers),
    cause,
  );
}

/** The error that a server reported inside a stream: of the class of the code's status, if it has one. */
export function reportedError(
  wireError: unknown,
  isFlat: boolean,
  headers: Headers,
  context: ErrorContext,
  make: MakeStatusError,
): APIError {
  const cause = (isFlat ? errorFromAnyError : errorFromStreamError)(wireError, context);
  const { data, statusCode } = cause;
  const inner = isRecord(data) ? data : { message: cause.message, code: cause.code, type: cause.type };
  const error =
    statusCode === undefined
      ? new APIError(undefined, inner, undefined, headers)
      : make(statusCode, { error: inner }, undefined, headers);
  return withDetails(error, cause);
}

/** The error of a stream that could not go on. */
export function brokenStream(failure: TransportFailure, context: ErrorContext): APIError {
  const cause = errorFromFailure(failure, context);
  const { message } = cause;
  if (failure.kind === 'timeout') return withDetails(new APIConnectionTimeoutError({ message }), cause);
  if (failure.kind === 'interrupted') return withDetails(new APIConnectionError({ message }), cause);
  return withDetails(new APIError(undefined, undefined, message, undefined), cause);
}

/** The error of an event that is no JSON. `detail` holds no content. */
export function unreadableEvent(detail: string, headers: Headers, context: ErrorContext): APIError {
  const cause = malformedChunk(detail, context);
  return withDetails(new APIError(undefined, undefined, cause.message, headers), cause);
}

function withDetails<E extends APIError>(error: E, cause: AurikoAPIError): E {
  const { provider, suggestion, docUrl, retryAfterMs, isRetryable } = cause;
  const details: AurikoErrorDetails = { provider, suggestion, docUrl, retryAfterMs, isRetryable };
  for (const [name, value] of Object.entries(details)) {
    if (value !== undefined)
      Object.defineProperty(error, name, { value, enumerable: true, configurable: true });
  }
  Object.defineProperty(error, 'cause', { value: cause, configurable: true, writable: true });
  return error;
}
