// Sends a call and waits for the whole reply; failures become typed errors, aborts stay aborts.

import { isRecord, parseJson } from '../errors/envelope.js';
import { summariseBody } from '../errors/request-summary.js';
import { abortReason, errorFromFailure, errorFromStreamError, invalidResponse } from '../errors.js';
import type { PreparedCall } from '../session.js';
import { TransportError, type TransportReply } from '../transport.js';

/** The reply. Rejects with the abort's reason, or with an `AurikoAPIError`. */
export async function send(prepared: PreparedCall, signal: AbortSignal | undefined): Promise<TransportReply> {
  try {
    return await prepared.transport.request(prepared.request, signal);
  } catch (error) {
    if (signal?.aborted) throw abortReason(signal);
    throw error instanceof TransportError ? errorFromFailure(error.failure, prepared.context) : error;
  }
}

/**
 * The JSON object of a reply.
 *
 * @throws AurikoAPIError when it is none, or holds an error.
 */
export function replyObject(reply: TransportReply, prepared: PreparedCall): Record<string, unknown> {
  const body = parseJson(reply.body);
  const context = { ...prepared.context, head: reply };
  if (!isRecord(body)) throw invalidResponse('The reply is not a JSON object.', reply.body, context);
  if (body['error'] !== undefined && body['error'] !== null) {
    throw errorFromStreamError(body['error'], context);
  }
  return body;
}

/** What a result says of its request: the body as it was sent, with large payloads by their length. */
export function sentRequest({ request }: PreparedCall): { url: string; body: string | undefined } {
  const { url, body } = request;
  // A second copy of megabytes would live as long as the result does.
  return { url, body: body === undefined || typeof body === 'string' ? body : summariseBody(body) };
}

/** Throws the abort's reason when the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}
