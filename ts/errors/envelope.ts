// Reading error bodies: ours (errors.md §1), and whatever else may sit between the caller and the gateway.

import type { AurikoErrorType } from '../error-codes.js';

/** The inner object of a well-formed error envelope. */
export interface WireError {
  readonly message: string;
  readonly type: AurikoErrorType;
  readonly code: string;
  readonly param?: string;
  readonly provider?: string;
  readonly docUrl?: string;
  readonly suggestion?: string;
}

const TYPES: ReadonlySet<string> = new Set<AurikoErrorType>([
  'authentication_error',
  'permission_error',
  'invalid_request_error',
  'not_found_error',
  'rate_limit_error',
  'api_error',
]);

/** The error of a reply's body, or `undefined` when the body is no proper envelope (errors.md §3). */
export function readEnvelope(body: string | undefined): WireError | undefined {
  const value = parseJson(body);
  return isRecord(value) ? readWireError(value['error']) : undefined;
}

/** The error of an envelope's inner object, or `undefined` when type, code or message are missing or strange. */
export function readWireError(error: unknown): WireError | undefined {
  if (!isRecord(error)) return undefined;
  const message = nonEmpty(error['message']);
  const type = nonEmpty(error['type']);
  const code = nonEmpty(error['code']);
  if (message === undefined || code === undefined || type === undefined || !TYPES.has(type)) return undefined;
  const param = nonEmpty(error['param']);
  const provider = nonEmpty(error['provider']);
  const docUrl = nonEmpty(error['doc_url']);
  const suggestion = nonEmpty(error['suggestion']);
  return {
    message,
    // The cast is safe: `TYPES` holds exactly the members.
    type: type as AurikoErrorType,
    code,
    ...(param === undefined ? {} : { param }),
    ...(provider === undefined ? {} : { provider }),
    ...(docUrl === undefined ? {} : { docUrl }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/**
 * The most useful sentence of a body that is no proper envelope: OpenAI's with a null code, FastAPI's `detail`, a
 * plain `message`, or short plain text. `undefined` for HTML and everything else.
 */
export function salvageMessage(body: unknown): string | undefined {
  if (typeof body === 'string') {
    const text = body.trim();
    return text !== '' && text.length <= 500 && !text.startsWith('<') ? text : undefined;
  }
  if (!isRecord(body)) return undefined;
  for (const value of [body['error'], body['detail'], body['message']]) {
    if (nonEmpty(value) !== undefined) return String(value);
    if (isRecord(value)) {
      const message = nonEmpty(value['message']) ?? nonEmpty(value['msg']);
      if (message !== undefined) return message;
    }
    if (Array.isArray(value)) {
      const messages = value.flatMap((entry) => (isRecord(entry) ? (nonEmpty(entry['msg']) ?? []) : []));
      if (messages.length > 0) return messages.join('; ');
    }
  }
  return undefined;
}

/** The parsed value, or `undefined` when the text is not JSON. */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
