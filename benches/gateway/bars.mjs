// What the project promised of the gateway, as ratios of medians of one run.

import { atLeast, atMost, within } from '../runner/bars.mjs';
import { decimal } from '../runner/markdown.mjs';
import { difference } from '../runner/summary.mjs';
import { IN_PROCESS_SUBJECTS } from './embedded.mjs';
import { NO_PROVIDER, START } from './names.mjs';
import { DIRECT, GATEWAYS, GUARDED, OURS, PASS_THROUGH } from './subjects.mjs';

const [EMBEDDED, OVER_HTTP] = IN_PROCESS_SUBJECTS;
const PLAIN = { scenario: 'plain 16', metric: 'cpuMsPerThousandRequests', what: 'CPU per request' };
const STREAM = { scenario: 'stream 32x200', metric: 'cpuSecondsPerMillionChunks', what: 'CPU per chunk' };
const PACED = 'stream 32x200@10ms';

export const BARS = [
  atMost(1.5, { ...PLAIN, ours: OURS, theirs: PASS_THROUGH }),
  atMost(1, { ...PLAIN, ours: OURS, theirs: GATEWAYS }),
  atMost(2.2, { ...PLAIN, ours: GUARDED, theirs: PASS_THROUGH }),
  atMost(0.8, { ...STREAM, ours: OURS, theirs: PASS_THROUGH }),
  atMost(1, { ...STREAM, ours: OURS, theirs: GATEWAYS }),
  addedAtMost(0.1, 'firstTokenP50Us', 'added time to first token p50'),
  addedAtMost(0.1, 'firstTokenP99Us', 'added time to first token p99'),
  atMost(1.1, { scenario: 'plain 1', metric: 'p50Us', what: 'p50', ours: OURS, theirs: PASS_THROUGH }),
  within(150, 'ms', { scenario: START, metric: 'startMs', what: 'start to first reply', ours: OURS }),
  within(30, 'MiB', { scenario: START, metric: 'idleRssMiB', what: 'memory when idle', ours: OURS }),
  atLeast(2, {
    scenario: NO_PROVIDER,
    metric: 'requestsPerSecond',
    what: 'requests/s',
    ours: EMBEDDED,
    theirs: OVER_HTTP,
  }),
];

/**
 * What ours adds to no gateway at all, beside what the pass-through adds and a part of that. No ratio: within the noise the
 * pass-through may add less than nothing.
 */
function addedAtMost(part, metric, what) {
  return {
    scenario: PACED,
    text: `${PACED}: ${what}, ${OURS} beside ${PASS_THROUGH}`,
    wanted: `at most ${part * 100} % more`,
    value: (summary) => {
      const [ours, theirs] = [OURS, PASS_THROUGH].map((subject) =>
        difference(summary[PACED], subject, DIRECT, metric),
      );
      return ours === undefined || theirs === undefined ? undefined : { ours, theirs };
    },
    isMet: ({ ours, theirs }) => ours <= theirs + part * Math.abs(theirs),
    format: ({ ours, theirs }) => `${decimal(ours, 0)} beside ${decimal(theirs, 0)} µs`,
  };
}
