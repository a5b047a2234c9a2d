// What fetch throws, as plain failures. Platforms agree on little more than "TypeError"; Node hides a code in the cause.

import type { TransportFailure } from '../../events.js';
import type { TransportRequest } from '../../transport.js';

/** Limits of Node's own fetch (undici), which only another fetch can lift. */
const NODE_LIMITS: Readonly<Record<string, Pick<TransportFailure, 'limit' | 'limitMs'>>> = {
  UND_ERR_CONNECT_TIMEOUT: { limit: 'connect', limitMs: 10_000 },
  UND_ERR_HEADERS_TIMEOUT: { limit: 'first-byte', limitMs: 300_000 },
  UND_ERR_BODY_TIMEOUT: { limit: 'idle', limitMs: 300_000 },
};

/** The failure behind what fetch or a body read threw. */
export function failureOf(thrown: unknown, phase: 'before-headers' | 'after-headers'): TransportFailure {
  const code = codeOf(thrown);
  const limit = code === undefined ? undefined : NODE_LIMITS[code];
  if (limit !== undefined)
    return { kind: 'timeout', message: "a limit of Node's fetch was exceeded", ...limit, cause: thrown };
  return phase === 'before-headers'
    ? { kind: 'connect', message: 'no connection to the server', cause: thrown }
    : { kind: 'interrupted', message: 'the connection broke before the reply was complete', cause: thrown };
}

/** Why a request cannot be sent as given, or `undefined` when it can. Names no header's value: it may be a secret. */
export function requestFault(request: TransportRequest): TransportFailure | undefined {
  if (!URL.canParse(request.url)) return { kind: 'request', message: 'The URL of the request is not valid.' };
  for (const [name, value] of Object.entries(request.headers)) {
    try {
      new Headers([[name, value]]);
    } catch {
      return {
        kind: 'request',
        message: `The header ${JSON.stringify(name)} cannot be sent: its name or value is not valid.`,
      };
    }
  }
  return undefined;
}

/** Headers as a plain object; fetch has made the names lower-case. */
export function plainHeaders(headers: Headers): Record<string, string> {
  const plain: Record<string, string> = {};
  headers.forEach((value, name) => {
    plain[name] = value;
  });
  return plain;
}

function codeOf(thrown: unknown): string | undefined {
  let current = thrown;
  for (let depth = 0; depth < 5 && typeof current === 'object' && current !== null; depth += 1) {
    const code: unknown = Reflect.get(current, 'code');
    if (typeof code === 'string') return code;
    current = Reflect.get(current, 'cause');
  }
  return undefined;
}
