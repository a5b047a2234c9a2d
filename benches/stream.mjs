// `npm run bench:stream`: what one streamed chunk costs a Node process, ours against its peers, in one run.
// The question, the method and the noise: BENCHMARKING.md. Options: --rounds N, --only TEXT[,TEXT], --quick.

import { join } from 'node:path';
import { startServer } from '../scripts/processes.mjs';
import { describeEnvironment, installedVersions } from './runner/environment.mjs';
import { readOptions } from './runner/options.mjs';
import { buildPrograms, installPeers, setUpAddon } from './runner/programs.mjs';
import { publish } from './runner/publish.mjs';
import { alternate, Samples } from './runner/rounds.mjs';
import { judge, summarize } from './runner/summary.mjs';
import { measureApart } from './runner/worker.mjs';
import { BARS, toChart, toMarkdown } from './stream/report.mjs';
import { SCENARIOS, subjectsOf } from './stream/scenarios.mjs';
import { SUBJECTS } from './stream/subjects.mjs';

const { rounds, quick, wants, isPartial } = readOptions();
const quickScenarios = ['100x100@10ms', 'streamText 32x200'];

/** What to run: [scenario, subject] pairs that `--only` (part of either name) and `--quick` leave. */
const pairs = Object.keys(SCENARIOS)
  .filter((scenario) => !quick || quickScenarios.includes(scenario))
  .flatMap((scenario) =>
    subjectsOf(SCENARIOS[scenario], Object.keys(SUBJECTS)).map((name) => [scenario, name]),
  )
  .filter((pair) => wants(...pair));

const profile = quick ? 'fast' : 'release';
await setUpAddon(profile);
await installPeers('benches');
const program = await buildPrograms(['auriko-testkit'], profile);

const environment = describeEnvironment({ rounds, profile, versions: installedVersions('benches') });
const server = await startServer(program('mock-upstream'), [], { ready: /^listening (.+)$/ });
const worker = join(import.meta.dirname, 'stream/worker.mjs');
const samples = new Samples();
await alternate(pairs, rounds, async ([scenario, subject], round) => {
  const sample = await measureApart(worker, [subject, scenario, server.url], { execArgv: ['--expose-gc'] });
  samples.add(scenario, subject, sample);
  const { mainThreadUs, chunksPerSecond } = sample;
  console.error(
    `round ${round + 1}/${rounds}  ${scenario.padEnd(18)}  ${subject.padEnd(40)}` +
      `${mainThreadUs.toFixed(1).padStart(7)} µs/chunk ${Math.round(chunksPerSecond).toString().padStart(8)} chunks/s`,
  );
});
await server.stop();

const ordered = samples.inOrder(Object.keys(SCENARIOS), Object.keys(SUBJECTS));
const summary = summarize(ordered);
const bars = judge(BARS, summary);
const markdown = toMarkdown({ summary, bars, environment });
console.log(`\n${markdown}`);
if (!isPartial) {
  publish('stream', {
    markdown,
    data: { environment, bars, summary, samples: ordered },
    chart: toChart(summary),
  });
}
if (bars.some((bar) => bar.met === false)) process.exitCode = 1;
