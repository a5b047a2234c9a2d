// The gateway without a socket: the SDK in a Node process, straight at the mock upstream, with the gateway embedded, and
// with the gateway behind HTTP. What the embedded gateway adds is the difference to the first; what it saves is the
// difference to the last. All three ask the mock over HTTP, which hides most of that; so the gateway is also measured in
// the process alone, embedded and behind HTTP, where the simulated model answers.

import { join } from 'node:path';
import { measureApart } from '../runner/worker.mjs';

const WORKER = join(import.meta.dirname, 'embedded-worker.mjs');

export const EMBEDDED_SUBJECTS = ['SDK, no gateway', 'SDK, embedded gateway', 'SDK, gateway over HTTP'];

/** Both in the caller's process, without a provider. */
export const IN_PROCESS_SUBJECTS = ['SDK, embedded gateway', 'SDK, HTTP in the process'];

/** Scenarios that make sense with a client in JavaScript, which the open loop's timer would disturb. Paced streams, which take their time,
 * begin all together there. */
export const isForEmbedded = ({ rate, paced }) => rate === undefined || paced;

/**
 * One subject in one scenario in a fresh process.
 *
 * @param scenarioName One of `SCENARIOS`, or `NO_PROVIDER`.
 * @param servers `{ upstream, gateway }`, `host:port` each, and `gatewayPid`; not for `NO_PROVIDER`.
 */
export function measureEmbedded(subject, scenarioName, servers, isQuick) {
  return measureApart(WORKER, [subject, scenarioName, JSON.stringify(servers), String(isQuick)]);
}
