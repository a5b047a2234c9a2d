// The AI SDK's prompt as wire messages (ai-sdk-provider.md §5.1). The prompt is never changed.

import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4TextPart,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolResultPart,
  SharedV4Warning,
} from '@ai-sdk/provider';

import { convertFile, type WirePart } from './convert-file.js';
import { type PartOptions, partOptions } from './part-options.js';
import type { Payloads } from './payloads.js';
import { stableJson } from './stable-json.js';

/** A message in wire terms. */
export type WireMessage = Record<string, unknown>;

type Content<Role> = Extract<LanguageModelV4Message, { role: Role }>['content'];

/** What is said to the model when the user refused a tool call without a reason. */
const DENIED = 'The user denied this tool call.';

/**
 * The messages of a prompt. What can't be sent is reported in `warnings`.
 *
 * @param payloads Keeps large data out of the JSON; without it all data is written into the messages.
 * @throws UnsupportedFunctionalityError for files that the wire can't carry.
 */
export function convertPrompt(
  prompt: LanguageModelV4Prompt,
  warnings: SharedV4Warning[],
  payloads?: Payloads,
): WireMessage[] {
  return prompt.flatMap((message) => convertMessage(message, warnings, payloads));
}

function convertMessage(
  message: LanguageModelV4Message,
  warnings: SharedV4Warning[],
  payloads: Payloads | undefined,
): WireMessage[] {
  const options = partOptions(message.providerOptions, 'message');
  const name = options.name === undefined ? {} : { name: options.name };
  // Only parts of user messages have a place for the mark on this wire.
  if (message.role !== 'user' && hasCacheControl(message, options)) {
    skip(`cacheControl on ${message.role} messages`, warnings);
  }
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content, ...name }];
    case 'user':
      return [{ role: 'user', content: userContent(message.content, options, payloads), ...name }];
    case 'assistant':
      return [{ ...assistantMessage(message.content, warnings), ...name }];
    case 'tool':
      return toolMessages(message.content, warnings, payloads);
  }
}

function userContent(
  parts: Content<'user'>,
  options: PartOptions,
  payloads: Payloads | undefined,
): string | WirePart[] {
  const [first] = parts;
  const isPlain = first?.type === 'text' && cacheControl(first, options) === undefined;
  if (parts.length === 1 && isPlain) return first.text;
  return parts.map((part, index) => {
    // A mark on the message is a mark on its last part: it ends the prefix.
    const inherited = index === parts.length - 1 ? options : {};
    const mark = cacheControl(part, inherited);
    const wire = part.type === 'text' ? { type: 'text', text: part.text } : convertFile(part, payloads);
    return mark === undefined ? wire : { ...wire, cache_control: mark };
  });
}

function hasCacheControl(message: LanguageModelV4Message, options: PartOptions): boolean {
  if (options.cacheControl !== undefined) return true;
  if (typeof message.content === 'string') return false;
  return message.content.some((part) => partOptions(part.providerOptions, 'part').cacheControl !== undefined);
}

function cacheControl(
  part: LanguageModelV4TextPart | LanguageModelV4FilePart,
  inherited: PartOptions,
): unknown {
  return partOptions(part.providerOptions, 'part').cacheControl ?? inherited.cacheControl;
}

function assistantMessage(parts: Content<'assistant'>, warnings: SharedV4Warning[]): WireMessage {
  let text = '';
  let thoughts = '';
  const blocks: WirePart[] = [];
  const calls: WirePart[] = [];
  const results: LanguageModelV4ToolResultPart[] = [];
  for (const part of parts) {
    const options = partOptions(part.providerOptions, 'part');
    switch (part.type) {
      case 'text':
        text += part.text;
        break;
      case 'reasoning':
        if (options.redactedData !== undefined) {
          blocks.push({ type: 'redacted', data: options.redactedData });
        } else {
          thoughts += part.text;
          if (options.signature !== undefined) {
            blocks.push({ type: 'thinking', thinking: part.text, signature: options.signature });
          }
        }
        break;
      case 'tool-call':
        calls.push(toolCall(part, options));
        break;
      case 'tool-result':
        results.push(part);
        break;
      case 'file':
        skip('assistant file parts', warnings);
        break;
      case 'reasoning-file':
        skip('reasoning files', warnings);
        break;
      case 'custom':
        skip(`custom parts (${part.kind})`, warnings);
        break;
    }
  }
  // Results of tools that the provider ran have no place on this wire.
  if (results.length > 0) skip('tool results in assistant messages', warnings);
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    ...(thoughts === '' ? {} : { reasoning_content: thoughts }),
    ...(blocks.length === 0 ? {} : { reasoning: blocks }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function toolCall(part: LanguageModelV4ToolCallPart, options: PartOptions): WirePart {
  const signature = options.providerSignature;
  return {
    id: part.toolCallId,
    type: 'function',
    function: { name: part.toolName, arguments: argumentsText(part.input) },
    ...(signature === undefined ? {} : { provider_signature: signature }),
  };
}

/** Text that is JSON already goes through unchanged, so that a replayed call is byte for byte what the model wrote. */
export function argumentsText(input: unknown): string {
  if (typeof input !== 'string') return stableJson(input ?? {});
  try {
    JSON.parse(input);
    return input;
  } catch {
    return JSON.stringify(input);
  }
}

function toolMessages(
  parts: Content<'tool'>,
  warnings: SharedV4Warning[],
  payloads: Payloads | undefined,
): WireMessage[] {
  const messages: WireMessage[] = [];
  const images: WirePart[] = [];
  for (const part of parts) {
    // Approvals concern tools that the provider runs, and there are none on this wire.
    if (part.type !== 'tool-result') continue;
    messages.push({
      role: 'tool',
      tool_call_id: part.toolCallId,
      content: resultText(part, images, warnings, payloads),
    });
  }
  if (images.length > 0) messages.push({ role: 'user', content: images });
  return messages;
}

/** The text of a tool's result. Its images are added to `images`, with a warning. */
export function resultText(
  { output, toolName }: LanguageModelV4ToolResultPart,
  images: WirePart[],
  warnings: SharedV4Warning[],
  payloads?: Payloads,
): string {
  switch (output.type) {
    case 'text':
    case 'error-text':
      return output.value;
    case 'json':
    case 'error-json':
      return stableJson(output.value);
    case 'execution-denied':
      return output.reason ?? DENIED;
    case 'content':
      break;
  }
  const texts: string[] = [];
  let moved = 0;
  for (const part of output.value) {
    if (part.type === 'text') texts.push(part.text);
    else if (part.type === 'custom') skip('custom parts of tool results', warnings);
    else {
      const file = convertFile({ ...part, type: 'file' }, payloads);
      if (file.type === 'text') texts.push(String(file.text));
      else {
        images.push(file);
        moved += 1;
      }
    }
  }
  if (moved > 0) {
    warnings.push({
      type: 'other',
      message: `Tool results hold text only: ${moved} image(s) of '${toolName}' go into a user message behind them.`,
    });
    if (texts.length === 0) texts.push('The result is the image in the next message.');
  }
  return texts.join('\n');
}

/** Reports, once, what is left out. */
export function skip(feature: string, warnings: SharedV4Warning[]): void {
  const details = 'Left out of the request.';
  if (!warnings.some((warning) => warning.type === 'unsupported' && warning.feature === feature)) {
    warnings.push({ type: 'unsupported', feature, details });
  }
}
