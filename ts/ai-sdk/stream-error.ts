// The value of an `error` part. `ai` recognises it by its symbol and takes status and retryability from it; without
// the explicit flag it would guess retryability from a numeric code, which ours is not.

import type { AurikoAPIError } from '../errors.js';

const MARKER = Symbol.for('vercel.ai.providerStreamError');

/** An error of the stream as plain data, marked for `ai`. The typed error is its `data`. */
export function streamErrorValue(error: AurikoAPIError): object {
  const value = {
    message: error.message,
    type: error.type,
    code: error.code,
    statusCode: error.statusCode,
    isRetryable: error.isRetryable,
    data: error,
  };
  Object.defineProperty(value, MARKER, { value: true });
  return value;
}
