// What one call may set for itself, checked before anything is sent.

import { InvalidArgumentError } from '@ai-sdk/provider';

import { checkTimeout, type TimeoutSettings } from '../options.js';

/** What one call may set for itself. */
export interface RequestOptions {
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Replaces the client's limits, one by one; a number of milliseconds sets all but `totalMs`. */
  readonly timeout?: number | TimeoutSettings | undefined;
  /** Replaces the client's `maxRetries`. */
  readonly maxRetries?: number | undefined;
  /** Added to the client's headers; `undefined` takes one away. */
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  /** Added to the URL; `undefined` is left out. */
  readonly query?: Query | undefined;
  /**
   * Names the call, so that sending it twice has the effect of once: 1 to 255 characters of `A–Z a–z 0–9 _ -`. Sent as
   * `Idempotency-Key` with every POST. Services heed it when they create budgets and BYOK keys, and ignore it on
   * inference.
   */
  readonly idempotencyKey?: string | undefined;
}

/** Query parameters. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Limits of a call or a client. One number limits each phase, as in the other SDKs: a long stream goes on while its gaps
 * stay below it.
 *
 * @throws InvalidArgumentError naming the limit.
 */
export function timeLimits(timeout: number | TimeoutSettings): TimeoutSettings {
  if (typeof timeout !== 'number') return checkTimeout(timeout, 'timeout');
  if (!(timeout >= 0 && timeout < 2 ** 31)) {
    throw invalid('timeout', 'timeout must be milliseconds from 0 (no limit) to 2147483647.');
  }
  return { connectMs: timeout, firstByteMs: timeout, idleMs: timeout };
}

/** @throws InvalidArgumentError naming the option. */
export function checkRequestOptions({ maxRetries, idempotencyKey, signal }: RequestOptions): void {
  if (maxRetries !== undefined && (!Number.isInteger(maxRetries) || maxRetries < 0)) {
    throw invalid('maxRetries', 'maxRetries must be a whole number of at least 0.');
  }
  if (idempotencyKey !== undefined && !/^[A-Za-z0-9_-]{1,255}$/.test(idempotencyKey)) {
    throw invalid(
      'idempotencyKey',
      'idempotencyKey must be 1 to 255 characters, each a letter, a digit, "_" or "-".',
    );
  }
  if (signal !== undefined && typeof signal?.throwIfAborted !== 'function') {
    throw invalid('signal', 'signal must be an AbortSignal.');
  }
}

/** The path with its query. */
export function withQuery(path: string, ...queries: readonly (Query | undefined)[]): string {
  const parameters = new URLSearchParams();
  for (const query of queries) {
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) parameters.set(name, String(value));
    }
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

/**
 * An id as one segment of a path, escaped (G-27).
 *
 * @throws InvalidArgumentError when it is empty, or a segment that URLs resolve away.
 */
export function pathSegment(value: string, argument: string): string {
  if (typeof value !== 'string' || value.trim() === '' || value === '.' || value === '..') {
    throw invalid(argument, `${argument} must not be empty, "." or "..".`);
  }
  try {
    return encodeURIComponent(value);
  } catch {
    throw invalid(argument, `${argument} holds half a character (a lone surrogate).`);
  }
}

function invalid(argument: string, message: string): InvalidArgumentError {
  return new InvalidArgumentError({ argument, message });
}
