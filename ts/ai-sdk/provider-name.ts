// A provider with a name of its own. The converters know one key, `auriko`; here options and file references under
// the provider's name are moved to it, and metadata from it. Without a name of one's own nothing is copied.

import {
  InvalidArgumentError,
  type LanguageModelV4CallOptions,
  type LanguageModelV4Content,
  type LanguageModelV4FilePart,
  type LanguageModelV4Message,
  type LanguageModelV4Prompt,
  type LanguageModelV4StreamPart,
  type LanguageModelV4ToolResultOutput,
  NoSuchProviderReferenceError,
  type SharedV4ProviderMetadata,
  type SharedV4ProviderOptions,
} from '@ai-sdk/provider';

/** The key that the converters know. */
export const OWN_NAME = 'auriko';

/** Call options with everything that stands under `name` under `auriko` too. The given object is not changed. */
export function callUnderOwnName(call: LanguageModelV4CallOptions, name: string): LanguageModelV4CallOptions {
  if (name === OWN_NAME) return call;
  return { ...withOptions(call, name), prompt: promptUnderOwnName(call.prompt, name) };
}

/** Options with what stands under `name` merged over what stands under `auriko`, key by key. */
export function optionsUnderOwnName(
  options: SharedV4ProviderOptions | undefined,
  name: string,
): SharedV4ProviderOptions | undefined {
  const own = options?.[name];
  if (name === OWN_NAME || own === undefined) return options;
  return { ...options, [OWN_NAME]: { ...options?.[OWN_NAME], ...own } };
}

/** Metadata under `name` instead of `auriko`. */
export function metadataUnder(
  metadata: SharedV4ProviderMetadata | undefined,
  name: string,
): SharedV4ProviderMetadata | undefined {
  const own = metadata?.[OWN_NAME];
  return name === OWN_NAME || own === undefined ? metadata : { [name]: own };
}

/** A part of a stream or of a result with its metadata under `name`. */
export function partUnder<Part extends LanguageModelV4StreamPart | LanguageModelV4Content>(
  part: Part,
  name: string,
): Part {
  if (name === OWN_NAME || !('providerMetadata' in part)) return part;
  const providerMetadata = metadataUnder(part.providerMetadata, name);
  return providerMetadata === undefined ? part : { ...part, providerMetadata };
}

/** An error about an option or a file reference, which names the provider as the caller does. */
export function errorUnder(error: unknown, name: string): unknown {
  if (name === OWN_NAME) return error;
  if (NoSuchProviderReferenceError.isInstance(error)) {
    return new NoSuchProviderReferenceError({ provider: name, reference: error.reference });
  }
  const prefix = `providerOptions.${OWN_NAME}`;
  if (!InvalidArgumentError.isInstance(error) || !error.message.startsWith(prefix)) return error;
  const message = `providerOptions.${name}${error.message.slice(prefix.length)}`;
  return new InvalidArgumentError({ argument: error.argument, message });
}

function promptUnderOwnName(prompt: LanguageModelV4Prompt, name: string): LanguageModelV4Prompt {
  return prompt.map((message) => {
    const { content } = message;
    if (typeof content === 'string') return withOptions(message, name);
    const parts = content.map((part) => {
      const moved = withOptions(part, name);
      if (moved.type === 'file') return withReference(moved, name);
      if (moved.type === 'tool-result') return { ...moved, output: outputUnderOwnName(moved.output, name) };
      return moved;
    });
    // The cast is safe: parts keep their types, so they fit where they came from.
    return { ...withOptions(message, name), content: parts } as LanguageModelV4Message;
  });
}

function outputUnderOwnName(
  output: LanguageModelV4ToolResultOutput,
  name: string,
): LanguageModelV4ToolResultOutput {
  if (output.type !== 'content') return output;
  const value = output.value.map((part) => {
    const moved = withOptions(part, name);
    return moved.type === 'file' ? withReference(moved, name) : moved;
  });
  return { ...output, value };
}

function withOptions<T extends { providerOptions?: SharedV4ProviderOptions | undefined }>(
  holder: T,
  name: string,
): T {
  const providerOptions = optionsUnderOwnName(holder.providerOptions, name);
  return providerOptions === holder.providerOptions ? holder : { ...holder, providerOptions };
}

/** A file by reference, whose id under `name` wins. */
function withReference<T extends Pick<LanguageModelV4FilePart, 'data'>>(file: T, name: string): T {
  const { data } = file;
  if (data.type !== 'reference') return file;
  const own = data.reference[name];
  if (own === undefined) return file;
  return { ...file, data: { ...data, reference: { ...data.reference, [OWN_NAME]: own } } };
}
