// Tools as the Responses API has them: functions are flat, and tools that run at the provider go through as they are.

import type { LanguageModelV4CallOptions, SharedV4Warning } from '@ai-sdk/provider';

import { isRecord } from '../../errors/envelope.js';

/** The tools of a request. */
export interface ConvertedTools {
  readonly tools: readonly Record<string, unknown>[];
  readonly choice: unknown;
  readonly hosted: HostedTools;
}

/** The caller's names of tools that run at the provider. */
export class HostedTools {
  readonly #names = new Map<string, string>();

  /** The caller has a tool of this wire type, under this name. */
  add(type: string, name: string): void {
    this.#names.set(type, name);
  }

  /**
   * The name for an output item such as `web_search_call`; `isKnown` when it is one of the caller's own tools, which
   * may be of a dated type such as `web_search_2025_08_26`.
   */
  nameOf(itemType: string): { readonly name: string; readonly isKnown: boolean } {
    const base = itemType.replace(/_call$/, '');
    for (const [type, name] of this.#names) {
      if (type === base || type.startsWith(`${base}_`)) return { name, isKnown: true };
    }
    return { name: base, isKnown: false };
  }

  /** The wire type of the tool with the caller's name. */
  typeOf(name: string): string | undefined {
    for (const [type, own] of this.#names) if (own === name) return type;
    return undefined;
  }
}

/** Function tools, provider tools with an id such as `auriko.web_search`, then the tools given as wire objects. */
export function convertTools(
  { tools: given = [], toolChoice }: LanguageModelV4CallOptions,
  raw: readonly Record<string, unknown>[],
  warnings: SharedV4Warning[],
): ConvertedTools {
  const hosted = new HostedTools();
  const tools: Record<string, unknown>[] = [];
  for (const tool of given) {
    if (tool.type === 'provider') {
      const [, type] = /^auriko\.(.+)$/.exec(tool.id) ?? [];
      if (type === undefined) {
        const details =
          'Only tools with an id such as auriko.web_search can be forwarded; the tool is left out.';
        warnings.push({ type: 'unsupported', feature: `provider tool ${tool.id}`, details });
      } else {
        hosted.add(type, tool.name);
        tools.push({ ...tool.args, type });
      }
      continue;
    }
    if (tool.inputExamples !== undefined && tool.inputExamples.length > 0) {
      const details = 'The wire has no field for examples; put them into the description.';
      warnings.push({ type: 'unsupported', feature: `inputExamples of tool ${tool.name}`, details });
    }
    tools.push({
      type: 'function',
      name: tool.name,
      ...(tool.description === undefined ? {} : { description: tool.description }),
      parameters: tool.inputSchema,
      ...(tool.strict === undefined ? {} : { strict: tool.strict }),
    });
  }
  tools.push(...raw.filter(isRecord));
  return { tools, choice: tools.length === 0 ? undefined : choiceOf(toolChoice, hosted), hosted };
}

function choiceOf(choice: LanguageModelV4CallOptions['toolChoice'], hosted: HostedTools): unknown {
  if (choice?.type !== 'tool') return choice?.type;
  const type = hosted.typeOf(choice.toolName);
  return type === undefined ? { type: 'function', name: choice.toolName } : { type };
}
