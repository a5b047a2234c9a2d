// `npm run bench:stream`: what one streamed chunk costs a Node process, ours against its peers, in one run.
// The question, the method and the noise: BENCHMARKING.md. Options: --rounds N, --only TEXT[,TEXT], --quick.

import { fork } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, type } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from '../scripts/processes.mjs';
import { buildMockUpstream, isOlder, npmIn, root, setUp } from '../scripts/setup.mjs';
import { judge, summarize, toMarkdown } from './stream/report.mjs';
import { SCENARIOS, subjectsOf } from './stream/scenarios.mjs';
import { SUBJECTS } from './stream/subjects.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
const only = options.only?.split(',');
const quickScenarios = ['100x100@10ms', 'streamText 32x200'];

/** What to run: [scenario, subject] pairs that `--only` (part of either name) and `--quick` leave. */
const pairs = Object.keys(SCENARIOS)
  .filter((scenario) => !options.quick || quickScenarios.includes(scenario))
  .flatMap((scenario) =>
    subjectsOf(SCENARIOS[scenario], Object.keys(SUBJECTS)).map((name) => [scenario, name]),
  )
  .filter((pair) => !only || only.some((text) => pair.some((name) => name.includes(text))));

await setUp();
if (isOlder(['benches/node_modules/.package-lock.json'], ['benches/package.json'])) {
  await npmIn(join(root, 'benches'), 'install', '--no-audit', '--no-fund', '--loglevel=error');
}
// The version of Node that the repository pins, so that two machines measure the same engine.
const pinnedNode = join(root, 'node_modules/node/bin/node');
const execPath = existsSync(pinnedNode) ? pinnedNode : process.execPath;

const environment = { loadBefore: loadavg()[0].toFixed(2), ...describeEnvironment() };
const server = await startServer(await buildMockUpstream(), [], { ready: /^listening (.+)$/ });
const samples = {};
for (let round = 0; round < rounds; round++) {
  // Every second round goes backwards, so that no subject always runs on the warmer or the busier machine.
  for (const [scenario, subject] of round % 2 === 0 ? pairs : pairs.toReversed()) {
    const sample = await measure(subject, scenario);
    samples[scenario] ??= {};
    samples[scenario][subject] ??= [];
    samples[scenario][subject].push(sample);
    const { mainThreadUs, chunksPerSecond } = sample;
    console.error(
      `round ${round + 1}/${rounds}  ${scenario.padEnd(18)}  ${subject.padEnd(40)}` +
        `${mainThreadUs.toFixed(1).padStart(7)} µs/chunk ${Math.round(chunksPerSecond).toString().padStart(8)} chunks/s`,
    );
  }
}
await server.stop();

const summary = summarize(inOrder(samples));
const bars = judge(summary);
const markdown = toMarkdown({ summary, bars, environment });
console.log(`\n${markdown}`);
// A partial run must not replace the published one.
if (!only && !options.quick) {
  const folder = join(root, 'docs', 'benchmarks');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'stream.json'),
    `${JSON.stringify({ environment, bars, summary, samples }, null, 2)}\n`,
  );
  writeFileSync(join(folder, 'stream.md'), markdown);
}
if (bars.some((bar) => bar.met === false)) process.exitCode = 1;

/** One subject in one scenario in a fresh process, so that none inherits another's compiled code or heap. */
function measure(subject, scenario) {
  return new Promise((resolve, reject) => {
    const worker = fork(join(import.meta.dirname, 'stream/worker.mjs'), [subject, scenario, server.url], {
      execPath,
      execArgv: ['--expose-gc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    let message;
    worker.once('message', (value) => {
      message = value;
    });
    worker.once('exit', (code) => {
      if (message?.result) resolve(message.result);
      else reject(new Error(`${subject}, ${scenario}: ${message?.error ?? `ended with code ${code}`}`));
    });
  });
}

/** Samples in the order of the tables, whichever round came first. */
function inOrder(unordered) {
  const ordered = {};
  for (const [scenario, subject] of pairs) {
    ordered[scenario] ??= {};
    ordered[scenario][subject] = unordered[scenario][subject];
  }
  return ordered;
}

function describeEnvironment() {
  const peers = Object.keys(readJson('benches/package.json').dependencies);
  const packages = { '@auriko/ai-sdk-provider': readJson('package.json').version };
  for (const name of peers) packages[name] = readJson(`benches/node_modules/${name}/package.json`).version;
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0].model,
    cores: cpus().length,
    os: `${type()} ${release()}`,
    node: readJson('node_modules/node/package.json').version,
    rounds,
    packages,
  };
}

function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}
