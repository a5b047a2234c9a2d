// Ten thousand calls, one after the other: what stays in memory.

import { settledRssMiB } from '../meter.mjs';
import { expectPlain, expectStreamed } from '../script.mjs';

/** Calls before the first reading: pools, caches and compiled code are there then. */
const WARM_UP_CALLS = 1000;

export async function measure(open, scenario) {
  const client = await open(scenario);
  const call = async () => {
    expectPlain(await client.plain(), scenario);
    expectStreamed((await client.stream()).length, scenario);
  };
  for (let round = 0; round < WARM_UP_CALLS; round++) await call();
  const before = await settledRssMiB();
  const heapBefore = process.memoryUsage().heapUsed;
  for (let round = 0; round < scenario.calls; round++) await call();
  const after = await settledRssMiB();
  return {
    rssGrowthMiB: after - before,
    heapGrowthMiB: (process.memoryUsage().heapUsed - heapBefore) / 1024 ** 2,
    rssMiB: after,
  };
}
