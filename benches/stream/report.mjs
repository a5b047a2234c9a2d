// Turns medians into bars, a Markdown page and a chart.

import { barChart } from '../runner/chart.mjs';
import { barsTable, decimal, environmentLines, table, withSpread } from '../runner/markdown.mjs';
import { ratio } from '../runner/summary.mjs';

const OURS = 'auriko doStream (native)';
const COMPATIBLE = '@ai-sdk/openai-compatible doStream';
const PACED = '100x100@10ms';

/** What the project promised of a streamed chunk. */
export const BARS = [
  {
    text: `${PACED}: main-thread time per chunk, ${OURS} ÷ ${COMPATIBLE}`,
    value: (summary) => ratio(summary[PACED], OURS, COMPATIBLE, 'mainThreadUs'),
    isMet: (value) => value <= 1 / 10,
    format: (value) => `1/${(1 / value).toFixed(1)}`,
    wanted: 'at most 1/10',
  },
  {
    text: `${PACED}: main-thread time per chunk, ${OURS} ÷ bare fetch`,
    value: (summary) => ratio(summary[PACED], OURS, 'bare fetch', 'mainThreadUs'),
    isMet: (value) => value <= 1 / 3,
    format: (value) => `1/${(1 / value).toFixed(1)}`,
    wanted: 'at most 1/3',
  },
  {
    text: 'streamText 32x200: chunks/s, auriko ÷ @ai-sdk/openai-compatible',
    value: (summary) =>
      ratio(
        summary['streamText 32x200'],
        'auriko streamText',
        '@ai-sdk/openai-compatible streamText',
        'chunksPerSecond',
      ),
    isMet: (value) => value >= 4,
    format: (value) => `${value.toFixed(1)}×`,
    wanted: 'at least 4×',
  },
];

/** The page. */
export function toMarkdown({ summary, bars, environment }) {
  const lines = ['# Streaming: main-thread cost of a chunk', ''];
  lines.push('Made by `npm run bench:stream`; what is measured and how: `benches/BENCHMARKING.md`.', '');
  lines.push(
    ...environmentLines(environment),
    '',
    '![Chart](stream.svg)',
    '',
    '## Bars',
    '',
    ...barsTable(bars),
  );
  for (const [scenario, subjects] of Object.entries(summary))
    lines.push('', ...scenarioTable(scenario, subjects));
  return `${lines.join('\n')}\n`;
}

function scenarioTable(scenario, subjects) {
  const isStreamText = scenario.startsWith('streamText');
  const compatible = isStreamText ? '@ai-sdk/openai-compatible streamText' : COMPATIBLE;
  const header = [
    'subject',
    'main thread µs/chunk',
    'loop active µs/chunk',
    'process CPU µs/chunk',
    'chunks/s',
    'peak RSS MiB',
    'loop delay p99 ms',
    'main thread ÷ openai-compatible',
    isStreamText ? 'rate ÷ openai-compatible' : 'main thread ÷ bare fetch',
  ];
  const rows = Object.entries(subjects).map(([name, values]) => [
    name,
    withSpread(values.mainThreadUs, (value) => decimal(value, 1)),
    decimal(values.loopActiveUs.median, 1),
    decimal(values.processCpuUs.median, 1),
    decimal(values.chunksPerSecond.median, 0),
    decimal(values.rssMiB.median, 0),
    decimal(values.loopDelayP99Ms.median, 1),
    decimal(ratio(subjects, name, compatible, 'mainThreadUs')),
    decimal(
      isStreamText
        ? ratio(subjects, name, compatible, 'chunksPerSecond')
        : ratio(subjects, name, 'bare fetch', 'mainThreadUs'),
    ),
  ]);
  return [`## ${scenario}`, '', ...table(header, rows)];
}

const PANELS = [
  ['Main thread, µs per chunk: 100 streams, a chunk every 10 ms', PACED],
  ['Main thread, µs per chunk: 32 streams as fast as they are read', '32x200'],
  ['Main thread, µs per chunk: streamText, 32 streams', 'streamText 32x200'],
];

/** The chart. */
export function toChart(summary) {
  const rowsOf = (scenario) =>
    Object.entries(summary[scenario] ?? {}).map(([name, values]) => ({
      name,
      value: values.mainThreadUs,
      isOurs: name.startsWith('auriko'),
    }));
  const panels = PANELS.map(([title, scenario]) => ({
    title,
    format: (value) => decimal(value, 1),
    rows: rowsOf(scenario),
  }));
  return barChart(panels.filter(({ rows }) => rows.length > 0));
}
