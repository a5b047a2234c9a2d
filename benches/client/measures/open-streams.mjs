// Streams that have begun and wait for the model: what each of them holds in memory.

import { settledRssMiB } from '../meter.mjs';

/** Streams read one after the other, so that what is allocated once is there already. */
const WARM_UP_STREAMS = 50;

export async function measure(open, { streams, burst }) {
  const quick = await open({ chunks: burst });
  for (let call = 0; call < WARM_UP_STREAMS; call++) await quick.stream();
  const before = await settledRssMiB();
  const heapBefore = process.memoryUsage().heapUsed;
  const client = await open({ chunks: burst + 2, burst: burst + 2, paceMs: 600_000 });
  // Each is read until its first chunks are there, and held.
  const until = burst * 8;
  const held = await Promise.all(Array.from({ length: streams }, () => client.stream({ until })));
  const after = await settledRssMiB();
  const heapAfter = process.memoryUsage().heapUsed;
  const wrong = held.find(({ length }) => length < until);
  if (wrong !== undefined) throw new Error(`a stream ended after ${wrong.length} characters`);
  return {
    rssKiBPerStream: ((after - before) * 1024) / streams,
    heapKiBPerStream: (heapAfter - heapBefore) / 1024 / streams,
    rssMiB: after,
  };
}
