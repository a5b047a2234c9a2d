// Options that provider and SDK share: their defaults, their environment variables, their validation. Nothing is read
// from the environment before the first request, so that importing the package has no effect.

import { InvalidArgumentError, LoadAPIKeyError } from '@ai-sdk/provider';

import type { Coalesce, Limits, Transport } from './transport.js';

/** Where requests go unless told otherwise. */
export const DEFAULT_BASE_URL = 'https://api.auriko.ai/v1';

/** Four named limits, milliseconds; 0 means no limit. */
export interface TimeoutSettings {
  /** Time to open a connection, TLS included. The fetch transport counts it within `firstByteMs`. @default 10000 */
  readonly connectMs?: number;
  /** Time from sending to the response headers. @default 60000, or 600000 when reasoning is asked for */
  readonly firstByteMs?: number;
  /** Time between two data events of a stream; keep-alives do not count. @default 60000, or 600000 with reasoning */
  readonly idleMs?: number;
  /** Time for the whole call. @default 0 */
  readonly totalMs?: number;
}

/** Options of every way to reach Auriko. */
export interface ConnectionSettings {
  /**
   * API key, or a function that returns one and is asked before each request.
   * @default environment variable `AURIKO_API_KEY`, read at the first request
   */
  readonly apiKey?: string | (() => string | Promise<string>);
  /**
   * Base URL; `/v1` is appended unless it ends so.
   * @default environment variable `AURIKO_BASE_URL`, else `https://api.auriko.ai/v1`
   */
  readonly baseURL?: string;
  /** Headers added to every request; they replace headers of the same name. @default none */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Query parameters added to every URL. @default none */
  readonly queryParams?: Readonly<Record<string, string>>;
  /** Replaces the platform's fetch, and switches to the fetch transport: it sees every request. @default none */
  readonly fetch?: typeof globalThis.fetch;
  /** Time limits. */
  readonly timeout?: TimeoutSettings;
  /** Retries after the first attempt, before the first byte of a good reply. @default 0 for the AI SDK provider */
  readonly maxRetries?: number;
  /**
   * What carries requests: `native`, `fetch`, or a transport object such as an embedded gateway, which needs no key.
   * @default environment variable `AURIKO_TRANSPORT`, else native where the addon loads
   */
  readonly transport?: 'native' | 'fetch' | Transport;
  /**
   * How deltas are merged: those that already wait for the reader (`waiting`), none (`off`), or all within a span.
   * @default 'waiting'
   */
  readonly coalesce?: Coalesce;
}

/** Settings after validation, with defaults filled in. */
export interface Connection {
  readonly maxRetries: number;
  readonly coalesce: Coalesce;
  readonly settings: ConnectionSettings;
  /** Where requests go, `/v1` included; from the environment when none was given. */
  readonly baseURL: string;
  /** The absolute URL of an API path such as `/chat/completions`, which may have a query. */
  url(path: string): string;
  /** The key, or `undefined` when the transport needs none. Rejects with `LoadAPIKeyError`. */
  key(): Promise<string | undefined>;
  /** The limits of one call. */
  limits(isReasoning: boolean, overrides?: TimeoutSettings): Limits;
}

const LIMIT_NAMES = ['connectMs', 'firstByteMs', 'idleMs', 'totalMs'] as const;

/**
 * Checks settings and fills in defaults.
 *
 * @throws InvalidArgumentError naming the option.
 */
export function resolveConnection(
  settings: ConnectionSettings,
  defaults: { maxRetries: number },
): Connection {
  const { baseURL, timeout = {}, transport, fetch, coalesce = 'waiting' } = settings;
  const givenURL = baseURL === undefined ? undefined : normaliseBaseURL(baseURL, 'baseURL');
  checkTimeout(timeout, 'timeout');
  const maxRetries = settings.maxRetries ?? defaults.maxRetries;
  if (!Number.isInteger(maxRetries) || maxRetries < 0) {
    throw new InvalidArgumentError({
      argument: 'maxRetries',
      message: 'maxRetries must be a whole number of at least 0.',
    });
  }
  if (fetch !== undefined && transport !== undefined && transport !== 'fetch') {
    throw new InvalidArgumentError({
      argument: 'transport',
      message: "A custom fetch needs the fetch transport; leave `transport` out or set it to 'fetch'.",
    });
  }
  checkCoalesce(coalesce);
  const query =
    settings.queryParams === undefined ? '' : new URLSearchParams({ ...settings.queryParams }).toString();
  return {
    maxRetries,
    coalesce,
    settings,
    get baseURL() {
      return givenURL ?? environmentURL();
    },
    url(path) {
      const url = this.baseURL + path;
      return query === '' ? url : `${url}${path.includes('?') ? '&' : '?'}${query}`;
    },
    key: () => loadKey(settings),
    limits: (isReasoning, overrides = {}) => limitsOf(timeout, overrides, isReasoning),
  };
}

