// Measures one subject in one scenario, in a process of its own. Prints nothing: the result goes to the parent.

import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { answerParent } from '../runner/worker.mjs';
import { chunkCount, SCENARIOS, scriptHeaders, TEXT_LENGTH } from './scenarios.mjs';
import { SUBJECTS } from './subjects.mjs';

const [subjectName, scenarioName, serverURL] = process.argv.slice(2);
const scenario = SCENARIOS[scenarioName];
const open = (script) =>
  SUBJECTS[subjectName]({ baseURL: `${serverURL}/v1`, headers: scriptHeaders(script) });

/** Enough to compile the hot paths: with twice as many the unpaced scenarios gave the same numbers (Node 24, November 2026). */
const WARM_UP_CHUNKS = 8000;

async function runOnce(stream, { streams, chunks }) {
  const lengths = await Promise.all(Array.from({ length: streams }, stream));
  const wrong = lengths.find((length) => length !== chunks * TEXT_LENGTH);
  if (wrong !== undefined) throw new Error(`received ${wrong} characters instead of ${chunks * TEXT_LENGTH}`);
}

async function warmUp() {
  // As many streams as in the run, so that the pool holds as many open connections.
  const script = { ...scenario, paceMs: 0, chunks: Math.max(10, Math.min(200, scenario.chunks)) };
  const stream = await open(script);
  const rounds = Math.max(2, Math.ceil(WARM_UP_CHUNKS / (script.streams * script.chunks)));
  for (let round = 0; round < rounds; round++) await runOnce(stream, script);
}

async function measure() {
  const stream = await open(scenario);
  // One round under the measured conditions, since paced chunks take other paths than a flood of them.
  await runOnce(stream, scenario);
  globalThis.gc();
  // 10 ms: a finer timer would itself show in the main thread's time.
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const started = {
    wall: performance.now(),
    loop: performance.eventLoopUtilization(),
    main: process.threadCpuUsage(),
    all: process.cpuUsage(),
  };
  for (let round = 0; round < scenario.repeat; round++) await runOnce(stream, scenario);
  const main = process.threadCpuUsage(started.main);
  const all = process.cpuUsage(started.all);
  const loop = performance.eventLoopUtilization(started.loop);
  const wallMs = performance.now() - started.wall;
  delay.disable();
  const chunks = chunkCount(scenario);
  return {
    mainThreadUs: (main.user + main.system) / chunks,
    loopActiveUs: (loop.active * 1000) / chunks,
    processCpuUs: (all.user + all.system) / chunks,
    chunksPerSecond: chunks / (wallMs / 1000),
    rssMiB: process.resourceUsage().maxRSS / 1024,
    loopDelayP99Ms: Math.max(0, delay.percentile(99) / 1e6 - 10),
  };
}

await answerParent(async () => {
  await warmUp();
  return measure();
});
