// Turns samples into medians, bars and a Markdown page.

const METRICS = [
  'mainThreadUs',
  'loopActiveUs',
  'processCpuUs',
  'chunksPerSecond',
  'rssMiB',
  'loopDelayP99Ms',
];

/** Medians and extremes per scenario and subject. */
export function summarize(samples) {
  const summary = {};
  for (const [scenario, subjects] of Object.entries(samples)) {
    summary[scenario] = {};
    for (const [subject, rounds] of Object.entries(subjects)) {
      summary[scenario][subject] = Object.fromEntries(
        METRICS.map((metric) => [metric, spread(rounds.map((round) => round[metric]))]),
      );
    }
  }
  return summary;
}

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

const OURS = 'auriko doStream (native)';
const COMPATIBLE = '@ai-sdk/openai-compatible doStream';
const PACED = '100x100@10ms';

const BARS = [
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

function ratio(subjects, ours, theirs, metric) {
  const [a, b] = [subjects?.[ours]?.[metric].median, subjects?.[theirs]?.[metric].median];
  return a === undefined || b === undefined ? undefined : a / b;
}

/** What the project promised, with what this run gave. `met` is undefined where a side was not measured. */
export function judge(summary) {
  return BARS.map(({ text, wanted, value, isMet, format }) => {
    const got = value(summary);
    if (got === undefined) return { text, wanted, got: 'not measured' };
    return { text, wanted, got: format(got), met: isMet(got) };
  });
}

/** The page. */
export function toMarkdown({ summary, bars, environment }) {
  const lines = ['# Streaming: main-thread cost of a chunk', ''];
  lines.push('Made by `npm run bench:stream`; what is measured and how: `benches/BENCHMARKING.md`.', '');
  lines.push(`- ${environment.cpu}, ${environment.cores} cores, ${environment.os}; Node ${environment.node}`);
  lines.push(
    `- ${environment.rounds} alternating rounds; median, and min–max for the first column; load before the run ${environment.loadBefore}`,
  );
  const versions = Object.entries(environment.packages).map(([name, version]) => `${name} ${version}`);
  lines.push(`- ${versions.join(' · ')}`, '', '## Bars', '');
  lines.push('| what | wanted | got | |', '|---|---|---|---|');
  for (const bar of bars) lines.push(`| ${bar.text} | ${bar.wanted} | ${bar.got} | ${verdict(bar.met)} |`);
  for (const [scenario, subjects] of Object.entries(summary))
    lines.push('', ...scenarioTable(scenario, subjects));
  return `${lines.join('\n')}\n`;
}

const verdict = (met) => (met === undefined ? '–' : met ? 'met' : '**missed**');

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
    `${values.mainThreadUs.median.toFixed(1)} (${values.mainThreadUs.min.toFixed(1)}–${values.mainThreadUs.max.toFixed(1)})`,
    values.loopActiveUs.median.toFixed(1),
    values.processCpuUs.median.toFixed(1),
    Math.round(values.chunksPerSecond.median).toLocaleString('en'),
    values.rssMiB.median.toFixed(0),
    values.loopDelayP99Ms.median.toFixed(1),
    decimal(ratio(subjects, name, compatible, 'mainThreadUs')),
    decimal(
      isStreamText
        ? ratio(subjects, name, compatible, 'chunksPerSecond')
        : ratio(subjects, name, 'bare fetch', 'mainThreadUs'),
    ),
  ]);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = `|---|${header
    .slice(1)
    .map(() => '---:')
    .join('|')}|`;
  return [`## ${scenario}`, '', line(header), rule, ...rows.map(line)];
}

const decimal = (value) => (value === undefined ? '–' : value.toFixed(2));