/** Checks time limits; `path` is how the caller wrote them. */
export function checkTimeout(timeout: unknown, path: string): TimeoutSettings {
  const [argument = path] = path.split('.');
  if (typeof timeout !== 'object' || timeout === null) {
    throw new InvalidArgumentError({
      argument,
      message: `${path} must be an object of limits in milliseconds.`,
    });
  }
  for (const [name, value] of Object.entries(timeout)) {
    if (!LIMIT_NAMES.some((known) => known === name)) {
      throw new InvalidArgumentError({
        argument,
        message: `${path}.${name} is not a limit. Known: ${LIMIT_NAMES.join(', ')}.`,
      });
    }
    if (value !== undefined && !isTimerDelay(value)) {
      throw new InvalidArgumentError({
        argument,
        message: `${path}.${name} must be milliseconds from 0 (no limit) to 2147483647.`,
      });
    }
  }
  return timeout;
}

/** Checks how long a stream may wait unread, milliseconds; `path` is how the caller wrote it. */
export function checkAbandonedAfter(value: unknown, path: string): number {
  if (isTimerDelay(value)) return value;
  const [argument = path] = path.split('.');
  throw new InvalidArgumentError({
    argument,
    message: `${path} must be milliseconds from 0 (never) to 2147483647.`,
  });
}

/** A timer cannot wait longer than a signed 32-bit number of milliseconds, and fires at once instead. */
export function isTimerDelay(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < 2 ** 31;
}

/** The value of an environment variable; `undefined` when unset, blank, or on a platform without environment. */
export function environment(name: string): string | undefined {
  const value = typeof process === 'undefined' ? undefined : process.env?.[name];
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}

function limitsOf(timeout: TimeoutSettings, over: TimeoutSettings, isReasoning: boolean): Limits {
  // Models think for minutes before the first token (architecture.md §2.3).
  const patienceMs = isReasoning ? 600_000 : 60_000;
  return {
    connectMs: over.connectMs ?? timeout.connectMs ?? 10_000,
    firstByteMs: over.firstByteMs ?? timeout.firstByteMs ?? patienceMs,
    idleMs: over.idleMs ?? timeout.idleMs ?? patienceMs,
    totalMs: over.totalMs ?? timeout.totalMs ?? 0,
  };
}

function checkCoalesce(coalesce: unknown): void {
  if (coalesce === 'waiting' || coalesce === 'off') return;
  const everyMs =
    typeof coalesce === 'object' && coalesce !== null ? Reflect.get(coalesce, 'everyMs') : undefined;
  if (typeof everyMs === 'number' && everyMs >= 0 && everyMs <= 60_000) return;
  throw new InvalidArgumentError({
    argument: 'coalesce',
    message: "coalesce must be 'waiting', 'off' or { everyMs } with 0 to 60000 milliseconds.",
  });
}

/**
 * Where requests go when no base URL is given.
 *
 * @throws InvalidArgumentError when `AURIKO_BASE_URL` is no URL.
 */
export function environmentURL(): string {
  const value = environment('AURIKO_BASE_URL');
  return value === undefined ? DEFAULT_BASE_URL : normaliseBaseURL(value, 'AURIKO_BASE_URL');
}

/**
 * A base URL without trailing slashes and with `/v1` at its end (api.md §1).
 *
 * @throws InvalidArgumentError naming `argument`.
 */
export function normaliseBaseURL(value: unknown, argument: string): string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new InvalidArgumentError({
      argument,
      message: `${argument} must not be empty; leave it out to use ${DEFAULT_BASE_URL}.`,
    });
  }
  const trimmed = value.trim().replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/i.test(trimmed) || !URL.canParse(trimmed)) {
    throw new InvalidArgumentError({
      argument,
      message: `${argument} must be an absolute http or https URL.`,
    });
  }
  if (/[?#]/.test(trimmed)) {
    throw new InvalidArgumentError({ argument, message: `${argument} must hold no query; use queryParams.` });
  }
  return trimmed.endsWith('/v1') ? trimmed : `${trimmed}/v1`;
}

async function loadKey(settings: ConnectionSettings): Promise<string | undefined> {
  const { apiKey, transport } = settings;
  const given = typeof apiKey === 'function' ? await apiKey() : apiKey;
  if (given !== undefined && typeof given !== 'string') {
    throw new LoadAPIKeyError({
      message: 'The Auriko API key must be a string, or a function that returns one.',
    });
  }
  if (given !== undefined && given.trim() !== '') return checkKey(given.trim());
  // The environment's key is for the hosted service, not for a transport that the caller built.
  if (typeof transport === 'object') return undefined;
  const found = environment('AURIKO_API_KEY');
  if (found === undefined) {
    throw new LoadAPIKeyError({
      message:
        'No Auriko API key. Pass `apiKey` to createAuriko(), or set the environment variable AURIKO_API_KEY.',
    });
  }
  return checkKey(found);
}

/**
 * Platforms put a bad header value into their error text, so a bad key must never get that far.
 *
 * @throws LoadAPIKeyError without the key.
 */
export function checkKey(key: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  throw new LoadAPIKeyError({
    message: 'The Auriko API key holds a character that no header can carry, such as a line break inside it.',
  });
}
