// What models have from their provider, made from its settings in one place: by `createAuriko`, and again where a
// serialised model is revived.

import { InvalidArgumentError } from '@ai-sdk/provider';

import { type ConnectionSettings, checkAbandonedAfter, resolveConnection } from '../options.js';
import { checkMetadata, checkRouting } from '../routing-rules.js';
import { Session } from '../session.js';
import type { RequestDefaults } from './request-body.js';
import type { AurikoRequestMetadata, AurikoRoutingOptions } from './routing-options.js';
import { checkStructuredOutputs, type StructuredOutputs } from './structured-output.js';

/** Settings of `createAuriko`. */
export interface AurikoProviderSettings extends ConnectionSettings {
  /**
   * Name of this provider: the first part of the models' `provider`, as in `auriko.chat`, and the key of
   * `providerMetadata`. `providerOptions` and file references are read under this name and under `auriko`; where both
   * set an option, this name wins. Not empty, no dot.
   * @default 'auriko'
   */
  readonly name?: string;
  /** Routing for every call; a call's own `providerOptions.auriko.routing` wins field by field. */
  readonly routing?: AurikoRoutingOptions;
  /** Labels for every call; a call's own win field by field. */
  readonly metadata?: AurikoRequestMetadata;
  /**
   * What becomes of a JSON schema: `true` sends it; `'auto'` sends it, and when no provider of the model takes schemas
   * asks once more for a JSON object with the schema in a system message, and warns; `false` does so at once.
   * @default true
   */
  readonly structuredOutputs?: StructuredOutputs;
  /**
   * A stream of which parts wait unread, and none is taken, is given up after so long, milliseconds: the connection is
   * closed, and whoever reads on gets what was there and an error with code `stream_abandoned`. It may take up to
   * twice as long. 0: never.
   * @default 60000
   */
  readonly abandonedAfterMs?: number;
}

/** What a model has from its provider. */
export interface ModelConfig {
  /** Such as `auriko.chat`. */
  readonly provider: string;
  readonly session: Session;
  readonly defaults: RequestDefaults;
  /** The provider's name. @default 'auriko' */
  readonly name?: string | undefined;
  /** @default true */
  readonly structuredOutputs?: StructuredOutputs | undefined;
  /** Milliseconds; 0: never. @default 60000 */
  readonly abandonedAfterMs?: number | undefined;
  /** What all of this was made from, for serialisation. */
  readonly settings?: AurikoProviderSettings | undefined;
}

/** The kinds of model, as they stand in `provider`. */
export type ModelKind = 'chat' | 'responses' | 'embedding';

/** The part of the configuration that all kinds of model share. */
export type SharedConfig = Omit<ModelConfig, 'provider'> & { readonly name: string };

/**
 * Checks the settings of a provider. Opens nothing and reads nothing from the environment.
 *
 * @throws InvalidArgumentError when a setting is wrong; the message names it.
 */
export function sharedConfig(settings: AurikoProviderSettings): SharedConfig {
  const {
    name = 'auriko',
    routing,
    metadata,
    structuredOutputs = true,
    abandonedAfterMs = 60_000,
    ...connectionSettings
  } = settings;
  // `ai` takes what is before the first dot of a model's provider for the key of references and options.
  if (typeof name !== 'string' || !/^[^.\s]+$/.test(name)) {
    throw new InvalidArgumentError({
      argument: 'name',
      message: 'name must be a word without dots and spaces.',
    });
  }
  return {
    name,
    session: new Session(resolveConnection(connectionSettings, { maxRetries: 0 }), 'auriko-ai-sdk'),
    defaults: {
      routing: routing === undefined ? undefined : checkRouting(routing, 'routing'),
      metadata: metadata === undefined ? undefined : checkMetadata(metadata, 'metadata'),
    },
    structuredOutputs: checkStructuredOutputs(structuredOutputs, 'structuredOutputs'),
    abandonedAfterMs: checkAbandonedAfter(abandonedAfterMs, 'abandonedAfterMs'),
    settings,
  };
}

/** The configuration of one kind of model. */
export function modelConfig(shared: SharedConfig, kind: ModelKind): ModelConfig {
  return { ...shared, provider: `${shared.name}.${kind}` };
}
