// Call settings as the body of a Responses request (api.md §4.1). A setting is either sent or reported in `warnings`.

import type { LanguageModelV4CallOptions, SharedV4Warning } from '@ai-sdk/provider';

import { Payloads } from '../payloads.js';
import { mergeExtraBody, mergeGateway, type RequestDefaults } from '../request-body.js';
import { convertInput } from './convert-input.js';
import { convertTools, type HostedTools } from './convert-tools.js';
import { type CheckedResponsesOptions, checkResponsesOptions } from './options.js';

/** A request, and what the reply's reader has to know of it. */
export interface ResponsesCall {
  /** Large payloads are tokens in it: `payloads.body(body)` is what is sent. */
  readonly body: Record<string, unknown>;
  readonly payloads: Payloads;
  readonly warnings: SharedV4Warning[];
  readonly options: CheckedResponsesOptions;
  readonly hosted: HostedTools;
  readonly isReasoning: boolean;
}

const ENCRYPTED_REASONING = 'reasoning.encrypted_content';
const LOGPROBS = 'message.output_text.logprobs';

/**
 * The body of a call.
 *
 * @throws InvalidArgumentError for options that are wrong, UnsupportedFunctionalityError for files that can't be sent.
 */
export function convertResponsesCall(
  modelId: string,
  call: LanguageModelV4CallOptions,
  defaults: RequestDefaults,
  isStream: boolean,
): ResponsesCall {
  const warnings: SharedV4Warning[] = [];
  const options = checkResponsesOptions(call.providerOptions?.['auriko']);
  const effort = options.effort ?? (call.reasoning === 'provider-default' ? undefined : call.reasoning);
  // Most models that are called through this endpoint think unless they are told not to.
  const isReasoning = effort !== 'none' && effort !== 'off';
  const gateway = mergeGateway(defaults, options.gateway);
  const payloads = new Payloads();
  const { instructions, items } = convertInput(call.prompt, warnings, payloads);
  const { tools, choice, hosted } = convertTools(call, options.hostedTools, warnings);
  warnUnsupported(call, warnings);
  const settings: [string, unknown][] = [
    // A list of models replaces the model's own id: the wire takes one or the other.
    ['model', gateway['models'] === undefined ? modelId : undefined],
    ['instructions', instructions],
    ['input', items],
    ['max_output_tokens', call.maxOutputTokens],
    ['temperature', call.temperature],
    ['top_p', call.topP],
    ['top_k', call.topK],
    ['presence_penalty', call.presencePenalty],
    ['frequency_penalty', call.frequencyPenalty],
    ['text', textFormat(call, options)],
    ['tools', tools.length === 0 ? undefined : tools],
    ['tool_choice', choice],
    ['reasoning', reasoningOf(effort, options.summary)],
    ...Object.entries(options.body),
    ['include', includeOf(options, isReasoning)],
    // The service keeps nothing, and says so with an error when it is asked to.
    ['store', false],
    ['gateway', Object.keys(gateway).length === 0 ? undefined : gateway],
  ];
  const body = Object.fromEntries(settings.filter(([, value]) => value !== undefined));
  mergeExtraBody(body, options.extraBody);
  if (isStream) body['stream'] = true;
  else delete body['stream'];
  return { body, payloads, warnings, options, hosted, isReasoning };
}

function reasoningOf(effort: string | undefined, summary: string | undefined): unknown {
  if (effort === undefined && summary === undefined) return undefined;
  return {
    ...(effort === undefined ? {} : { effort }),
    ...(summary === undefined ? {} : { summary }),
  };
}

/** The service is stateless: thinking that is to go on in the next turn has to travel with the caller. */
function includeOf(options: CheckedResponsesOptions, isReasoning: boolean): readonly string[] | undefined {
  const include = options.include ?? [
    ...(isReasoning ? [ENCRYPTED_REASONING] : []),
    ...(options.wantsLogprobs ? [LOGPROBS] : []),
  ];
  return include.length === 0 ? undefined : include;
}

function textFormat(call: LanguageModelV4CallOptions, options: CheckedResponsesOptions): unknown {
  const format = call.responseFormat;
  if (format === undefined || format.type === 'text') return undefined;
  if (format.schema === undefined) return { format: { type: 'json_object' } };
  return {
    format: {
      type: 'json_schema',
      name: format.name ?? 'response',
      ...(format.description === undefined ? {} : { description: format.description }),
      schema: format.schema,
      strict: options.strictJsonSchema,
    },
  };
}

function warnUnsupported(call: LanguageModelV4CallOptions, warnings: SharedV4Warning[]): void {
  const details = 'The Responses API has no such setting.';
  if (call.seed !== undefined) warnings.push({ type: 'unsupported', feature: 'seed', details });
  if (call.stopSequences !== undefined && call.stopSequences.length > 0) {
    warnings.push({ type: 'unsupported', feature: 'stopSequences', details });
  }
}
