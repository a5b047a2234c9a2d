// `providerOptions.auriko` of messages and parts. Strict, like the options of a call.

import type { SharedV4ProviderOptions } from '@ai-sdk/provider';

import {
  type Check,
  camelCase,
  fields,
  isPlainObject,
  oneOf,
  record,
  refuse,
  text,
} from '../option-checks.js';

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
  /** Responses: the item that the part was, or was of. */
  readonly itemId?: string;
  /** Responses, of a reasoning part: the thinking itself, encrypted. */
  readonly encryptedContent?: string;
  /** Responses, of a text part: `commentary` or `final_answer`. */
  readonly phase?: string;
  /** Responses, of a custom part: the whole item. */
  readonly item?: Readonly<Record<string, unknown>>;
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
  itemId: text,
  encryptedContent: text,
  phase: text,
  item: record,
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
