// Call settings as the request body (ai-sdk-provider.md §3.1). A setting is either sent or reported in `warnings`.

import type { LanguageModelV4CallOptions, SharedV4Warning } from '@ai-sdk/provider';

import { isRecord } from '../errors/envelope.js';
import { convertPrompt } from './convert-prompt.js';
import { Payloads } from './payloads.js';
import { type CheckedOptions, checkOptions } from './provider-options.js';

/** What a provider sets for all its calls, in wire terms. */
export interface RequestDefaults {
  readonly routing?: Readonly<Record<string, unknown>> | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** A request, and what the reply's reader has to know of it. */
export interface ConvertedCall {
  /** Large payloads are tokens in it: `payloads.body(body)` is what is sent. */
  readonly body: Record<string, unknown>;
  readonly payloads: Payloads;
  readonly warnings: SharedV4Warning[];
  readonly options: CheckedOptions;
  readonly isReasoning: boolean;
}

/**
 * The body of a call.
 *
 * @throws InvalidArgumentError for options that are wrong, UnsupportedFunctionalityError for files that can't be sent.
 */
export function convertCall(
  modelId: string,
  call: LanguageModelV4CallOptions,
  defaults: RequestDefaults,
  isStream: boolean,
): ConvertedCall {
  const warnings: SharedV4Warning[] = [];
  const payloads = new Payloads();
  const options = checkOptions(call.providerOptions?.auriko);
  const effort = options.body.reasoning_effort ?? reasoningEffort(call.reasoning, warnings);
  const gateway = mergeGateway(defaults, options.gateway);
  const settings: [string, unknown][] = [
    // A list of models replaces the model's own id: the wire takes one or the other.
    ['model', gateway.models === undefined ? modelId : undefined],
    ['messages', convertPrompt(call.prompt, warnings, payloads)],
    ['max_completion_tokens', call.maxOutputTokens],
    ['temperature', call.temperature],
    ['top_p', call.topP],
    ['top_k', call.topK],
    ['presence_penalty', call.presencePenalty],
    ['frequency_penalty', call.frequencyPenalty],
    ['seed', call.seed],
    ['stop', call.stopSequences?.length ? call.stopSequences : undefined],
    ['response_format', responseFormat(call, options)],
    ...toolSettings(call, warnings),
    ...Object.entries(options.body),
    ['reasoning_effort', effort],
    ['gateway', Object.keys(gateway).length === 0 ? undefined : gateway],
  ];
  const body = Object.fromEntries(settings.filter(([, value]) => value !== undefined));
  mergeExtraBody(body, options.extraBody);
  if (isStream) {
    body.stream = true;
    // Auriko always reports usage; other servers behind the same API only when they are asked.
    body.stream_options ??= { include_usage: true };
  } else {
    delete body.stream;
  }
  return {
    body,
    payloads,
    warnings,
    options,
    isReasoning: effort !== undefined && effort !== 'off' && effort !== 'none',
  };
}

function reasoningEffort(
  reasoning: LanguageModelV4CallOptions['reasoning'],
  warnings: SharedV4Warning[],
): string | undefined {
  switch (reasoning) {
    case undefined:
    case 'provider-default':
      return undefined;
    case 'none':
      return 'off';
    case 'minimal':
      warnings.push({ type: 'compatibility', feature: 'reasoning', details: "'minimal' is sent as 'low'." });
      return 'low';
    default:
      return reasoning;
  }
}

function responseFormat(call: LanguageModelV4CallOptions, options: CheckedOptions): unknown {
  const format = call.responseFormat;
  if (format === undefined || format.type === 'text') return undefined;
  if (format.schema === undefined) return { type: 'json_object' };
  return {
    type: 'json_schema',
    json_schema: {
      name: format.name ?? 'response',
      ...(format.description === undefined ? {} : { description: format.description }),
      schema: format.schema,
      strict: options.strictJsonSchema,
    },
  };
}

function toolSettings(call: LanguageModelV4CallOptions, warnings: SharedV4Warning[]): [string, unknown][] {
  const tools: Record<string, unknown>[] = [];
  for (const tool of call.tools ?? []) {
    if (tool.type === 'provider') {
      const details = 'Auriko forwards function tools only; the tool is left out.';
      warnings.push({ type: 'unsupported', feature: `provider tool ${tool.id}`, details });
      continue;
    }
    if (tool.inputExamples !== undefined && tool.inputExamples.length > 0) {
      const details = 'The wire has no field for examples; put them into the description.';
      warnings.push({ type: 'unsupported', feature: `inputExamples of tool ${tool.name}`, details });
    }
    tools.push({
      type: 'function',
      function: {
        name: tool.name,
        ...(tool.description === undefined ? {} : { description: tool.description }),
        parameters: tool.inputSchema,
        ...(tool.strict === undefined ? {} : { strict: tool.strict }),
      },
    });
  }
  if (tools.length === 0) return [];
  return [
    ['tools', tools],
    ['tool_choice', toolChoice(call.toolChoice)],
  ];
}

function toolChoice(choice: LanguageModelV4CallOptions['toolChoice']): unknown {
  if (choice === undefined) return undefined;
  return choice.type === 'tool' ? { type: 'function', function: { name: choice.toolName } } : choice.type;
}

/** Routing and metadata of the call over those of the provider, field by field. */
export function mergeGateway(
  defaults: RequestDefaults,
  own: Record<string, unknown>,
): Record<string, unknown> {
  const gateway = { ...own };
  for (const name of ['routing', 'metadata'] as const) {
    const base = defaults[name];
    if (base === undefined || Object.keys(base).length === 0) continue;
    const over = gateway[name];
    gateway[name] = isRecord(over) ? { ...base, ...over } : base;
  }
  return gateway;
}

/** `gateway` is merged child by child, everything else is replaced (api.md §3.1). */
export function mergeExtraBody(body: Record<string, unknown>, extra: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(extra)) {
    const base = body[name];
    body[name] = name === 'gateway' && isRecord(base) && isRecord(value) ? { ...base, ...value } : value;
  }
}
