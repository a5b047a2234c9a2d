// `npm run bench:client`: what calls and streams cost a Node process, ours against its peers, in one run.
// The question, the method and the noise: BENCHMARKING.md. Options: --rounds N, --only TEXT[,TEXT], --quick.

import { join } from 'node:path';
import { startServer } from '../scripts/processes.mjs';
import { BARS, hasBar } from './client/bars.mjs';
import { GROUPS } from './client/groups.mjs';
import { toChart, toMarkdown } from './client/page.mjs';
import { SCENARIOS, subjectsOf } from './client/scenarios.mjs';
import { measureSizes } from './client/sizes.mjs';
import { SUBJECTS } from './client/subjects.mjs';
import { describeEnvironment, installedVersions } from './runner/environment.mjs';
import { readOptions } from './runner/options.mjs';
import {
  addonProfile,
  buildPrograms,
  installPeers,
  publishedProfile,
  setUpAddon,
} from './runner/programs.mjs';
import { publish } from './runner/publish.mjs';
import { alternate, Samples } from './runner/rounds.mjs';
import { judge, median, summarize } from './runner/summary.mjs';
import { measureApart } from './runner/worker.mjs';

const { rounds, quick, wants, isPartial } = readOptions();

/** [scenario, subject] pairs that the options leave. */
const pairs = Object.entries(SCENARIOS)
  .filter(([name]) => !quick || hasBar(name))
  .flatMap(([name, scenario]) => subjectsOf(scenario).map((subject) => [name, subject]))
  .filter(([name, subject]) => wants(name, subject, SCENARIOS[name].group));

// What is published is measured with what is shipped; otherwise the build of every day does.
await setUpAddon(isPartial ? 'fast' : publishedProfile());
await installPeers('benches');
const programs = await buildPrograms(['auriko-testkit'], 'fast');
const environment = describeEnvironment({
  rounds,
  profile: addonProfile(),
  versions: installedVersions('benches'),
});

const server = await startServer(programs('mock-upstream'), [], { ready: /^listening (.+)$/ });
const samples = new Samples();
const startedAt = performance.now();
await alternate(pairs, rounds, async ([scenario, subject], round) => {
  if (round >= (SCENARIOS[scenario].rounds ?? rounds)) return;
  const sample = await measure(scenario, subject);
  samples.add(scenario, subject, sample);
  const [first, second] = GROUPS[SCENARIOS[scenario].group].columns;
  const read = ({ metric, label }) => `${sample[metric].toFixed(1).padStart(9)} ${label}`;
  console.error(
    `round ${round + 1}/${rounds}  ${scenario.padEnd(31)}  ${subject.padEnd(47)}${read(first)}${read(second)}`,
  );
});
await server.stop();
console.error(`measured in ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes`);

const ordered = samples.inOrder(Object.keys(SCENARIOS), Object.keys(SUBJECTS));
const summary = summarize(ordered);
const bars = judge(BARS, summary);
const sizes = isPartial ? {} : measureSizes();
const markdown = toMarkdown({ summary, bars, environment, sizes });
console.log(`\n${markdown}`);
// A partial run must not replace the published one.
if (!isPartial) {
  const data = { environment, bars, sizes, summary, samples: ordered };
  publish('client', { markdown, data, chart: toChart(summary) });
}
if (bars.some((bar) => bar.met === false)) process.exitCode = 1;

/** One sample; of short measurements the medians of several processes. */
async function measure(scenario, subject) {
  const program = join(import.meta.dirname, 'client/worker.mjs');
  const { processes = 1 } = SCENARIOS[scenario];
  const results = [];
  for (let run = 0; run < processes; run++) {
    results.push(await measureApart(program, [subject, scenario, server.url], { execArgv: ['--expose-gc'] }));
  }
  const all = summarize({ [scenario]: { [subject]: results } });
  const metrics = Object.keys(results[0]);
  return Object.fromEntries(metrics.map((metric) => [metric, median(all[scenario], subject, metric)]));
}
