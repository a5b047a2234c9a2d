// Questions about errors, and errors from codes alone, for callers that get them by other ways than a call.

import { errorFromAnyError } from '../errors/response-error.js';
import { AurikoAPIError } from '../errors.js';
import { ResponseHeaders } from './response-headers.js';

/** What {@link mapErrorFromCode} may be told beside code and message. */
export interface ErrorDetails {
  /** Request field at fault. */
  readonly param?: string | undefined;
  /** @default the documentation of a known code */
  readonly docUrl?: string | undefined;
  /** Upstream provider that failed. */
  readonly provider?: string | undefined;
  /** What to do about it. */
  readonly suggestion?: string | undefined;
  /** Headers of the reply: request id and `retry-after` are read from them. */
  readonly responseHeaders?: ResponseHeaders | Readonly<Record<string, string>> | undefined;
}

/** Whether another attempt may succeed. `false` for what is no error of a call. */
export function isRetryable(error: unknown): boolean {
  return AurikoAPIError.isInstance(error) && error.isRetryable;
}

/**
 * The typed error of a wire code: class, type, status and retryability come from the registry of codes. A code that it
 * does not know counts as `api_error` with status 500; one that occurs in streams only has no status.
 *
 * ```ts
 * throw mapErrorFromCode('model_not_found', 'There is no such model.', { param: 'model' });
 * ```
 */
export function mapErrorFromCode(code: string, message: string, details: ErrorDetails = {}): AurikoAPIError {
  const { param, docUrl, provider, suggestion, responseHeaders } = details;
  const flat = { code, message, param, doc_url: docUrl, provider, suggestion };
  if (responseHeaders === undefined) return errorFromAnyError(flat, { url: '' });
  const given = responseHeaders instanceof ResponseHeaders ? responseHeaders.toJSON() : responseHeaders;
  const headers = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]),
  );
  // The status is that of the code.
  return errorFromAnyError(flat, { url: '', head: { status: 0, headers } });
}
