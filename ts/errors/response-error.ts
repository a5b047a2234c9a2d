// The errors that a Responses reply reports about itself: flat `error` events and the `error` of a response that
// failed (errors.md §5). The code alone decides what they are.

import { type AurikoErrorCode, ERROR_CODES } from '../error-codes.js';
import { string } from '../transport/fetch/decode-chunk.js';
import { type ErrorContext, errorFromReply, errorFromStreamError, providerEndedWithError } from './build.js';
import type { AurikoAPIError } from './classes.js';
import { isRecord } from './envelope.js';

/** What an unknown code counts as. */
const UNKNOWN = { type: 'api_error', status: 500 } as const;

/** The typed error behind a flat error; undefined when it has no code, and so does not fit its schema. */
export function errorFromFlatError(flat: unknown, context: ErrorContext): AurikoAPIError | undefined {
  if (!isRecord(flat)) return undefined;
  const code = string(flat['code']);
  if (code === undefined) return undefined;
  // The cast is safe: the key was just found.
  const { type, status } = Object.hasOwn(ERROR_CODES, code) ? ERROR_CODES[code as AurikoErrorCode] : UNKNOWN;
  const error = {
    type,
    code,
    message: string(flat['message']) ?? 'The server reported an error without a message.',
    param: flat['param'],
    doc_url: flat['doc_url'],
    provider: flat['provider'],
    suggestion: flat['suggestion'],
  };
  // Codes that occur in streams only have no status.
  if (status === 0) return errorFromStreamError(error, context);
  return errorFromReply({ status, headers: context.head?.headers ?? {} }, JSON.stringify({ error }), context);
}

/** The typed error of an `error` value, whatever shape the server gave it. */
export function errorFromAnyError(error: unknown, context: ErrorContext): AurikoAPIError {
  return errorFromFlatError(error, context) ?? errorFromStreamError(error, context);
}

/** The typed error of a response that failed. */
export function errorOfResponse(response: Record<string, unknown>, context: ErrorContext): AurikoAPIError {
  const { error } = response;
  return error === undefined || error === null
    ? providerEndedWithError(undefined, context)
    : errorFromAnyError(error, context);
}
