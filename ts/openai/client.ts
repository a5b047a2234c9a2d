// `AurikoOpenAI`: the OpenAI client with Auriko's key and address, whose replies say where they ran, whose errors say
// what to do, and whose streams do not end silently when they are cut. It uses only what the package lets subclasses
// replace.

import { InvalidArgumentError } from '@ai-sdk/provider';
import { type APIError, type APIPromise, type ClientOptions, OpenAI } from 'openai';

import type { RoutingMetadata } from '../client/types.js';
import { isRecord } from '../errors/envelope.js';
import type { ErrorContext } from '../errors.js';
import { isTimerDelay } from '../options.js';
import { type MakeStatusError, statusError } from './client-errors.js';
import { type AurikoOpenAISettings, aurikoOpenAI } from './options.js';
import { keepRouting } from './routing.js';
import { AurikoStream } from './stream.js';

/** What `onResponse` is told of a call. */
export interface ResponseInfo {
  /** Path of the request, such as `/chat/completions`. */
  readonly path: string;
  /** Status of the reply. */
  readonly status: number;
  /** Headers of the reply. */
  readonly headers: Headers;
  /** `x-request-id` of the reply; null when it has none. */
  readonly requestId: string | null;
  /** Where the call ran and what it cost; absent when the reply does not say. */
  readonly routing: RoutingMetadata | undefined;
  /** Token counts, the wire object; absent when the reply does not say. */
  readonly usage: Readonly<Record<string, unknown>> | undefined;
  /** Whether a stream came to its end; true for plain replies. */
  readonly isComplete: boolean;
}

/** Options of {@link AurikoOpenAI}: those of the OpenAI client, with Auriko's key and base URL, and two of its own. */
export interface AurikoOpenAIOptions
  extends Omit<AurikoOpenAISettings, 'defaultHeaders'>,
    Pick<ClientOptions, 'defaultHeaders'> {
  /**
   * Told of each good reply: a plain one when it is read, a stream when it is over, be it early. What it throws is
   * dropped; a promise that it returns is not waited for.
   * @default none
   */
  onResponse?: ((info: ResponseInfo) => unknown) | undefined;
  /**
   * Longest wait between two data events of a stream, milliseconds; 0 means no limit. The OpenAI client's own
   * `timeout` ends with the response headers.
   * @default 60000; 600000 when reasoning is asked for, and for every endpoint but chat completions
   */
  idleMs?: number | undefined;
}

type RequestInput = Parameters<OpenAI['request']>[0];
type FinalRequest = Awaited<RequestInput>;

/** Models think for minutes, and not all of them stream what they think. */
const PATIENT_IDLE_MS = 600_000;
const IDLE_MS = 60_000;

/**
 * The OpenAI client, for Auriko. Programs for `OpenAI` run on it as they are.
 *
 * ```ts
 * const client = new AurikoOpenAI();
 * const completion = await client.chat.completions.create({ model: 'gpt-4o', messages });
 * console.log(getRouting(completion)?.provider);
 * ```
 */
export class AurikoOpenAI extends OpenAI {
  readonly #onResponse: AurikoOpenAIOptions['onResponse'];
  readonly #idleMs: number | undefined;

  /**
   * @throws AuthenticationError with code `missing_api_key` when there is no key.
   * @throws InvalidArgumentError when an option is wrong; the message names it.
   * @throws LoadAPIKeyError when no header can carry the key.
   */
  constructor(options: AurikoOpenAIOptions = {}) {
    checkCallback(options.onResponse);
    checkIdle(options.idleMs);
    const { defaultHeaders, ...rest } = options;
    // Our own options go along: `withOptions` makes the new client from what the package kept.
    super({ ...aurikoOpenAI(rest), defaultHeaders });
    this.#onResponse = options.onResponse;
    this.#idleMs = options.idleMs;
  }

