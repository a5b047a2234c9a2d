// What the readers of output items share: names, ids, and the facts that decide how a reply finished.

import type {
  LanguageModelV4Citation,
  LanguageModelV4CustomContent,
  LanguageModelV4File,
  LanguageModelV4Source,
  LanguageModelV4ToolCall,
  LanguageModelV4ToolResult,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';

import { isRecord } from '../../errors/envelope.js';
import { generateId } from '../../tool-fragments.js';
import { string } from '../../transport/fetch/decode-chunk.js';
import { convertAnnotation } from '../sources.js';
import type { HostedTools } from './convert-tools.js';
import type { OutputFacts } from './response-facts.js';

/** An output item in wire terms. */
export type Item = Readonly<Record<string, unknown>>;

/** Items of tools that run at the provider and are over when the item is. */
const HOSTED: ReadonlySet<string> = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'mcp_call',
]);

/** Fields of a hosted tool's item that are not its input. */
const NO_INPUT: ReadonlySet<string> = new Set([
  'id',
  'type',
  'status',
  'name',
  'result',
  'results',
  'output',
  'outputs',
  'error',
]);

const IMAGE_FORMATS: ReadonlySet<string> = new Set(['png', 'jpeg', 'webp']);

/** What is known of a reply's output so far. */
export class Output implements OutputFacts {
  hasToolCalls = false;
  isRefusal = false;
  readonly logprobs: unknown[] = [];
  readonly #ids = new Set<string>();
  #sources = 0;

  constructor(
    readonly hosted: HostedTools,
    private readonly wantsLogprobs: boolean,
  ) {}

  /** A tool call's own id, or a new one when it has none or shares it. */
  callId(given: unknown): string {
    const id = string(given);
    const unique = id === undefined || this.#ids.has(id) ? generateId() : id;
    this.#ids.add(unique);
    return unique;
  }

  /** The source and the citation behind an annotation. */
  annotation(
    annotation: unknown,
  ): { source: LanguageModelV4Source; citation: LanguageModelV4Citation } | undefined {
    return convertAnnotation(annotation, () => `s${this.#sources++}`);
  }

  /** Log probabilities of one text. */
  addLogprobs(part: Item): void {
    const logprobs = part['logprobs'];
    if (this.wantsLogprobs && Array.isArray(logprobs)) this.logprobs.push(...logprobs);
  }
}

/** Text, unless it is empty. Blanks count: a line break is text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The list in a field, or an empty one. */
export function records(value: unknown): Item[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** What goes back with a part of the item, without what the item lacks. */
export function itemMetadata(
  item: Item,
  more: Readonly<Record<string, string | undefined>> = {},
): { providerMetadata?: SharedV4ProviderMetadata } {
  const entries = Object.entries({ itemId: string(item['id']), ...more });
  const known = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  return Object.keys(known).length === 0 ? {} : { providerMetadata: { auriko: known } };
}

/** What goes back with the call of a function: some providers sign theirs. */
export function callMetadata(item: Item): { providerMetadata?: SharedV4ProviderMetadata } {
  return itemMetadata(item, { providerSignature: string(item['provider_signature']) });
}

/** Whether the item is the call of a tool that runs at the provider. */
export function isHosted(item: Item): boolean {
  return HOSTED.has(String(item['type']));
}

/** How a hosted tool appears to `ai`: under the caller's own name, or as one it need not know. */
export function hostedName(item: Item, { hosted }: Output): { toolName: string; dynamic?: true } {
  const { name, isKnown } = hosted.nameOf(String(item['type']));
  return isKnown ? { toolName: name } : { toolName: string(item['name']) ?? name, dynamic: true };
}

/** Call and result of a hosted tool. The result is the whole item, so that it can go back in the next turn. */
export function hostedParts(
  item: Item,
  toolCallId: string,
  output: Output,
): [LanguageModelV4ToolCall, LanguageModelV4ToolResult] {
  const name = hostedName(item, output);
  const isError = item['status'] === 'failed' || (item['error'] ?? null) !== null;
  return [
    { type: 'tool-call', toolCallId, ...name, input: hostedInput(item), providerExecuted: true },
    {
      type: 'tool-result',
      toolCallId,
      ...name,
      // The cast is safe: it was parsed from JSON.
      result: item as NonNullable<LanguageModelV4ToolResult['result']>,
      ...(isError ? { isError } : {}),
      ...itemMetadata(item, { itemId: string(item['id']) ?? toolCallId }),
    },
  ];
}

/** Everything else that is a part by itself: generated images, and items that only the provider understands. */
export function otherPart(item: Item): LanguageModelV4File | LanguageModelV4CustomContent | undefined {
  const type = string(item['type']);
  if (type === undefined) return undefined;
  if (type === 'image_generation_call') {
    const data = string(item['result']);
    const format = String(item['output_format']);
    if (data === undefined) return undefined;
    return {
      type: 'file',
      mediaType: `image/${IMAGE_FORMATS.has(format) ? format : 'png'}`,
      data: { type: 'data', data },
      ...itemMetadata(item),
    };
  }
  // The cast is safe: it was parsed from JSON.
  const whole = item as NonNullable<LanguageModelV4ToolResult['result']>;
  return { type: 'custom', kind: `auriko.${type}`, providerMetadata: { auriko: { item: whole } } };
}

function hostedInput(item: Item): string {
  const { arguments: text } = item;
  // Tools of MCP servers have arguments like functions.
  if (typeof text === 'string' && text.trim() !== '') return text;
  return JSON.stringify(Object.fromEntries(Object.entries(item).filter(([key]) => !NO_INPUT.has(key))));
}
