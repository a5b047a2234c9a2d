// The gateway without a socket: the SDK in a Node process, straight at the mock upstream, with the gateway embedded, and
// with the gateway behind HTTP. What the embedded gateway adds is the difference to the first; what it saves is the
// difference to the last.

import { join } from 'node:path';
import { measureApart } from '../runner/worker.mjs';

const WORKER = join(import.meta.dirname, 'embedded-worker.mjs');

export const EMBEDDED_SUBJECTS = ['SDK, no gateway', 'SDK, embedded gateway', 'SDK, gateway over HTTP'];

/** Scenarios that make sense with a client in JavaScript, which the open loop's timer would disturb. */
export const isForEmbedded = ({ rate }) => rate === undefined;

/**
 * One subject in one scenario in a fresh process.
 *
 * @param servers `{ upstream, gateway }`, `host:port` each, and `gatewayPid`.
 */
export function measureEmbedded(subject, scenarioName, servers, isQuick) {
  return measureApart(WORKER, [subject, scenarioName, JSON.stringify(servers), String(isQuick)]);
}
