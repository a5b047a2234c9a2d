// Options of an OpenAI client that talks to Auriko. Everything the OpenAI package would otherwise take from the
// environment is given explicitly: a user's OpenAI key, organisation and base URL must never reach this service.

import { LoadAPIKeyError } from '@ai-sdk/provider';
import type { ClientOptions } from 'openai';

import { missingApiKey } from '../errors/request-checks.js';
import { checkKey, environment, environmentURL, normaliseBaseURL } from '../options.js';

/** Options that are declared anew here, or belong to OpenAI's service alone. */
type Replaced =
  | 'defaultHeaders'
  | 'apiKey'
  | 'baseURL'
  | 'adminAPIKey'
  | 'organization'
  | 'project'
  | 'dataResidency'
  | 'provider'
  | 'workloadIdentity'
  | 'credential'
  | 'x509Transport';

/** Options of {@link aurikoOpenAI}: those of the OpenAI client, with Auriko's key and base URL. */
export interface AurikoOpenAISettings extends Omit<ClientOptions, Replaced> {
  /**
   * API key, or a function that returns one and is asked before each request. `OPENAI_API_KEY` is never read.
   * @default environment variable `AURIKO_API_KEY`, read now
   */
  apiKey?: string | (() => string | Promise<string>) | null | undefined;
  /**
   * Base URL; `/v1` is appended unless it ends so. `OPENAI_BASE_URL` is never read.
   * @default environment variable `AURIKO_BASE_URL`, else `https://api.auriko.ai/v1`
   */
  baseURL?: string | null | undefined;
  /** Headers of every request; `null` takes one of the client's own away. @default none */
  defaultHeaders?: HeadersInput | null | undefined;
}

/**
 * Headers as the OpenAI client takes them. Declared here, because the client's own type has a private class in it, of
 * which a program that requires the package has another than one that imports it.
 */
export type HeadersInput =
  | Headers
  | [name: string, value: string | null | undefined][]
  | Record<string, string | null | undefined>;

/** What {@link aurikoOpenAI} makes of its options: those of `new OpenAI(…)`. */
export interface AurikoClientOptions extends Omit<AurikoOpenAISettings, 'apiKey' | 'baseURL'> {
  apiKey: string | (() => Promise<string>);
  baseURL: string;
  organization: null;
  project: null;
  adminAPIKey: null;
}

/**
 * Options for `new OpenAI(…)` of the `openai` package, for use with Auriko.
 *
 * ```ts
 * const client = new OpenAI(aurikoOpenAI());
 * ```
 *
 * `openai` 6 and 7 still add the headers of the environment variable `OPENAI_CUSTOM_HEADERS`.
 *
 * @throws AuthenticationError with code `missing_api_key` when there is no key.
 * @throws InvalidArgumentError when `baseURL` is no URL.
 * @throws LoadAPIKeyError when no header can carry the key.
 */
export function aurikoOpenAI(options: AurikoOpenAISettings = {}): AurikoClientOptions {
  const { apiKey, baseURL, ...rest } = options;
  return {
    ...rest,
    apiKey: keyOf(apiKey),
    baseURL: urlOf(baseURL),
    // Null, not absent: what is absent is read from the environment.
    organization: null,
    project: null,
    adminAPIKey: null,
  };
}

/** An empty value counts as absent, as in every SDK of Auriko (sdk.md §1.2). */
function keyOf(given: AurikoOpenAISettings['apiKey']): string | (() => Promise<string>) {
  if (typeof given === 'function') return async () => checkGiven(await given());
  const key = given?.trim() || environment('AURIKO_API_KEY');
  if (key === undefined) throw missingApiKey();
  return checkKey(key);
}

function checkGiven(key: unknown): string {
  if (typeof key === 'string' && key.trim() !== '') return checkKey(key.trim());
  throw new LoadAPIKeyError({ message: 'The function `apiKey` must return the Auriko API key.' });
}

function urlOf(given: string | null | undefined): string {
  return given === undefined || given === null || given.trim() === ''
    ? environmentURL()
    : normaliseBaseURL(given, 'baseURL');
}
