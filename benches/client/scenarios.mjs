// What is measured, by name. `measure` is the module that does it, `rounds` the most it takes part in, `processes` how many
// make one sample; the other fields are the module's own and the server's.

import { SUBJECTS } from './subjects.mjs';

const LAYERS = { direct: 'doStream', textStream: 'textStream', uiMessageStream: 'toUIMessageStream' };

/** Streams and chunks, as fast as they are read or so many milliseconds apart. */
const LOADS = {
  '1x2000': { streams: 1, chunks: 2000, repeat: 10 },
  '32x200': { streams: 32, chunks: 200, repeat: 5 },
  '100x100@10ms': { streams: 100, chunks: 100, paceMs: 10, repeat: 2 },
  '500x50@10ms': { streams: 500, chunks: 50, paceMs: 10, repeat: 1 },
  '1000x50@10ms': { streams: 1000, chunks: 50, paceMs: 10, repeat: 1 },
  '2000x20@50ms': { streams: 2000, chunks: 20, paceMs: 50, repeat: 1 },
};

const streaming = Object.entries(LAYERS).flatMap(([layer, word]) =>
  Object.entries(LOADS).map(([load, script]) => [
    `${word} ${load}`,
    { group: 'streaming', measure: 'streaming', layer, holdsBack: load === '1000x50@10ms', ...script },
  ]),
);

const plain = [1, 16, 64].flatMap((concurrency) => [
  [`${concurrency} at once, 1 KB`, plainCalls({ concurrency, replyBytes: 1024, calls: 3000 })],
  [`${concurrency} at once, 1 MB`, plainCalls({ concurrency, replyBytes: 1024 ** 2, calls: 200 })],
]);

function plainCalls(fields) {
  return { group: 'plain', measure: 'plain-calls', layer: 'direct', ...fields };
}

const MB = 1024 ** 2;

/** Scenarios by name. */
export const SCENARIOS = {
  ...Object.fromEntries(streaming),
  '1000 open streams': openStreams('direct'),
  '1000 open textStreams': openStreams('textStream'),
  'answer at once': firstToken({ calls: 500 }),
  'lingering server': firstToken({ calls: 20, lingerMs: 100 }),
  ...Object.fromEntries(plain),
  'tool arguments 64 KB': large({ toolBytes: 64 * 1024, repeat: 10 }),
  'tool arguments 1 MB': large({ toolBytes: MB, repeat: 1 }),
  'images 4 MB': large({ images: 4, imageBytes: MB, chunks: 5, repeat: 5 }),
  'images 16 MB': large({ images: 4, imageBytes: 4 * MB, chunks: 5, repeat: 3 }),
  import: { group: 'import', measure: 'import', layer: 'package', processes: 5, replyBytes: 1024 },
  '10,000 calls': {
    group: 'memory',
    measure: 'many-calls',
    layer: 'direct',
    // Thousands of calls are its repetition, and nothing is compared.
    rounds: 1,
    calls: 5000,
    chunks: 20,
    replyBytes: 1024,
  },
};

function openStreams(layer) {
  return { group: 'open', measure: 'open-streams', layer, streams: 1000, burst: 20 };
}

function firstToken(fields) {
  return { group: 'latency', measure: 'first-token', layer: 'direct', chunks: 20, ...fields };
}

function large(fields) {
  return { group: 'large', measure: 'large-calls', layer: 'direct', ...fields };
}

/** Names of the subjects that a scenario compares. */
export function subjectsOf({ layer, holdsBack = false }) {
  return Object.keys(SUBJECTS).filter(
    (name) =>
      SUBJECTS[name].layer === layer &&
      // Holding back is compared where it is meant to help: through the pipeline of `ai`, under load. There the floor
      // is shown too.
      (!/every 33 ms|no provider/.test(name) || (holdsBack && layer === 'textStream')),
  );
}
