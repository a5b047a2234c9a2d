// Promises as ratios of medians of one run, for `judge`.

import { median } from './summary.mjs';

/**
 * Our number is at most `limit` times theirs. A bar is `{ scenario, metric, what, ours, theirs }`; `theirs` may be several
 * subjects, of which the best counts.
 */
export function atMost(limit, bar) {
  return compare(bar, Math.min, {
    wanted: `at most ${fraction(limit)}`,
    isMet: (value) => value <= limit,
    format: fraction,
  });
}

/** Our number is at least `limit` times theirs. */
export function atLeast(limit, bar) {
  return compare(bar, Math.max, {
    wanted: `at least ${times(limit)}`,
    isMet: (value) => value >= limit,
    format: times,
  });
}

/** Our number itself is at most `limit`, in `unit`. */
export function within(limit, unit, { scenario, metric, what, ours }) {
  return {
    scenario,
    text: `${scenario}: ${what} of ${ours}`,
    wanted: `at most ${limit} ${unit}`,
    value: (summary) => median(summary[scenario], ours, metric),
    isMet: (value) => value <= limit,
    format: (value) => `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`,
  };
}

function compare({ scenario, metric, what, ours, theirs }, best, rest) {
  const peers = [theirs].flat();
  return {
    scenario,
    text: `${scenario}: ${what}, ${ours} ÷ ${peers.length === 1 ? peers[0] : `the best of ${peers.join(', ')}`}`,
    value: (summary) => {
      const value = median(summary[scenario], ours, metric);
      const others = peers.map((peer) => median(summary[scenario], peer, metric));
      const known = others.filter((other) => other !== undefined);
      return value === undefined || known.length === 0 ? undefined : value / best(...known);
    },
    ...rest,
  };
}

/** `12.3×`. */
export function times(value) {
  return `${value.toFixed(1)}×`;
}

/** Ratios far below one are easier to compare as `1/12.0`. */
function fraction(value) {
  return value > 0 && value < 0.6 ? `1/${(1 / value).toFixed(1)}` : `${value.toFixed(2)}×`;
}
