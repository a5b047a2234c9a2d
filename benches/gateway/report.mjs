// The page and the chart of the gateway's benchmark.

import { barChart } from '../runner/chart.mjs';
import { barsTable, decimal, environmentLines, table, withSpread } from '../runner/markdown.mjs';
import { difference, median, ratio } from '../runner/summary.mjs';
import { EMBEDDED_SUBJECTS, IN_PROCESS_SUBJECTS } from './embedded.mjs';
import { embeddedName, NO_PROVIDER, START } from './names.mjs';
import { SCENARIOS, SIMULATED } from './scenarios.mjs';
import { DIRECT, OURS, PASS_THROUGH } from './subjects.mjs';

/** Comparisons worth a sentence: [what, scenario, ours, theirs, metric]. */
const RATIOS = [
  ['requests/s', 'plain 64', OURS, PASS_THROUGH, 'requestsPerSecond'],
  ['requests/s', 'plain 64', OURS, 'nginx', 'requestsPerSecond'],
  ['requests/s', 'plain 64', OURS, 'LiteLLM proxy', 'requestsPerSecond'],
  ['requests/s', 'plain 64', OURS, 'Portkey gateway', 'requestsPerSecond'],
  ['CPU per request', 'plain 64', OURS, PASS_THROUGH, 'cpuMsPerThousandRequests'],
  ['CPU per request', 'plain 64', OURS, 'nginx', 'cpuMsPerThousandRequests'],
  ['CPU per request', 'plain 64', OURS, 'LiteLLM proxy', 'cpuMsPerThousandRequests'],
  ['CPU per request', 'plain 64', OURS, 'Portkey gateway', 'cpuMsPerThousandRequests'],
  ['chunks/s', 'stream 32x200', OURS, PASS_THROUGH, 'chunksPerSecond'],
  ['chunks/s', 'stream 32x200', OURS, 'LiteLLM proxy', 'chunksPerSecond'],
  ['chunks/s', 'stream 32x200', OURS, 'Portkey gateway', 'chunksPerSecond'],
  ['CPU per paced chunk', 'stream 32x200@10ms', OURS, PASS_THROUGH, 'cpuSecondsPerMillionChunks'],
  ['CPU per paced chunk', 'stream 32x200@10ms', OURS, 'nginx', 'cpuSecondsPerMillionChunks'],
  ['CPU per paced chunk', 'stream 32x200@10ms', OURS, 'LiteLLM proxy', 'cpuSecondsPerMillionChunks'],
  ['CPU per paced chunk', 'stream 32x200@10ms', OURS, 'Portkey gateway', 'cpuSecondsPerMillionChunks'],
  [
    'requests/s from one Node process',
    embeddedName('plain 16'),
    'SDK, embedded gateway',
    'SDK, gateway over HTTP',
    'requestsPerSecond',
  ],
];

/** The page. */
export function toMarkdown({ summary, bars, environment, missing }) {
  const lines = ['# The gateway: what it adds to a request', ''];
  lines.push('Made by `npm run bench:gateway`; what is measured and how: `benches/BENCHMARKING.md`.', '');
  lines.push(...environmentLines(environment));
  if (missing.length > 0) lines.push(`- not measured: ${missing.join(', ')}`);
  lines.push('', '![Chart](gateway.svg)', '', '## Bars', '', ...barsTable(bars), ...ratiosTable(summary));
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (summary[name] === undefined) continue;
    lines.push('', `## ${name}`, '', ...scenarioTable(scenario, summary[name], DIRECT));
  }
  if (summary[START] !== undefined) lines.push('', `## ${START}`, '', ...startTable(summary[START]));
  const embedded = Object.entries(SCENARIOS).map(([name, scenario]) => [
    embeddedName(name),
    scenario,
    EMBEDDED_SUBJECTS,
  ]);
  for (const [name, scenario, [base]] of [...embedded, [NO_PROVIDER, SIMULATED, IN_PROCESS_SUBJECTS]]) {
    if (summary[name] === undefined) continue;
    lines.push('', `## ${name}`, '', ...scenarioTable(scenario, summary[name], base));
  }
  return `${lines.join('\n')}\n`;
}

