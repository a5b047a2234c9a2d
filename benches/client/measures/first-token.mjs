// One call after the other against a server that answers at once: what the client adds before the first text and
// behind the last one.

import { percentiles } from '../meter.mjs';
import { expectStreamed } from '../script.mjs';

export async function measure(open, scenario) {
  const client = await open(scenario);
  const quick = await open({ ...scenario, lingerMs: 0 });
  for (let call = 0; call < 200; call++) await quick.stream();
  globalThis.gc();
  const first = [];
  const finish = [];
  for (let call = 0; call < scenario.calls; call++) {
    const startedAt = performance.now();
    const { length, firstAt } = await client.stream();
    const finishedAt = performance.now();
    expectStreamed(length, scenario);
    first.push(firstAt - startedAt);
    finish.push(finishedAt - startedAt);
  }
  return {
    firstTokenMs: percentiles(first).p50,
    firstTokenP99Ms: percentiles(first).p99,
    finishMs: percentiles(finish).p50,
    finishP99Ms: percentiles(finish).p99,
  };
}
