// Many streams at once: what a chunk costs. `streams` replies of `chunks` text deltas each, all started together,
// `paceMs` apart (0: as fast as they are read); `repeat` makes short runs long enough to measure.

import { startMeter } from '../meter.mjs';
import { expectStreamed } from '../script.mjs';

/** Enough to compile the hot paths: with half as many the paced scenarios of the quickest subjects took a tenth more. */
const WARM_UP_CHUNKS = 16_000;

export async function measure(open, scenario) {
  await warmUp(open, scenario);
  const client = await open(scenario);
  // One round under the measured conditions, since paced chunks take other paths than a flood of them.
  await runOnce(client, scenario);
  globalThis.gc();
  const stop = startMeter();
  for (let round = 0; round < scenario.repeat; round++) await runOnce(client, scenario);
  const { wallMs, mainThreadUs, processCpuUs, loopActiveUs, loopDelayP99Ms } = stop();
  // What the server sent, not what arrived: merging is one of the things that are compared.
  const chunks = scenario.streams * scenario.chunks * scenario.repeat;
  return {
    mainThreadUs: mainThreadUs / chunks,
    loopActiveUs: loopActiveUs / chunks,
    processCpuUs: processCpuUs / chunks,
    chunksPerSecond: chunks / (wallMs / 1000),
    loopDelayP99Ms,
    rssMiB: process.resourceUsage().maxRSS / 1024,
  };
}

async function warmUp(open, scenario) {
  // As many streams as in the run, so that the pool holds as many open connections.
  const chunks = Math.max(10, Math.min(200, Math.ceil(WARM_UP_CHUNKS / scenario.streams)));
  const script = { ...scenario, paceMs: 0, chunks };
  const client = await open(script);
  const rounds = Math.ceil(WARM_UP_CHUNKS / (script.streams * chunks));
  for (let round = 0; round < rounds; round++) await runOnce(client, script);
}

async function runOnce(client, script) {
  const replies = await Promise.all(Array.from({ length: script.streams }, () => client.stream()));
  for (const reply of replies) expectStreamed(reply.length, script);
}
