// One large thing at a time: long tool arguments in small deltas, or images in the prompt.

import { longestPause, percentiles, startMeter } from '../meter.mjs';
import { expectStreamed } from '../script.mjs';

export async function measure(open, scenario) {
  const client = await open(scenario);
  const call = async () => {
    const { length } = await client.stream({ images: images(scenario), tool: scenario.toolBytes > 0 });
    expectStreamed(length, scenario);
  };
  // The same, smaller: code is compiled, and no time is lost where the cost grows faster than the size.
  const small = { ...scenario, toolBytes: Math.min(scenario.toolBytes ?? 0, 8192) };
  const smallClient = await open(small);
  for (let round = 0; round < 5; round++) {
    const options = { images: images(small, 128 * 1024), tool: small.toolBytes > 0 };
    expectStreamed((await smallClient.stream(options)).length, small);
  }
  globalThis.gc();
  const pauses = [];
  const stop = startMeter();
  for (let round = 0; round < scenario.repeat; round++) pauses.push(await longestPause(call));
  const { wallMs, mainThreadUs, processCpuUs } = stop();
  return {
    wallMs: wallMs / scenario.repeat,
    mainThreadMs: mainThreadUs / 1000 / scenario.repeat,
    processCpuMs: processCpuUs / 1000 / scenario.repeat,
    longestPauseMs: percentiles(pauses).p50,
    rssMiB: process.resourceUsage().maxRSS / 1024,
  };
}

/** New for every call, so that no one's cache answers; the content does not matter, base64 has no easy bytes. */
function images({ images: count = 0, imageBytes }, bytes = imageBytes) {
  return Array.from({ length: count }, (_, index) => new Uint8Array(bytes).fill(index + 1));
}
