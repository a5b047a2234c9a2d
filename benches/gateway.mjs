// `npm run bench:gateway`: what our gateway adds to a request, against plain proxies as floors and against other
// gateways, over the same mock upstream, in one run.
// The question, the method and the noise: BENCHMARKING.md. Options: --rounds N, --only TEXT[,TEXT] (part of a scenario's
// or a subject's name), --quick.

import { startServer } from '../scripts/processes.mjs';
import { BARS } from './gateway/bars.mjs';
import {
  EMBEDDED_SUBJECTS,
  IN_PROCESS_SUBJECTS,
  isForEmbedded,
  measureEmbedded,
} from './gateway/embedded.mjs';
import { launch } from './gateway/launch.mjs';
import { load } from './gateway/load.mjs';
import { embeddedName, NO_PROVIDER, START } from './gateway/names.mjs';
import { toChart, toMarkdown } from './gateway/report.mjs';
import { SCENARIOS } from './gateway/scenarios.mjs';
import { DIRECT, findSubjects, OURS } from './gateway/subjects.mjs';
import { describeEnvironment } from './runner/environment.mjs';
import { readOptions } from './runner/options.mjs';
import { canReadProcesses, readTree } from './runner/process-tree.mjs';
import { buildPrograms, publishedProfile, setUpAddon } from './runner/programs.mjs';
import { publish } from './runner/publish.mjs';
import { alternate, Samples } from './runner/rounds.mjs';
import { judge, summarize } from './runner/summary.mjs';

const { rounds, quick, wants, isPartial } = readOptions();
const profile = quick ? 'fast' : publishedProfile();
await setUpAddon(profile);
const program = await buildPrograms(['auriko-testkit', 'auriko-gateway'], profile);
const all = Object.keys(SCENARIOS);
const embedded = all.filter((name) => isForEmbedded(SCENARIOS[name]));
const embeddedPairs = EMBEDDED_SUBJECTS.flatMap((subject) =>
  embedded.filter((name) => wants(embeddedName(name), subject)).map((name) => [name, subject]),
);
const isServed = (subject) => [...all, START].some((scenario) => wants(scenario, subject));
const { subjects, versions, missing } = await findSubjects(
  program,
  (subject) => isServed(subject) || (subject === OURS && embeddedPairs.length > 0),
);
const environment = describeEnvironment({ rounds, profile, versions });

const samples = new Samples();
const mock = await startServer(program('mock-upstream'), [], { ready: /^listening http:\/\/(.+)$/ });
const upstream = mock.url;

await alternate(Object.entries(subjects), rounds, async ([name, subject], round) => {
  // What everything is compared with is measured in every scenario that anybody runs.
  const isBase = name === DIRECT;
  const names = all.filter((scenario) => (isBase ? isWantedOfAny(scenario) : wants(scenario, name)));
  if (isBase) return measureAll({ address: upstream }, name, names, round);
  if (!isServed(name)) return;
  const server = await launch(subject, upstream);
  try {
    const idle = canReadProcesses ? { idleRssMiB: readTree(server.pid).rssMiB } : {};
    const { address, pid, headers } = server;
    const rss = await measureAll({ address, pid, headers }, name, names, round, subject.isOurs);
    const loaded = rss.length > 0 ? { loadedRssMiB: Math.max(...rss) } : {};
    record(START, name, round, { startMs: server.startMs, ...idle, ...loaded });
  } finally {
    await server.stop();
  }
});

if (embeddedPairs.length > 0) {
  const gateway = await launch(subjects[OURS], upstream);
  const servers = { upstream, gateway: gateway.address, gatewayPid: gateway.pid };
  await alternate(embeddedPairs, rounds, async ([name, subject], round) => {
    record(embeddedName(name), subject, round, await measureEmbedded(subject, name, servers, quick));
  });
  await gateway.stop();
}
await mock.stop();

const inProcess = IN_PROCESS_SUBJECTS.filter((subject) => wants(NO_PROVIDER, subject));
await alternate(inProcess, rounds, async (subject, round) => {
  record(NO_PROVIDER, subject, round, await measureEmbedded(subject, NO_PROVIDER, {}, quick));
});

const names = [...all, START, ...embedded.map(embeddedName), NO_PROVIDER];
const kinds = new Set([...Object.keys(subjects), ...EMBEDDED_SUBJECTS, ...IN_PROCESS_SUBJECTS]);
const ordered = samples.inOrder(names, [...kinds]);
const summary = summarize(ordered);
const bars = judge(BARS, summary);
const markdown = toMarkdown({ summary, bars, environment, missing });
console.log(`\n${markdown}`);
if (!isPartial) {
  const data = { environment, missing, bars, summary, samples: ordered };
  publish('gateway', { markdown, data, chart: toChart(summary) });
}
if (bars.some((bar) => bar.met === false)) process.exitCode = 1;

function isWantedOfAny(scenario) {
  return Object.keys(subjects).some((subject) => isServed(subject) && wants(scenario, subject));
}

/** Measures one running server; resolves to the memory that it took after each scenario. */
async function measureAll(server, name, names, round, mustSucceed = false) {
  const rss = [];
  for (const scenario of names) {
    try {
      const sample = await load(program('load-generator'), server, SCENARIOS[scenario], quick);
      if (sample.rssMiB !== undefined) rss.push(sample.rssMiB);
      record(scenario, name, round, sample);
    } catch (error) {
      if (mustSucceed) throw error;
      // A peer that can't do something is a result too; it must not cost the others theirs.
      missing.push(`${name} in ${scenario}, round ${round + 1} (${(error.stderr || error.message).trim()})`);
      console.error(missing.at(-1));
    }
  }
  return rss;
}

function record(scenario, subject, round, sample) {
  samples.add(scenario, subject, sample);
  const numbers = Object.entries(sample).map(([metric, value]) => `${metric} ${value.toFixed(1)}`);
  console.error(
    `round ${round + 1}/${rounds}  ${scenario.padEnd(20)}  ${subject.padEnd(24)}  ${numbers.join('  ')}`,
  );
}
