// `auriko.models`: what the key may call (api.md §6.1).

import { isRecord } from '../errors/envelope.js';
import { invalidResponse } from '../errors.js';
import { oneOf } from '../option-checks.js';
import type { TimeoutSettings } from '../options.js';
import type { Session } from '../session.js';
import { replyObject, send, throwIfAborted } from './send.js';

/** A model that can be called. */
export interface AurikoModel {
  /** What goes into `auriko(id)`. */
  readonly id: string;
  /** When it was added to the catalogue. */
  readonly created?: Date;
  readonly ownedBy?: string;
  /** Tokens; the largest among its providers. */
  readonly contextWindow?: number;
  /** Such as `chat_completions` and `responses`. */
  readonly supportedEndpoints: readonly string[];
  /** Who serves it, at which price. */
  readonly providers: readonly AurikoModelProvider[];
}

/** A provider of a model. */
export interface AurikoModelProvider {
  readonly name: string;
  /** US dollars per million input tokens. */
  readonly inputPrice?: number;
  /** US dollars per million output tokens. */
  readonly outputPrice?: number;
  readonly dataPolicy?: string;
}

/** Settings of {@link AurikoModels.list}. */
export interface ListModelsOptions {
  /** `responses` adds the models that only the Responses API serves. @default 'chat_completions' */
  readonly endpoint?: 'chat_completions' | 'responses';
  readonly abortSignal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Time limits of this call; they replace the provider's one by one. */
  readonly timeout?: TimeoutSettings;
}

const endpointName = oneOf('chat_completions', 'responses');

/** The catalogue as the key sees it. */
export class AurikoModels {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * The models that can be called now. Rejects with an `AurikoAPIError`, a `LoadAPIKeyError`, or the abort's reason.
   *
   * ```ts
   * const ids = (await auriko.models.list()).map((model) => model.id);
   * ```
   */
  async list(options: ListModelsOptions = {}): Promise<AurikoModel[]> {
    const { endpoint, abortSignal, headers, timeout } = options;
    throwIfAborted(abortSignal);
    if (endpoint !== undefined) endpointName(endpoint, 'endpoint');
    const prepared = await this.#session.prepare({
      method: 'GET',
      path: endpoint === undefined ? '/models' : `/models?endpoint=${endpoint}`,
      headers,
      timeout,
    });
    throwIfAborted(abortSignal);
    const reply = await send(prepared, abortSignal);
    const { data } = replyObject(reply, prepared);
    if (!Array.isArray(data)) {
      const context = { ...prepared.context, head: reply };
      throw invalidResponse('The reply holds no list of models.', reply.body, context);
    }
    return data.flatMap((entry: unknown) => modelOf(entry) ?? []);
  }
}

/** Undefined for an entry without an id: what it is for, nobody could call. */
function modelOf(entry: unknown): AurikoModel | undefined {
  if (!isRecord(entry) || typeof entry['id'] !== 'string') return undefined;
  const { id, created, owned_by: ownedBy, context_window: contextWindow } = entry;
  const providers = Array.isArray(entry['providers']) ? entry['providers'] : [];
  const endpoints = Array.isArray(entry['supported_endpoints']) ? entry['supported_endpoints'] : [];
  return {
    id,
    ...(typeof created === 'number' && created > 0 ? { created: new Date(created * 1000) } : {}),
    ...(typeof ownedBy === 'string' ? { ownedBy } : {}),
    ...(typeof contextWindow === 'number' ? { contextWindow } : {}),
    supportedEndpoints: endpoints.filter((endpoint) => typeof endpoint === 'string'),
    providers: providers.flatMap((provider: unknown) => providerOf(provider) ?? []),
  };
}

function providerOf(provider: unknown): AurikoModelProvider | undefined {
  if (!isRecord(provider) || typeof provider['name'] !== 'string') return undefined;
  const { name, input_price: inputPrice, output_price: outputPrice, data_policy: dataPolicy } = provider;
  return {
    name,
    ...(typeof inputPrice === 'number' ? { inputPrice } : {}),
    ...(typeof outputPrice === 'number' ? { outputPrice } : {}),
    ...(typeof dataPolicy === 'string' ? { dataPolicy } : {}),
  };
}
