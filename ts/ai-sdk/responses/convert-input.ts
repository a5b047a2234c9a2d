// The AI SDK's prompt as instructions and input items (api.md §4.2). The service keeps no state, so what an earlier
// reply held goes back as it came, in its order: thinking with its encrypted form, hosted tools as their whole item.

import type {
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ReasoningPart,
  LanguageModelV4TextPart,
  LanguageModelV4ToolResultPart,
  SharedV4Warning,
} from '@ai-sdk/provider';

import { isRecord } from '../../errors/envelope.js';
import { convertFile, type WirePart } from '../convert-file.js';
import { argumentsText, resultText, skip } from '../convert-prompt.js';
import { type PartOptions, partOptions } from '../part-options.js';
import type { Payloads } from '../payloads.js';

/** An input item in wire terms. */
export type InputItem = Record<string, unknown>;

type Content<Role> = Extract<LanguageModelV4Message, { role: Role }>['content'];

/**
 * The system messages that lead become instructions, everything else items. What can't be sent is reported.
 *
 * @param payloads Keeps large data out of the JSON; without it all data is written into the items.
 * @throws UnsupportedFunctionalityError for files that the wire can't carry.
 */
export function convertInput(
  prompt: LanguageModelV4Prompt,
  warnings: SharedV4Warning[],
  payloads?: Payloads,
): { readonly instructions: string | undefined; readonly items: InputItem[] } {
  const firstOther = prompt.findIndex(({ role }) => role !== 'system');
  const leading = firstOther < 0 ? prompt.length : firstOther;
  const instructions = prompt
    .slice(0, leading)
    .map((message) => (message.role === 'system' ? message.content : ''))
    .join('\n\n');
  for (const message of prompt) warnOptions(message, warnings);
  return {
    instructions: leading === 0 ? undefined : instructions,
    items: prompt.slice(leading).flatMap((message) => convertMessage(message, warnings, payloads)),
  };
}

function convertMessage(
  message: LanguageModelV4Message,
  warnings: SharedV4Warning[],
  payloads: Payloads | undefined,
): InputItem[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.content }];
    case 'user':
      return [{ role: 'user', content: userContent(message.content, payloads) }];
    case 'assistant':
      return new AssistantItems(warnings).convert(message.content);
    case 'tool':
      return toolItems(message.content, warnings, payloads);
  }
}

/** Marks that this wire has no place for. */
function warnOptions(message: LanguageModelV4Message, warnings: SharedV4Warning[]): void {
  const own = partOptions(message.providerOptions, 'message');
  if (own.name !== undefined) skip('name of messages', warnings);
  const parts = typeof message.content === 'string' ? [] : message.content;
  const all = [own, ...parts.map((part) => partOptions(part.providerOptions, 'part'))];
  if (all.some(({ cacheControl }) => cacheControl !== undefined)) skip('cacheControl', warnings);
}

function userContent(parts: Content<'user'>, payloads: Payloads | undefined): string | WirePart[] {
  const [first] = parts;
  if (parts.length === 1 && first?.type === 'text') return first.text;
  return parts.map((part) => inputPart(part, payloads));
}

function inputPart(
  part: LanguageModelV4TextPart | LanguageModelV4FilePart,
  payloads: Payloads | undefined,
): WirePart {
  return part.type === 'text'
    ? { type: 'input_text', text: part.text }
    : flatPart(convertFile(part, payloads));
}

/** A content part of the chat wire as the Responses API writes it. */
function flatPart(part: WirePart): WirePart {
  const { image_url: image, file } = part;
  if (isRecord(file)) return { type: 'input_file', ...file };
  if ('input_audio' in part) return part;
  if (!isRecord(image)) return { type: 'input_text', text: part['text'] };
  return {
    type: 'input_image',
    image_url: image['url'],
    ...(image['detail'] === undefined ? {} : { detail: image['detail'] }),
  };
}

/** The parts of one assistant message; neighbours of one item come together again. */
class AssistantItems {
  readonly #items: InputItem[] = [];
  /** The item that the next part may still belong to. */
  #open:
    | { readonly kind: 'message' | 'reasoning'; readonly id: string | undefined; item: InputItem }
    | undefined;

