// Whether and when to send again (errors.md §4, G-27): pure decisions, so that they can be tested without waiting.

import { ERROR_CODES } from '../error-codes.js';
import { readEnvelope } from '../errors/envelope.js';
import type { TransportFailure } from '../events.js';

const INITIAL_DELAY_MS = 500;
const MULTIPLIER = 1.5;
const MAX_DELAY_MS = 30_000;
const JITTER = 0.2;
/** Longest wait a server may ask for (G-27); beyond it the error is raised at once. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Codes whose types are retryable but that no second attempt can change (errors.md §4). */
const NEVER_RETRIED: ReadonlySet<string> = new Set([
  'budget_exhausted',
  'duplicate_resource',
  'field_immutable',
  'insufficient_quota',
  'internal_error',
  'method_not_allowed',
  'operation_not_allowed',
  'state_precondition_failed',
]);

/** Whether an error of this type and code may be retried by the core. */
export function isRetryableWireError(type: string, code: string): boolean {
  return (type === 'rate_limit_error' || type === 'api_error') && !NEVER_RETRIED.has(code);
}

/** Whether a failed attempt, of which nothing has reached the caller, may be repeated. */
export function isRetryableFailure(failure: TransportFailure): boolean {
  switch (failure.kind) {
    case 'connect':
    case 'interrupted':
      return true;
    case 'timeout':
      return failure.limit !== 'total';
    case 'status': {
      // A body that is no envelope counts as `api_error`, whatever the status.
      const error = readEnvelope(failure.body);
      return error === undefined || isRetryableWireError(error.type, error.code);
    }
    case 'too-large':
    case 'request':
      return false;
  }
}

/**
 * Milliseconds to wait before the next attempt, or `undefined` when the failure must be raised.
 *
 * @param attempt Attempts that have failed before this one.
 * @param random A number in [0, 1).
 * @param nowMs The current Unix time, for the date form of `Retry-After`.
 */
export function retryDelayMs(
  attempt: number,
  maxRetries: number,
  failure: TransportFailure,
  random: number,
  nowMs: number,
): number | undefined {
  if (attempt >= maxRetries || !isRetryableFailure(failure)) return undefined;
  const askedMs = failure.headers === undefined ? undefined : retryAfterMs(failure.headers, nowMs);
  if (askedMs !== undefined && askedMs > MAX_RETRY_AFTER_MS) return undefined;
  const backoffMs = Math.min(INITIAL_DELAY_MS * MULTIPLIER ** attempt, MAX_DELAY_MS);
  const jitteredMs = backoffMs * (1 - JITTER + 2 * JITTER * random);
  return Math.max(jitteredMs, askedMs ?? 0);
}

/** What the reply asks to wait, milliseconds, or `undefined` when it says nothing usable. Header names are lower-case. */
export function retryAfterMs(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const precise = headers['retry-after-ms'];
  if (precise !== undefined) {
    const milliseconds = parseNumber(precise);
    if (milliseconds !== undefined) return Math.max(0, milliseconds);
  }
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  const seconds = parseNumber(text);
  if (seconds !== undefined) return Math.max(0, seconds * 1000);
  // `Date.parse` also reads bare words with digits ("in 5"); an HTTP date starts with the day's name.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)/i.test(text.trim())) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function parseNumber(text: string): number | undefined {
  if (text.trim() === '') return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** Whether the registry or, for codes it does not know, the status allows another attempt (ai-sdk-provider.md §6.1). */
export function isRetryableReply(code: string, statusCode: number | undefined): boolean {
  if (Object.hasOwn(ERROR_CODES, code)) {
    // The cast is safe: the key was just found.
    return ERROR_CODES[code as keyof typeof ERROR_CODES].retryable;
  }
  return isRetryableStatus(statusCode);
}

/** The rule of `APICallError` for replies that carry no known code. */
export function isRetryableStatus(statusCode: number | undefined): boolean {
  if (statusCode === undefined) return false;
  return statusCode === 408 || statusCode === 409 || statusCode === 429 || statusCode >= 500;
}
