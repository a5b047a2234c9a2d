// The page and the picture of a run.

import { barChart } from '../runner/chart.mjs';
import { barsTable, decimal, environmentLines, table, withSpread } from '../runner/markdown.mjs';
import { ratio } from '../runner/summary.mjs';
import { GROUPS } from './groups.mjs';
import { SCENARIOS } from './scenarios.mjs';

/** The page. */
export function toMarkdown({ summary, bars, environment, sizes }) {
  const lines = ['# The client against its peers', ''];
  lines.push('Made by `npm run bench:client`; what is measured and how: `benches/BENCHMARKING.md`.', '');
  lines.push(...environmentLines(environment), '', '![The main numbers as a chart](client.svg)', '');
  lines.push('## Bars', '', ...barsTable(bars));
  for (const [name, group] of Object.entries(GROUPS)) {
    const scenarios = Object.keys(summary).filter((scenario) => SCENARIOS[scenario].group === name);
    if (scenarios.length > 0) lines.push('', `## ${group.title}`);
    for (const scenario of scenarios) {
      lines.push('', `### ${scenario}`, '', ...scenarioTable(group, summary[scenario]));
    }
  }
  lines.push('', '## Size', '', ...sizesTable(sizes));
  return `${lines.join('\n')}\n`;
}

function scenarioTable({ columns, against }, subjects) {
  const others = against.filter((name) => subjects[name] !== undefined);
  const [first] = columns;
  const header = ['subject', ...columns.map(({ label }) => label), ...others.map((name) => `÷ ${name}`)];
  const rows = Object.entries(subjects).map(([name, values]) => [
    name,
    ...columns.map((column) => cell(values[column.metric], column, column === first)),
    ...others.map((other) => decimal(ratio(subjects, name, other, first.metric))),
  ]);
  return table(header, rows);
}

function cell(value, { digits }, showsSpread) {
  const format = (number) => decimal(number, digits);
  return showsSpread ? withSpread(value, format) : format(value?.median);
}

function sizesTable(sizes) {
  const rows = Object.entries(sizes).map(([name, { packages, packedKB, installedKB }]) => [
    name,
    packages,
    decimal(packedKB, 0),
    decimal(installedKB, 0),
  ]);
  return table(['with all it depends on', 'packages', 'packed kB', 'installed kB'], rows);
}

/** What the picture shows. */
const PANELS = [
  { title: 'Main thread per streamed chunk, 100 streams, µs', scenario: 'doStream 100x100@10ms', digits: 1 },
  { title: 'Memory per open stream, KiB', scenario: '1000 open streams', digits: 0 },
  { title: 'Main thread per plain call of 1 KB, 64 at once, µs', scenario: '64 at once, 1 KB', digits: 0 },
];

/** The picture; undefined when nothing in it was measured. */
export function toChart(summary) {
  const panels = PANELS.filter(({ scenario }) => summary[scenario] !== undefined).map(
    ({ title, scenario, digits }) => {
      const [{ metric }] = GROUPS[SCENARIOS[scenario].group].columns;
      const rows = Object.entries(summary[scenario]).map(([name, values]) => ({
        name,
        value: values[metric],
        isOurs: name.startsWith('auriko'),
      }));
      return { title, format: (value) => decimal(value, digits), rows };
    },
  );
  return panels.length === 0 ? undefined : barChart(panels);
}
