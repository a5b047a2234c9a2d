// Wire text of the Responses endpoint, and models on it.

import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { type AurikoProviderSettings, modelConfig, sharedConfig } from '../../ts/ai-sdk/model-config.js';
import { AurikoResponsesLanguageModel } from '../../ts/ai-sdk/responses/responses-model.js';
import type { Transport } from '../../ts/transport.js';
import type { ScriptedServer } from './scripted-server.js';

type Json = Record<string, unknown>;

/** A model of a test server. */
export function responsesModel(
  transport: Transport,
  server: ScriptedServer,
  more: AurikoProviderSettings = {},
): AurikoResponsesLanguageModel {
  const settings = { transport, apiKey: 'ak_test', baseURL: server.url, ...more };
  return new AurikoResponsesLanguageModel('m', modelConfig(sharedConfig(settings), 'responses'));
}

/** The usage that `response` reports. */
export const RESPONSE_USAGE = {
  input_tokens: 10,
  output_tokens: 7,
  total_tokens: 17,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 1 },
  output_tokens_details: { reasoning_tokens: 5 },
};

/** A response object. */
export function response(output: unknown[], more: Json = {}): Json {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_700_000_000,
    model: 'm-1',
    status: 'completed',
    output,
    usage: RESPONSE_USAGE,
    error: null,
    ...more,
  };
}

/** Events as frames, each with its `event:` line and a sequence number, without `[DONE]`. */
export function events(...values: Json[]): string {
  return values
    .map((value, index) => {
      const data = JSON.stringify({ ...value, sequence_number: index });
      return `event: ${String(value['type'])}\ndata: ${data}\n\n`;
    })
    .join('');
}

/** The first two events of every stream. */
export const BEGIN: Json[] = [
  { type: 'response.created', response: response([], { status: 'in_progress', usage: null }) },
  { type: 'response.in_progress', response: response([], { status: 'in_progress', usage: null }) },
];

/** The terminal event. */
export const completed = (output: unknown[] = [], more: Json = {}): Json => ({
  type: 'response.completed',
  response: response(output, more),
});

/** An item begins. */
export const added = (output_index: number, item: Json): Json => ({
  type: 'response.output_item.added',
  output_index,
  item,
});

/** An item is whole. */
export const done = (output_index: number, item: Json): Json => ({
  type: 'response.output_item.done',
  output_index,
  item,
});

/** An event of a place in the output. */
export const at = (output_index: number, type: string, more: Json): Json => ({
  type: `response.${type}`,
  output_index,
  ...more,
});

/** A delta of visible text. */
export const textDelta = (output_index: number, delta: string, content_index = 0): Json =>
  at(output_index, 'output_text.delta', { item_id: `i${output_index}`, content_index, delta, logprobs: [] });

/** A whole message item. */
export const message = (text: string, more: Json = {}): Json => ({
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
  ...more,
});

/** The parts of a stream. */
export async function drain(
  stream: ReadableStream<LanguageModelV4StreamPart>,
): Promise<LanguageModelV4StreamPart[]> {
  const parts: LanguageModelV4StreamPart[] = [];
  const reader = stream.getReader();
  for (;;) {
    const { done: isDone, value } = await reader.read();
    if (isDone) return parts;
    parts.push(value);
  }
}

/** What a promise rejects with. */
export function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(promise).then(
    () => {
      throw new Error('it did not reject');
    },
    (reason: unknown) => reason,
  );
}
