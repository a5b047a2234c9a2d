// The one place that turns failures, error replies and error events into typed errors: class, message, code, retryability.

import { type AurikoErrorType, ERROR_CODES } from '../error-codes.js';
import type { ResponseHead, TransportFailure } from '../events.js';
import {
  isRetryableReply,
  isRetryableStatus,
  isRetryableWireError,
  retryAfterMs,
} from '../transport/retry.js';
import type { RequestBody } from '../transport.js';
import { isAbort } from './abort.js';
import {
  APIConnectionError,
  APIStatusError,
  type AurikoAPIError,
  type AurikoErrorFields,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from './classes.js';
import { documentationOf } from './documentation.js';
import {
  isRecord,
  parseJson,
  readEnvelope,
  readWireError,
  salvageMessage,
  type WireError,
} from './envelope.js';
import { publicUrl, summariseBody } from './request-summary.js';

/** What is known of the call that failed. */
export interface ErrorContext {
  readonly url: string;
  /** The body that was sent. */
  readonly requestBody?: RequestBody | undefined;
  /** Status and headers of the reply, when one had begun. */
  readonly head?: ResponseHead | undefined;
  /** How the caller's options lead to the time limits. @default 'timeout.' */
  readonly limitsIn?: string;
  /** The key of the call, and any in its body: taken out of everything that the error keeps. */
  readonly secret?: string | readonly string[] | undefined;
}

/** Characters kept of an error body that is not JSON (errors.md §3). */
const TEXT_BODY_LENGTH = 4096;

/** Codes, option names and retryability of the four limits. */
const LIMITS = {
  connect: { code: 'connect_timeout', option: 'connectMs', what: 'no connection', isRetryable: true },
  'first-byte': { code: 'first_byte_timeout', option: 'firstByteMs', what: 'no response', isRetryable: true },
  idle: { code: 'idle_timeout', option: 'idleMs', what: 'nothing new on the stream', isRetryable: true },
  // The caller limited the whole call; starting it again would exceed the limit.
  total: { code: 'total_timeout', option: 'totalMs', what: 'the call did not end', isRetryable: false },
} as const;

/** The error of a transport that could not go on. */
export function errorFromFailure(failure: TransportFailure, context: ErrorContext): AurikoAPIError {
  switch (failure.kind) {
    case 'status':
      return errorFromReply(
        { status: failure.status ?? 0, headers: failure.headers ?? {} },
        failure.body ?? '',
        context,
        failure.cause,
      );
    case 'timeout': {
      const limit = LIMITS[failure.limit ?? 'total'];
      return connectionError(failure, context, {
        message: `${limit.what} within ${failure.limitMs ?? 0} ms (limit ${limit.option.slice(0, -2)}); raise \`${context.limitsIn ?? 'timeout.'}${limit.option}\``,
        code: limit.code,
        isRetryable: limit.isRetryable,
      });
    }
    case 'connect': {
      const reason = failure.systemCode ?? reasonOf(failure.cause);
      return connectionError(failure, context, {
        message: `Unable to connect to Auriko${reason === undefined ? '' : ` (${reason})`}. Check the network and the base URL.`,
        code: 'api_connection_error',
        isRetryable: true,
      });
    }
    case 'interrupted':
      return connectionError(failure, context, {
        message: 'The connection broke before the reply was complete.',
        code: 'stream_interrupted',
        isRetryable: true,
      });
    case 'request':
      return connectionError(failure, context, {
        message: failure.message,
        code: 'api_connection_error',
        isRetryable: false,
      });
    case 'too-large':
      return statusError(failure.message, 'event_too_large', false, context, failure.cause);
  }
}

/** The error of a complete reply: an error status, or a good status whose body holds an `error`. */
export function errorFromReply(
  head: ResponseHead,
  body: string,
  context: ErrorContext,
  cause?: unknown,
): AurikoAPIError {
  const json = parseJson(body);
  const isJson = json !== undefined;
  const envelope = readEnvelope(body);
  const base = {
    ...replyFields(head, context),
    body: isJson ? json : body === '' ? null : body.slice(0, TEXT_BODY_LENGTH),
    responseBody: isJson ? body : body.slice(0, TEXT_BODY_LENGTH),
    data: isRecord(json) ? (json['error'] ?? json) : undefined,
    cause,
  };
  if (envelope !== undefined) return fromWireError(envelope, head.status, context, base);
  const salvaged = salvageMessage(json ?? body);
  return new APIStatusError(
    scrub(context, {
      ...base,
      message: salvaged ?? `Server returned a malformed error response (HTTP ${head.status}).`,
      type: 'api_error',
      code: 'malformed_response',
      isRetryable: isRetryableStatus(head.status),
    }),
  );
}

/**
 * The error that a server reported inside a stream, or in the body of a reply with status 200.
 *
 * `statusCode` is what the registry gives the code, since the reply's own status says nothing; it is absent for codes
 * that exist only in streams.
 *
 * @param wireError The value of the `error` key: an object, or text.
 */
export function errorFromStreamError(wireError: unknown, context: ErrorContext): AurikoAPIError {
  const error = readWireError(wireError);
  const head = context.head;
  const base = { ...replyFields(head, context), body: { error: wireError }, data: wireError };
  if (error !== undefined) {
    const registered = Object.hasOwn(ERROR_CODES, error.code)
      ? // The cast is safe: the key was just found.
        ERROR_CODES[error.code as keyof typeof ERROR_CODES].status
      : 0;
    const statusCode = registered === 0 ? undefined : registered;
    const isKnown = Object.hasOwn(ERROR_CODES, error.code);
    return fromWireError(error, 200, context, {
      ...base,
      statusCode,
      isRetryable: isKnown
        ? isRetryableReply(error.code, statusCode)
        : isRetryableWireError(error.type, error.code),
    });
  }
  // Other services put the status where the code belongs.
  const code = isRecord(wireError) ? Number(wireError['code'] ?? wireError['status']) : Number.NaN;
  const statusCode = Number.isInteger(code) && code >= 400 && code <= 599 ? code : undefined;
  return new APIStatusError(
    scrub(context, {
      ...base,
      statusCode,
      message: salvageMessage({ error: wireError }) ?? 'The server reported an error without a message.',
      type: 'api_error',
      code: 'malformed_response',
      // Malformed errors count as `api_error`, which is retryable.
      isRetryable: statusCode === undefined || isRetryableStatus(statusCode),
    }),
  );
}

/** A good status whose body makes no sense. */
export function invalidResponse(
  message: string,
  body: string | undefined,
  context: ErrorContext,
): AurikoAPIError {
  const text = body?.slice(0, TEXT_BODY_LENGTH);
  return new APIStatusError(
    scrub(context, {
      ...replyFields(context.head, context),
      message,
      type: 'api_error',
      code: 'invalid_response',
      isRetryable: false,
      body: text,
      responseBody: text,
    }),
  );
}

/** A chunk of a stream that could not be understood; `detail` holds no content. */
export function malformedChunk(detail: string, context: ErrorContext): AurikoAPIError {
  return statusError(
    `The stream holds a chunk that could not be understood: ${detail}.`,
    'malformed_chunk',
    true,
    context,
  );
}

/** A stream that ended without a finish word and without `[DONE]`. */
export function streamInterrupted(context: ErrorContext): AurikoAPIError {
  return errorFromFailure({ kind: 'interrupted', message: 'the stream ended early' }, context);
}

/** A stream that its reader left alone for so long, milliseconds. Not retryable: the reader was at fault. */
export function streamAbandoned(afterMs: number, context: ErrorContext): AurikoAPIError {
  const fields = {
    message: `The stream was given up: nobody read it for ${afterMs} ms; raise \`abandonedAfterMs\``,
    code: 'stream_abandoned',
    isRetryable: false,
  };
  return connectionError({ kind: 'interrupted', message: 'nobody read the stream' }, context, fields);
}

/** The finish word `error`: the provider broke off, and said no more. */
export function providerEndedWithError(
  nativeReason: string | undefined,
  context: ErrorContext,
): AurikoAPIError {
  const reason = nativeReason === undefined ? '' : ` (${nativeReason})`;
  return statusError(`The provider ended the reply with an error${reason}.`, 'upstream_error', true, context);
}

/** A tool call whose name never came. */
export function unnamedToolCall(context: ErrorContext): AurikoAPIError {
  return statusError('The model sent a tool call without a name.', 'invalid_response', false, context);
}

function fromWireError(
  error: WireError,
  status: number,
  context: ErrorContext,
  base: Omit<AurikoErrorFields, 'message' | 'type' | 'code' | 'isRetryable'> & {
    readonly isRetryable?: boolean;
  },
): AurikoAPIError {
  const fields = scrub(context, {
    ...base,
    message: sentence(error),
    type: error.type,
    code: error.code,
    param: error.param,
    provider: error.provider,
    docUrl: error.docUrl ?? documentationOf(error.code),
    suggestion: error.suggestion,
    isRetryable: base.isRetryable ?? isRetryableReply(error.code, status),
  });
  return new (classOf(error.type, status))(fields);
}

/** Class by type first, then by status (errors.md §3). */
function classOf(type: AurikoErrorType, status: number): typeof APIStatusError {
  switch (type) {
    case 'invalid_request_error':
      return status === 409 ? ConflictError : BadRequestError;
    case 'authentication_error':
      return AuthenticationError;
    case 'permission_error':
      return PermissionDeniedError;
    case 'not_found_error':
      return NotFoundError;
    case 'rate_limit_error':
      return RateLimitError;
    case 'api_error':
      return status === 500 ? InternalServerError : APIStatusError;
  }
}

function sentence(error: WireError): string {
  const prefix = error.provider === undefined ? '' : `[${error.provider}] `;
  if (error.suggestion === undefined) return prefix + error.message;
  const stop = /[.!?]$/.test(error.message) ? '' : '.';
  return `${prefix}${error.message}${stop} ${error.suggestion}`;
}

function connectionError(
  failure: TransportFailure,
  context: ErrorContext,
  fields: { readonly message: string; readonly code: string; readonly isRetryable: boolean },
): AurikoAPIError {
  const head = context.head;
  const cause = isAbort(failure.cause) ? failure.cause.message : (failure.cause ?? failure.message);
  const clean = scrub(context, { ...replyFields(head, context), ...fields, type: 'api_error', cause });
  return new APIConnectionError({ ...clean, cause: causeOf(clean.cause, failure.systemCode) });
}

function statusError(
  message: string,
  code: string,
  isRetryable: boolean,
  context: ErrorContext,
  cause?: unknown,
): AurikoAPIError {
  const fields = {
    ...replyFields(context.head, context),
    message,
    type: 'api_error' as const,
    code,
    isRetryable,
    cause,
  };
  return new APIStatusError(scrub(context, fields));
}

function replyFields(head: ResponseHead | undefined, context: ErrorContext) {
  return {
    url: publicUrl(context.url),
    requestBody: context.requestBody === undefined ? undefined : summariseBody(context.requestBody),
    statusCode: head?.status,
    responseHeaders: head === undefined ? undefined : { ...head.headers },
    requestId: head?.headers['x-request-id'],
    retryAfterMs: head === undefined ? undefined : retryAfterMs(head.headers, Date.now()),
  };
}

/** The core's text as an error with the system's code; a caught value as it is. */
function causeOf(cause: unknown, systemCode: string | undefined): unknown {
  if (typeof cause !== 'string') return cause;
  const error = new Error(cause);
  return systemCode === undefined ? error : Object.assign(error, { code: systemCode });
}

/** The platform's code of a connection failure, such as `ECONNREFUSED`, or its text. */
function reasonOf(cause: unknown): string | undefined {
  for (
    let current = cause, depth = 0;
    isErrorLike(current) && depth < 5;
    current = current.cause, depth += 1
  ) {
    if (typeof current.code === 'string') return current.code;
  }
  if (typeof cause === 'string') return cause;
  return cause instanceof Error ? cause.message : undefined;
}

function isErrorLike(value: unknown): value is { readonly code?: unknown; readonly cause?: unknown } {
  return typeof value === 'object' && value !== null;
}

/** Takes the key out: a server or proxy that echoes the request must not get it into anybody's log. */
function scrub(context: ErrorContext, fields: AurikoErrorFields): AurikoErrorFields {
  const secrets = [context.secret ?? []].flat().filter((secret) => secret.length >= 4);
  if (secrets.length === 0) return fields;
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') {
      return secrets.reduce((text, secret) => text.replaceAll(secret, '<key>'), value);
    }
    if (Array.isArray(value)) return value.map(clean);
    if (isRecord(value) && Object.getPrototypeOf(value) === Object.prototype) {
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, clean(entry)]));
    }
    return value;
  };
  // The cast is safe: only texts change, and they stay texts.
  return clean(fields) as AurikoErrorFields;
}
