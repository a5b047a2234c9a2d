// Calls that are not streamed, a number of them under way at any time.

import { percentiles, startMeter } from '../meter.mjs';
import { expectPlain } from '../script.mjs';

export async function measure(open, scenario) {
  const client = await open(scenario);
  await callAll(client, scenario, Math.max(scenario.concurrency * 2, scenario.calls / 4));
  globalThis.gc();
  const stop = startMeter();
  const latencies = await callAll(client, scenario, scenario.calls);
  const { wallMs, mainThreadUs, processCpuUs, loopDelayP99Ms } = stop();
  return {
    requestsPerSecond: scenario.calls / (wallMs / 1000),
    mainThreadUs: mainThreadUs / scenario.calls,
    processCpuUs: processCpuUs / scenario.calls,
    latencyP50Ms: percentiles(latencies).p50,
    latencyP99Ms: percentiles(latencies).p99,
    loopDelayP99Ms,
    rssMiB: process.resourceUsage().maxRSS / 1024,
  };
}

/** Milliseconds of every call. */
async function callAll(client, scenario, calls) {
  const latencies = [];
  let left = calls;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      const startedAt = performance.now();
      expectPlain(await client.plain(), scenario);
      latencies.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: scenario.concurrency }, caller));
  return latencies;
}
