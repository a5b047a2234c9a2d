// The options that every benchmark understands: --rounds N, --only TEXT[,TEXT], --quick.

import { parseArgs } from 'node:util';

/** Rounds of a run that is published: with fewer, one disturbance decides a median. */
const ROUNDS = 3;

/**
 * Reads the command line.
 *
 * `isPartial`: `--quick` or `--only` was given, so that the run must not replace the published one.
 * `wants(...names)`: whether `--only` (part of one of the names) leaves it.
 */
export function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  });
  const { quick } = values;
  const rounds = Number(values.rounds ?? (quick ? 1 : ROUNDS));
  if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error('--rounds must be a whole number above 0');
  const only = values.only?.split(',');
  const wants = (...names) =>
    only === undefined || only.some((text) => names.some((name) => name.includes(text)));
  return { rounds, quick, wants, isPartial: quick || only !== undefined };
}