  constructor(private readonly warnings: SharedV4Warning[]) {}

  convert(parts: Content<'assistant'>): InputItem[] {
    for (const part of parts) {
      const options = partOptions(part.providerOptions, 'part');
      switch (part.type) {
        case 'text':
          this.#text(part.text, options);
          break;
        case 'reasoning':
          this.#reasoning(part, options);
          break;
        case 'tool-call':
          // A call that ran at the provider goes back with its result.
          if (part.providerExecuted === true) break;
          this.#push({
            type: 'function_call',
            ...(options.itemId === undefined ? {} : { id: options.itemId }),
            call_id: part.toolCallId,
            name: part.toolName,
            arguments: argumentsText(part.input),
            ...(options.providerSignature === undefined
              ? {}
              : { provider_signature: options.providerSignature }),
          });
          break;
        case 'tool-result':
          this.#hosted(part, options);
          break;
        case 'custom':
          if (part.kind.startsWith('auriko.') && options.item !== undefined) this.#push(options.item);
          else skip(`custom parts (${part.kind})`, this.warnings);
          break;
        case 'file':
          skip('assistant file parts', this.warnings);
          break;
        case 'reasoning-file':
          skip('reasoning files', this.warnings);
          break;
      }
    }
    return this.#items;
  }

  #text(text: string, { itemId, phase }: PartOptions): void {
    if (text === '') return;
    const part = { type: 'output_text', text };
    if (this.#open?.kind === 'message' && this.#open.id === itemId) {
      const { item } = this.#open;
      item['content'] = [...listOf(item['content']), part];
      return;
    }
    const item: InputItem = {
      type: 'message',
      role: 'assistant',
      ...(itemId === undefined ? {} : { id: itemId }),
      content: [part],
      ...(phase === undefined ? {} : { phase }),
    };
    this.#push(item);
    this.#open = { kind: 'message', id: itemId, item };
  }

  #reasoning({ text }: LanguageModelV4ReasoningPart, { itemId, encryptedContent }: PartOptions): void {
    if (itemId === undefined && encryptedContent === undefined) {
      // Thoughts of another endpoint or provider: no model takes them for its own.
      skip('reasoning that is not from the Responses API', this.warnings);
      return;
    }
    let item: InputItem;
    if (itemId !== undefined && this.#open?.kind === 'reasoning' && this.#open.id === itemId) {
      item = this.#open.item;
    } else {
      item = { type: 'reasoning', ...(itemId === undefined ? {} : { id: itemId }), summary: [] };
      this.#push(item);
      this.#open = { kind: 'reasoning', id: itemId, item };
    }
    if (text !== '') item['summary'] = [...listOf(item['summary']), { type: 'summary_text', text }];
    if (encryptedContent !== undefined) item['encrypted_content'] = encryptedContent;
  }

  /** The result of a hosted tool is its whole item. */
  #hosted({ output }: LanguageModelV4ToolResultPart, { itemId }: PartOptions): void {
    const value = output.type === 'json' || output.type === 'error-json' ? output.value : undefined;
    if (itemId !== undefined && isRecord(value) && typeof value['type'] === 'string') this.#push(value);
    else skip('tool results in assistant messages', this.warnings);
  }

  #push(item: InputItem): void {
    this.#items.push(item);
    this.#open = undefined;
  }
}

function toolItems(
  parts: Content<'tool'>,
  warnings: SharedV4Warning[],
  payloads: Payloads | undefined,
): InputItem[] {
  const items: InputItem[] = [];
  const images: WirePart[] = [];
  for (const part of parts) {
    if (part.type !== 'tool-result') {
      skip('tool approvals', warnings);
      continue;
    }
    items.push({
      type: 'function_call_output',
      call_id: part.toolCallId,
      output: resultText(part, images, warnings, payloads),
    });
  }
  if (images.length > 0) items.push({ role: 'user', content: images.map(flatPart) });
  return items;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
