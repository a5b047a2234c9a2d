// JSON schemas for models that take none: the request is made again as a plain JSON object, with the schema in words.
// `ai` checks the reply against the schema itself, so what is lost is only the provider's guarantee.

import type { SharedV4Warning } from '@ai-sdk/provider';

import { isRecord } from '../errors/envelope.js';
import { AurikoAPIError } from '../errors.js';
import { refuse } from '../option-checks.js';
import type { ConvertedCall } from './request-body.js';

/** What becomes of a JSON schema; see `AurikoProviderSettings.structuredOutputs`. */
export type StructuredOutputs = boolean | 'auto';

/** Checks the setting. Throws `InvalidArgumentError` that names `path`. */
export function checkStructuredOutputs(value: unknown, path: string): StructuredOutputs {
  return typeof value === 'boolean' || value === 'auto' ? value : refuse(path, "true, false or 'auto'");
}

/** Whether a call failed because no provider of the model takes schemas. */
export function isSchemaRefused(error: unknown): boolean {
  return AurikoAPIError.isInstance(error) && error.code === 'structured_output_not_supported';
}

/**
 * The call with the schema in a system message and a warning that says so; undefined when it sends no schema.
 * The message goes behind the system messages that lead: some providers refuse them anywhere else.
 */
export function withoutSchema(call: ConvertedCall): ConvertedCall | undefined {
  const format = call.body['response_format'];
  if (!isRecord(format) || format['type'] !== 'json_schema' || !isRecord(format['json_schema'])) {
    return undefined;
  }
  const messages = Array.isArray(call.body['messages']) ? call.body['messages'] : [];
  const isLeading = (message: unknown) =>
    isRecord(message) && (message['role'] === 'system' || message['role'] === 'developer');
  const firstOther = messages.findIndex((message) => !isLeading(message));
  const position = firstOther < 0 ? messages.length : firstOther;
  const instruction = { role: 'system', content: instructionOf(format['json_schema']['schema']) };
  const warning: SharedV4Warning = {
    type: 'compatibility',
    feature: 'responseFormat',
    details: 'The JSON schema is sent as an instruction, not enforced by the provider.',
  };
  return {
    ...call,
    body: {
      ...call.body,
      messages: [...messages.slice(0, position), instruction, ...messages.slice(position)],
      response_format: { type: 'json_object' },
    },
    warnings: [...call.warnings, warning],
  };
}

/** OpenAI and DeepSeek want the word JSON in a message before they give a JSON object (api.md §3.4). */
function instructionOf(schema: unknown): string {
  return `JSON schema:\n${JSON.stringify(schema)}\nYou MUST answer with a JSON object that matches the JSON schema above.`;
}
