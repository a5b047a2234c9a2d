// What a response object gets beside its wire fields: the text of its messages.

import { isRecord } from '../../errors/envelope.js';
import type { Response } from './output-types.js';

/**
 * Adds `output_text`. It stays out of copies and of JSON, unless the wire had the field. The object is changed and
 * returned.
 */
export function withOutputText(response: Record<string, unknown>): Response {
  const { output_text, output } = response;
  if (typeof output_text !== 'string' || output_text === '') {
    Object.defineProperty(response, 'output_text', {
      value: textOf(output),
      enumerable: typeof output_text === 'string',
      configurable: true,
      writable: true,
    });
  }
  // The cast is as safe as the wire: what the type calls required is what the service always sends.
  return response as unknown as Response;
}

function textOf(output: unknown): string {
  return records(output)
    .filter((item) => item['type'] === 'message')
    .flatMap((item) => records(item['content']))
    .map((part) => (part['type'] === 'output_text' && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}

function records(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}