function ratiosTable(summary) {
  const rows = RATIOS.flatMap(([what, scenario, ours, theirs, metric]) => {
    const value = ratio(summary[scenario], ours, theirs, metric);
    return value === undefined ? [] : [[`${scenario}: ${what}, ${ours} ÷ ${theirs}`, `${decimal(value)}×`]];
  });
  return rows.length === 0 ? [] : ['', '## Ratios', '', ...table(['what', 'got'], rows)];
}

function scenarioTable(scenario, subjects, base) {
  return scenario.stream ? streamTable(subjects, base) : plainTable(subjects, base);
}

function plainTable(subjects, base) {
  const header = [
    'subject',
    'requests/s',
    'p50 µs',
    'p99 µs',
    'added p50 µs',
    'added p99 µs',
    'CPU ms/1,000 requests',
  ];
  const rows = Object.entries(subjects).map(([name, values]) => [
    name,
    withSpread(values.requestsPerSecond, (value) => decimal(value, 0)),
    decimal(values.p50Us.median, 0),
    decimal(values.p99Us.median, 0),
    added(subjects, name, base, 'p50Us'),
    added(subjects, name, base, 'p99Us'),
    decimal(values.cpuMsPerThousandRequests?.median, 0),
  ]);
  return table(header, rows);
}

function streamTable(subjects, base) {
  const header = [
    'subject',
    'chunks/s',
    'first token p50 µs',
    'added p50 µs',
    'added p99 µs',
    'CPU s/million chunks',
    'CPU ms/1,000 requests',
  ];
  const rows = Object.entries(subjects).map(([name, values]) => [
    name,
    withSpread(values.chunksPerSecond, (value) => decimal(value, 0)),
    decimal(values.firstTokenP50Us.median, 0),
    added(subjects, name, base, 'firstTokenP50Us'),
    added(subjects, name, base, 'firstTokenP99Us'),
    decimal(values.cpuSecondsPerMillionChunks?.median),
    decimal(values.cpuMsPerThousandRequests?.median, 0),
  ]);
  return table(header, rows);
}

function startTable(subjects) {
  const rows = Object.entries(subjects).map(([name, values]) => [
    name,
    withSpread(values.startMs, (value) => decimal(value, 0)),
    decimal(values.idleRssMiB?.median, 1),
    decimal(values.loadedRssMiB?.median, 1),
  ]);
  return table(['subject', 'start to first reply ms', 'RSS idle MiB', 'RSS loaded MiB'], rows);
}

function added(subjects, name, base, metric) {
  return name === base ? '–' : decimal(difference(subjects, name, base, metric), 0);
}

const PANELS = [
  ['Requests/s, 64 at once (more is better)', 'plain 64', 'requestsPerSecond', 0],
  ['CPU ms per 1,000 requests, 64 at once', 'plain 64', 'cpuMsPerThousandRequests', 0],
  ['Latency p50 µs at 50 requests/s', 'plain 50/s', 'p50Us', 0],
  ['Chunks/s, 32 streams of 200 (more is better)', 'stream 32x200', 'chunksPerSecond', 0],
  [
    'CPU s per million chunks, 32 streams, 10 ms apart',
    'stream 32x200@10ms',
    'cpuSecondsPerMillionChunks',
    1,
  ],
  ['Memory under load, MiB', START, 'loadedRssMiB', 1],
];

/** The chart. */
export function toChart(summary) {
  const panels = PANELS.map(([title, scenario, metric, digits]) => ({
    title,
    format: (value) => decimal(value, digits),
    rows: Object.entries(summary[scenario] ?? {})
      .filter(([name]) => median(summary[scenario], name, metric) !== undefined)
      .map(([name, values]) => ({ name, value: values[metric], isOurs: name.startsWith('auriko') })),
  }));
  return barChart(panels.filter(({ rows }) => rows.length > 0));
}