  /** A client with the same options but for those given. */
  override withOptions(options: Partial<AurikoOpenAIOptions>): this {
    // openai 5 passes on the last key that a key function gave, or a made-up one before the first.
    const { apiKey } = this._options;
    const inherited = typeof apiKey === 'function' ? { apiKey } : {};
    // The cast is safe: the options end in our own constructor, which takes more kinds of keys.
    return super.withOptions({ ...inherited, ...options } as Partial<ClientOptions>);
  }

  /** Sends a request; everything but lists of pages comes through here. */
  override request<Rsp>(options: RequestInput, remainingRetries: number | null = null): APIPromise<Rsp> {
    const sent = super.request<Rsp>(options, remainingRetries);
    return sent._thenUnwrap((data, props) => {
      this.#received(data, props.response, props.options);
      return data;
    });
  }

  protected override async prepareOptions(options: FinalRequest): Promise<void> {
    await super.prepareOptions(options);
    options.__streamClass ??= AurikoStream;
    const { body } = options;
    // The package's types ask for a model, also where `gateway.models` names the candidates.
    if (isRecord(body) && body['model'] === '' && isRecord(body['gateway']) && body['gateway']['models']) {
      const { model: _, ...rest } = body;
      options.body = rest;
    }
  }

  protected override makeStatusError(
    status: number,
    body: object | undefined,
    message: string | undefined,
    headers: Headers,
  ): APIError {
    return statusError(status, body, message, headers, this.#context(''), this.#statusError);
  }

  /** The package's own error, without ours. */
  readonly #statusError: MakeStatusError = (status, body, message, headers) =>
    // Declared without `undefined`, but the package itself passes it for a reply that is not JSON.
    super.makeStatusError(status, body as object, message, headers);

  #received(data: unknown, response: Response, options: FinalRequest): void {
    const { path } = options;
    const tell = (facts: Pick<ResponseInfo, 'routing' | 'usage' | 'isComplete'>) => {
      const { status, headers } = response;
      this.#tell({ path, status, headers, requestId: headers.get('x-request-id'), ...facts });
    };
    if (data instanceof AurikoStream) {
      data.belongTo({
        path,
        idleMs: this.#idleMs ?? patience(options),
        context: this.#context(path),
        makeStatusError: this.#statusError,
        ended: ({ routing, usage }, isComplete) => tell({ routing, usage, isComplete }),
      });
      return;
    }
    const routing = keepRouting(data);
    const usage = isRecord(data) && isRecord(data['usage']) ? data['usage'] : undefined;
    tell({ routing, usage, isComplete: true });
  }

  #tell(info: ResponseInfo): void {
    const report = (error: unknown) => {
      if (this.logLevel === 'debug') this.logger?.debug('onResponse failed', error);
    };
    try {
      void Promise.resolve(this.#onResponse?.(info)).catch(report);
    } catch (error) {
      report(error);
    }
  }

  #context(path: string): ErrorContext {
    return { url: this.baseURL + path, secret: this.apiKey ?? undefined, limitsIn: '' };
  }
}

function patience({ path, body }: FinalRequest): number {
  if (path !== '/chat/completions' || !isRecord(body)) return PATIENT_IDLE_MS;
  const effort = body['reasoning_effort'];
  const isReasoning = typeof effort === 'string' && effort !== 'off' && effort !== 'none';
  return isReasoning ? PATIENT_IDLE_MS : IDLE_MS;
}

function checkCallback(onResponse: unknown): void {
  if (onResponse === undefined || typeof onResponse === 'function') return;
  throw new InvalidArgumentError({ argument: 'onResponse', message: 'onResponse must be a function.' });
}

function checkIdle(idleMs: unknown): void {
  if (idleMs === undefined || isTimerDelay(idleMs)) return;
  throw new InvalidArgumentError({
    argument: 'idleMs',
    message: 'idleMs must be milliseconds from 0 (no limit) to 2147483647.',
  });
}
