// `Auriko`: options, and the resources that hang off them.

import { missingApiKey } from '../errors/request-checks.js';
import { type ConnectionSettings, environment, resolveConnection, type TimeoutSettings } from '../options.js';
import { Session } from '../session.js';
import { Chat } from './chat.js';
import { timeLimits } from './request-options.js';
import { Responses } from './responses/responses.js';

/** Options of {@link Auriko}. */
export interface AurikoOptions extends Omit<ConnectionSettings, 'timeout'> {
  /** The same as `baseURL`. */
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
    const session = new Session(connection, 'auriko-typescript');
    this.chat = new Chat(session);
    this.responses = new Responses(session);
  }
}

function hasKey({ apiKey, transport }: AurikoOptions): boolean {
  if (typeof apiKey === 'function' || typeof transport === 'object') return true;
  return (apiKey !== undefined && apiKey.trim() !== '') || environment('AURIKO_API_KEY') !== undefined;
}
