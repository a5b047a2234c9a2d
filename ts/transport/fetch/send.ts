// From a request to good response headers: attempts, their limits, and the waits between them.

import { toBase64 } from '../../base64.js';
import type { TransportFailure } from '../../events.js';
import { type RequestBody, TransportError, type TransportRequest } from '../../transport.js';
import { retryDelayMs } from '../retry.js';
import { failureOf, plainHeaders, requestFault } from './failure.js';
import { LimitWatch } from './limits.js';

/** What sending needs from outside; tests replace the last three. */
export interface SendTools {
  readonly fetch: typeof globalThis.fetch;
  /** A number in [0, 1), for the jitter. */
  random(): number;
  /** Waits; resolves early when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Unix time, milliseconds. */
  now(): number;
}

/** A reply with a status below 400 whose body has not been read, and the watch over it. */
export interface OpenReply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: ReadableStream<Uint8Array> | null;
  readonly watch: LimitWatch;
}

/** Most of an error body that is kept. */
const ERROR_BODY_BYTES = 1024 * 1024;

/**
 * Sends, and hands the good reply to `use`. An attempt that fails in sending, or in `use` before it accepted anything,
 * is repeated as errors.md §4 says.
 *
 * @throws TransportError with the last failure; what `signal` aborts with when it was aborted.
 */
export async function sendWithRetries<T>(
  request: TransportRequest,
  signal: AbortSignal,
  tools: SendTools,
  use: (reply: OpenReply) => Promise<T>,
): Promise<T> {
  const fault = requestFault(request);
  if (fault !== undefined) throw new TransportError(fault);
  const { totalMs } = request.limits;
  const totalEndsAt = totalMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + totalMs;
  for (let attempt = 0; ; attempt += 1) {
    const watch = new LimitWatch(request.limits, totalEndsAt);
    const cancel = () => watch.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      signal.throwIfAborted();
      return await use(await attemptOnce(request, watch, tools));
    } catch (thrown) {
      watch.stop();
      signal.throwIfAborted();
      const failure = explain(thrown, watch);
      if (failure === undefined) throw thrown;
      const waitMs = retryDelayMs(attempt, request.maxRetries, failure, tools.random(), tools.now());
      if (waitMs === undefined || performance.now() + waitMs >= totalEndsAt)
        throw new TransportError(failure);
      await tools.sleep(waitMs, signal);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }
}

/** A limit explains a broken connection, but not an error status that came before it. */
function explain(thrown: unknown, watch: LimitWatch): TransportFailure | undefined {
  const failure = thrown instanceof TransportError ? thrown.failure : undefined;
  return failure?.kind === 'status' ? failure : (watch.failure ?? failure);
}

async function attemptOnce(
  request: TransportRequest,
  watch: LimitWatch,
  tools: SendTools,
): Promise<OpenReply> {
  let response: Response;
  try {
    const { fetch } = tools;
    response = await watch.untilAborted(
      fetch(request.url, {
        method: request.method,
        headers: request.headers,
        signal: watch.signal,
        ...(request.body === undefined ? {} : { body: bodyText(request.body) }),
      }),
    );
  } catch (thrown) {
    throw new TransportError(failureOf(thrown, 'before-headers'));
  }
  watch.watchIdle();
  const headers = plainHeaders(response.headers);
  if (response.status < 400) return { status: response.status, headers, body: response.body, watch };
  const body = await readErrorBody(response.body, watch);
  watch.stop();
  const failure: TransportFailure = {
    kind: 'status',
    message: `the server answered with status ${response.status}`,
    status: response.status,
    headers,
    body,
  };
  throw new TransportError(failure);
}

function bodyText(body: RequestBody): string {
  if (typeof body === 'string') return body;
  return body.map((piece) => (typeof piece === 'string' ? piece : toBase64(piece))).join('');
}

/** As much of the body as comes: an error reply whose body breaks off is still that error. */
async function readErrorBody(body: ReadableStream<Uint8Array> | null, watch: LimitWatch): Promise<string> {
  if (body === null) return '';
  const reader = body.getReader();
  watch.guard(reader);
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    while (bytes < ERROR_BODY_BYTES) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      watch.touch();
      bytes += value.byteLength;
      text += decoder.decode(value, { stream: true });
    }
    await reader.cancel();
  } catch {
    // The status is known, and the rest of the body would not change what it means.
  }
  return text;
}

/** `setTimeout` as a promise that an abort ends early. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener('abort', finish, { once: true });
    if (signal.aborted) finish();
  });
}
