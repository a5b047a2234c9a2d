// `providerOptions.auriko` of messages and parts. Strict, like the options of a call.

import type { SharedV4ProviderOptions } from '@ai-sdk/provider';

import { type Check, camelCase, fields, isPlainObject, oneOf, refuse, text } from './option-checks.js';

/** Options of one message or part. */
export interface PartOptions {
  /** Ends a prompt prefix that the provider should cache; `{type: 'ephemeral'}`. */
  readonly cacheControl?: { readonly type: 'ephemeral' };
  /** How closely the model looks at an image. */
  readonly imageDetail?: 'auto' | 'low' | 'high';
  /** Name of who speaks. */
  readonly name?: string;
  /** Of a reasoning part: the provider's signature. */
  readonly signature?: string;
  /** Of a reasoning part: thinking that the provider keeps encrypted. */
  readonly redactedData?: string;
  /** Of a tool call: opaque mark that goes back with it. */
  readonly providerSignature?: string;
}

const NONE: PartOptions = {};

const cacheControl: Check = (value, path) =>
  isPlainObject(value) && value.type === 'ephemeral' ? value : refuse(path, "{ type: 'ephemeral' }");

const MESSAGE = fields({ cacheControl, name: text });
const PART = fields({
  cacheControl,
  imageDetail: oneOf('auto', 'low', 'high'),
  signature: text,
  redactedData: text,
  providerSignature: text,
  // What results carry and `ai` hands back with the part.
  thoughtSignature: text,
});

/** The options, or none. Throws `InvalidArgumentError` naming the option. */
export function partOptions(
  options: SharedV4ProviderOptions | undefined,
  of: 'message' | 'part',
): PartOptions {
  const given = options?.auriko;
  if (given === undefined) return NONE;
  const checked = (of === 'message' ? MESSAGE : PART)(given, 'providerOptions.auriko');
  // The cast is safe: the checks above let nothing else through.
  return Object.fromEntries(
    Object.entries(Object(checked)).map(([key, value]) => [camelCase(key), value]),
  ) as PartOptions;
}
