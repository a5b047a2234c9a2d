// One scenario against one server that is running already.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { canReadProcesses, readTree } from '../runner/process-tree.mjs';
import { durations, requestBody } from './scenarios.mjs';

const execute = promisify(execFile);

/** Longest run of a scenario on the slowest machine; a server that hangs must not hang the benchmark. */
const LOAD_WITHIN_MS = 180_000;

/**
 * Warms up, then measures.
 *
 * @param loadGenerator Path of the load generator.
 * @param server `{ address, pid, headers }`; without `pid` no CPU and no memory is reported.
 */
export async function load(loadGenerator, server, scenario, isQuick) {
  const { warmUpMs, measuredMs } = durations(scenario, isQuick);
  if (warmUpMs > 0) await generate(loadGenerator, server, scenario, warmUpMs);
  const isWatched = server.pid !== undefined && canReadProcesses;
  const before = isWatched ? readTree(server.pid) : undefined;
  const report = await generate(loadGenerator, server, scenario, measuredMs);
  const after = isWatched ? readTree(server.pid) : undefined;
  return {
    requestsPerSecond: report.requests_per_second,
    chunksPerSecond: report.tokens_per_second,
    p50Us: report.latency_us.p50,
    p99Us: report.latency_us.p99,
    firstTokenP50Us: report.first_token_us.p50,
    firstTokenP99Us: report.first_token_us.p99,
    ...(isWatched ? usage(before, after, report.requests, scenario) : {}),
  };
}

function usage(before, after, requests, { tokens }) {
  const seconds = after.cpuSeconds - before.cpuSeconds;
  return {
    cpuMsPerThousandRequests: (seconds * 1e6) / requests,
    cpuSecondsPerMillionChunks: (seconds * 1e6) / (requests * tokens),
    rssMiB: after.rssMiB,
  };
}

async function generate(loadGenerator, { address, headers = {} }, scenario, durationMs) {
  const args = [
    ...['--address', address],
    ...['--connections', String(scenario.connections)],
    ...['--tokens', String(scenario.tokens)],
    ...['--duration-ms', String(durationMs)],
    ...['--body', JSON.stringify(requestBody(scenario))],
    ...(scenario.rate === undefined ? [] : ['--rate', String(scenario.rate)]),
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
  ];
  const { stdout } = await execute(loadGenerator, args, { timeout: LOAD_WITHIN_MS });
  return JSON.parse(stdout);
}
