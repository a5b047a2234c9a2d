// What is measured: `streams` replies of `chunks` text deltas each, all started at once, `paceMs` apart (0: as fast
// as they are read). `repeat` makes the short unpaced runs long enough to measure.

export const SCENARIOS = {
  '1x2000': { streams: 1, chunks: 2000, paceMs: 0, repeat: 10, group: 'direct' },
  '32x200': { streams: 32, chunks: 200, paceMs: 0, repeat: 5, group: 'direct' },
  '100x100@10ms': { streams: 100, chunks: 100, paceMs: 10, repeat: 2, group: 'direct' },
  '500x50@10ms': { streams: 500, chunks: 50, paceMs: 10, repeat: 1, group: 'direct' },
  'streamText 32x200': { streams: 32, chunks: 200, paceMs: 0, repeat: 5, group: 'streamText' },
};

/** Characters per delta: the length of ` token12`. */
export const TEXT_LENGTH = 8;

/** Headers that tell the mock server what to send. */
export function scriptHeaders({ chunks, paceMs }) {
  return {
    'x-mock-chunks': String(chunks),
    'x-mock-pace-ms': String(paceMs),
    'x-mock-text': String(TEXT_LENGTH),
  };
}

/** Text deltas that the server sends in one measured run; every per-chunk number is divided by it. */
export function chunkCount({ streams, chunks, repeat }) {
  return streams * chunks * repeat;
}

/** The subjects of a scenario: `streamText` has its own, since it adds the same cost to all. */
export function subjectsOf(scenario, names) {
  return names.filter((name) => name.endsWith('streamText') === (scenario.group === 'streamText'));
}
