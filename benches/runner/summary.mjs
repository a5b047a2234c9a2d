// From samples to medians, ratios and verdicts.

/** Median and extremes of every metric, per scenario and subject. */
export function summarize(samples) {
  return mapValues(samples, (subjects) => mapValues(subjects, summarizeRounds));
}

function summarizeRounds(rounds) {
  const metrics = new Set(rounds.flatMap((round) => Object.keys(round)));
  return Object.fromEntries(
    [...metrics].map((metric) => [
      metric,
      spread(rounds.map((round) => round[metric]).filter((value) => value !== undefined)),
    ]),
  );
}

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

/** The median of one metric; undefined where it was not measured. */
export function median(subjects, subject, metric) {
  return subjects?.[subject]?.[metric]?.median;
}

/** `ours` ÷ `theirs`, medians of one run; undefined where a side was not measured. */
export function ratio(subjects, ours, theirs, metric) {
  const [a, b] = [median(subjects, ours, metric), median(subjects, theirs, metric)];
  return a === undefined || b === undefined ? undefined : a / b;
}

/** `ours` − `theirs`, likewise. */
export function difference(subjects, ours, theirs, metric) {
  const [a, b] = [median(subjects, ours, metric), median(subjects, theirs, metric)];
  return a === undefined || b === undefined ? undefined : a - b;
}

/**
 * What was promised, with what this run gave. `met` is undefined where a side was not measured.
 *
 * A bar is `{ text, wanted, value(summary), isMet(value), format(value) }`.
 */
export function judge(bars, summary) {
  return bars.map(({ text, wanted, value, isMet, format }) => {
    const got = value(summary);
    if (got === undefined) return { text, wanted, got: 'not measured' };
    return { text, wanted, got: format(got), met: isMet(got) };
  });
}
