// `Auriko`: options, and the resources that hang off them.

import { missingApiKey } from '../errors/request-checks.js';
import {
  type Connection,
  type ConnectionSettings,
  environment,
  resolveConnection,
  type TimeoutSettings,
} from '../options.js';
import { Session } from '../session.js';
import type { Limits } from '../transport.js';
import { Chat } from './chat.js';
import { Embeddings } from './embeddings.js';
import { ApiKeys } from './management/api-keys.js';
import { Billing } from './management/billing.js';
import { Budgets } from './management/budgets.js';
import { ByokKeys } from './management/byok-keys.js';
import { Me } from './me.js';
import { Models } from './models.js';
import { timeLimits } from './request-options.js';
import { Responses } from './responses/responses.js';

/** Options of {@link Auriko}. */
export interface AurikoOptions extends Omit<ConnectionSettings, 'timeout'> {
  /** The same as `baseURL`, which wins. */
  readonly baseUrl?: string;
  /** Time limits; a number of milliseconds sets `connectMs`, `firstByteMs` and `idleMs` alike. */
  readonly timeout?: number | TimeoutSettings;
  /** Retries after the first attempt, before the first byte of a good reply (errors.md §4). @default 2 */
  readonly maxRetries?: number;
}

/**
 * A client of the Auriko API. Request and response fields keep their wire names.
 *
 * ```ts
 * const client = new Auriko();
 * const completion = await client.chat.completions.create({
 *   model: 'gpt-4o',
 *   messages: [{ role: 'user', content: 'Hello' }],
 * });
 * ```
 */
export class Auriko {
  /** Chat completions. */
  readonly chat: Chat;
  /** Responses, in the manner of OpenAI's Responses API. */
  readonly responses: Responses;
  /** Models and providers. */
  readonly models: Models;
  /** The calling key. */
  readonly me: Me;
  /** Embeddings, for services that have them. */
  readonly embeddings: Embeddings;
  /** API keys of a workspace. */
  readonly apiKeys: ApiKeys;
  /** Your own keys of providers. */
  readonly byokKeys: ByokKeys;
  /** Budgets of a workspace. */
  readonly budgets: Budgets;
  /** Credit of a workspace. */
  readonly billing: Billing;
  readonly #options: AurikoOptions;
  readonly #connection: Connection;

  /**
   * @throws AuthenticationError with code `missing_api_key` when there is no key and the transport needs one.
   * @throws InvalidArgumentError when an option is wrong; the message names it.
   */
  constructor(options: AurikoOptions = {}) {
    const { baseUrl, timeout, ...rest } = options;
    const connection = resolveConnection(
      {
        ...rest,
        ...(rest.baseURL === undefined && baseUrl !== undefined ? { baseURL: baseUrl } : {}),
        ...(timeout === undefined ? {} : { timeout: timeLimits(timeout) }),
      },
      { maxRetries: 2 },
    );
    if (!hasKey(options)) throw missingApiKey();
    this.#options = options;
    this.#connection = connection;
    const session = new Session(connection, 'auriko-typescript');
    this.chat = new Chat(session);
    this.responses = new Responses(session);
    this.models = new Models(session);
    this.me = new Me(session);
    this.embeddings = new Embeddings(session);
    this.apiKeys = new ApiKeys(session);
    this.byokKeys = new ByokKeys(session);
    this.budgets = new Budgets(session);
    this.billing = new Billing(session);
  }

  /**
   * The key: as given, else from the environment. Undefined when a function gives it, and when the transport needs none.
   * Not part of a printed client.
   */
  get apiKey(): string | undefined {
    const { apiKey, transport } = this.#options;
    if (typeof apiKey === 'string' && apiKey.trim() !== '') return apiKey.trim();
    return typeof apiKey === 'function' || typeof transport === 'object'
      ? undefined
      : environment('AURIKO_API_KEY');
  }

  /** Where requests go, `/v1` included. */
  get baseURL(): string {
    return this.#connection.baseURL;
  }

  /** The same as `baseURL`. */
  get baseUrl(): string {
    return this.baseURL;
  }

  /** The limits of calls that ask for no reasoning and set none of their own, milliseconds; 0 means no limit. */
  get timeout(): Limits {
    return this.#connection.limits(false);
  }

  /** Retries after the first attempt. */
  get maxRetries(): number {
    return this.#connection.maxRetries;
  }

  /** Another client with some options replaced; `headers`, `queryParams` and `timeout` are replaced as a whole. */
  withOptions(options: AurikoOptions): Auriko {
    const { baseURL, baseUrl, ...rest } = this.#options;
    const isElsewhere = options.baseURL !== undefined || options.baseUrl !== undefined;
    return new Auriko({
      ...rest,
      ...(isElsewhere || baseURL === undefined ? {} : { baseURL }),
      ...(isElsewhere || baseUrl === undefined ? {} : { baseUrl }),
      ...options,
    });
  }
}

function hasKey({ apiKey, transport }: AurikoOptions): boolean {
  if (typeof apiKey === 'function' || typeof transport === 'object') return true;
  return (typeof apiKey === 'string' && apiKey.trim() !== '') || environment('AURIKO_API_KEY') !== undefined;
}
