// The pieces of a page.

/** How the build of our binaries is called, where its name says too little. */
const PROFILES = { pgo: '`release` with profile-guided optimisation', release: '`release`', fast: '`fast`' };

/** A table; the first column is text, the others are numbers. */
export function table(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(header), `|---|${'---:|'.repeat(header.length - 1)}`, ...rows.map(line)];
}

/** The verdicts of `judge`. */
export function barsTable(bars) {
  const verdict = ({ met }) => (met === undefined ? '–' : met ? 'met' : '**missed**');
  const row = (bar) => `| ${bar.text} | ${bar.wanted} | ${bar.got} | ${verdict(bar)} |`;
  return ['| what | wanted | got | |', '|---|---|---|---|', ...bars.map(row)];
}

/** Machine, rounds and versions, for the top of a page. */
export function environmentLines({ cpu, cores, os, node, rounds, loadBefore, profile, versions }) {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `- ${cpu}, ${cores} cores, ${os}; Node ${node}`,
    `- ${rounds === 1 ? '1 round' : `${rounds} alternating rounds, medians`}; Rust profile ${PROFILES[profile] ?? profile}; load before the run ${loadBefore}`,
    `- ${named.join(' · ')}`,
  ];
}

/** `12.3 (11.9–14.0)`. */
export function withSpread(value, format) {
  if (value === undefined) return '–';
  const { median, min, max } = value;
  return `${format(median)} (${format(min)}–${format(max)})`;
}

/** A number with `digits` decimals and separated thousands; a dash for what was not measured. */
export function decimal(value, digits = 2) {
  if (value === undefined || Number.isNaN(value)) return '–';
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
