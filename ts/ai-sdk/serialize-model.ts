// Models that cross a step of Workflow (ai-sdk-provider.md §4.6): plain JSON out, the same model back. The symbols are
// those of `@workflow/serde`, which need not be installed for it.

import { type JSONObject, type JSONValue, UnsupportedFunctionalityError } from '@ai-sdk/provider';
import { isPlainObject } from '../option-checks.js';
import type { AurikoProviderSettings } from './model-config.js';

/** Names the static method that turns a model into data. */
export const WORKFLOW_SERIALIZE: unique symbol = Symbol.for('workflow-serialize');

/** Names the static method that turns the data back into a model. */
export const WORKFLOW_DESERIALIZE: unique symbol = Symbol.for('workflow-deserialize');

/** A model as plain JSON. It holds the API key when that was given as text, and may be stored: mind where. */
export interface SerializedModel {
  readonly modelId: string;
  readonly config: JSONObject;
}

/**
 * A model as plain JSON.
 *
 * Functions can't be kept: a custom `fetch` is gone afterwards, and a key from a function is read from the environment
 * again.
 *
 * @throws UnsupportedFunctionalityError when the provider has a transport object: without it requests would go to
 * another server than the caller chose.
 */
export function serializeModel(
  modelId: string,
  settings: AurikoProviderSettings | undefined,
): SerializedModel {
  if (typeof settings?.transport === 'object') {
    throw new UnsupportedFunctionalityError({
      functionality: 'serialising a model with a transport object',
      message:
        'A model whose provider has a transport object, such as an embedded gateway, can not be serialised. Make the provider inside the step instead.',
    });
  }
  const config: JSONObject = {};
  for (const [name, value] of Object.entries(settings ?? {})) {
    if (name === 'headers' && isPlainObject(value)) {
      // Undefined takes a header away, and JSON would lose it.
      config[name] = Object.fromEntries(Object.entries(value).map(([key, text]) => [key, headerOf(text)]));
    } else if (isJson(value)) {
      config[name] = value;
    }
  }
  return { modelId, config };
}

/** The provider's settings behind a serialised model. They are checked like a caller's own. */
export function deserializeSettings({ config }: SerializedModel): AurikoProviderSettings {
  const { headers } = config;
  // The casts are safe: `serializeModel` made it from settings, and `sharedConfig` checks them again.
  if (!isPlainObject(headers)) return config as AurikoProviderSettings;
  const entries = Object.entries(headers).map(([key, text]) => [key, text ?? undefined]);
  return { ...config, headers: Object.fromEntries(entries) } as AurikoProviderSettings;
}

function headerOf(text: unknown): string | null {
  return typeof text === 'string' ? text : null;
}

function isJson(value: unknown): value is JSONValue {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true;
  if (Array.isArray(value)) return value.every(isJson);
  return isPlainObject(value) && Object.values(value).every((entry) => entry === undefined || isJson(entry));
}
