// What the project promised of the client, as ratios of medians of one run.

import { atLeast as ratioAtLeast, atMost as ratioAtMost, times, within } from '../runner/bars.mjs';
import { median } from '../runner/summary.mjs';

const OURS = 'auriko doStream (native)';
const COMPATIBLE = '@ai-sdk/openai-compatible doStream';
const PEERS = [COMPATIBLE, '@openrouter/ai-sdk-provider doStream', 'openai'];
const ALL_PEERS = [...PEERS, 'bare fetch', 'bare undici.request'];
const PACED = 'doStream 100x100@10ms';
const HELD_BACK = 'textStream 1000x50@10ms';
const PLAIN = '64 at once, 1 KB';
const IMPORTED = 'import @auriko/ai-sdk-provider';

export const BARS = [
  atMost(1 / 12, { scenario: PACED, metric: 'mainThreadUs', what: 'main-thread time', theirs: COMPATIBLE }),
  atMost(1 / 6, { scenario: PACED, metric: 'mainThreadUs', what: 'main-thread time', theirs: 'openai' }),
  atMost(1 / 4, { scenario: PACED, metric: 'mainThreadUs', what: 'main-thread time', theirs: 'bare fetch' }),
  atMost(1 / 4, { scenario: PACED, metric: 'processCpuUs', what: 'process CPU', theirs: COMPATIBLE }),
  atMost(1, { scenario: PACED, metric: 'processCpuUs', what: 'process CPU', theirs: 'bare fetch' }),
  atLeast(4, {
    scenario: 'textStream 32x200',
    metric: 'chunksPerSecond',
    what: 'chunks/s',
    ours: 'auriko textStream (native)',
    theirs: '@ai-sdk/openai-compatible textStream',
  }),
  atMost(1 / 3, {
    scenario: HELD_BACK,
    metric: 'loopActiveUs',
    what: 'event loop busy',
    ours: 'auriko textStream (native, every 33 ms)',
    theirs: '@ai-sdk/openai-compatible textStream',
  }),
  atMost(1 / 3, {
    scenario: '1000 open streams',
    metric: 'rssKiBPerStream',
    what: 'memory per stream',
    theirs: COMPATIBLE,
  }),
  atMost(1, { scenario: 'answer at once', metric: 'firstTokenMs', what: 'first token', theirs: PEERS }),
  atMost(1, { scenario: 'answer at once', metric: 'firstTokenMs', what: 'first token', theirs: ALL_PEERS }),
  atMost(1, { scenario: 'lingering server', metric: 'finishMs', what: 'finish', theirs: ALL_PEERS }),
  atLeast(2, {
    scenario: PLAIN,
    metric: 'requestsPerSecond',
    what: 'requests/s',
    ours: 'auriko SDK (native)',
    theirs: 'openai',
  }),
  atMost(1 / 2, {
    scenario: PLAIN,
    metric: 'mainThreadUs',
    what: 'main-thread time',
    ours: 'auriko SDK (native)',
    theirs: 'openai',
  }),
  atMost(1 / 10, {
    scenario: 'tool arguments 64 KB',
    metric: 'processCpuMs',
    what: 'process CPU',
    theirs: COMPATIBLE,
  }),
  {
    text: `tool arguments: process CPU of ${OURS}, 1 MB ÷ 64 KB`,
    wanted: 'at most 24×, linear is 16×',
    value: (summary) => {
      const large = median(summary['tool arguments 1 MB'], OURS, 'processCpuMs');
      const small = median(summary['tool arguments 64 KB'], OURS, 'processCpuMs');
      return large === undefined || small === undefined ? undefined : large / small;
    },
    isMet: (value) => value <= 24,
    format: times,
  },
  atMost(1 / 5, {
    scenario: 'images 16 MB',
    metric: 'longestPauseMs',
    what: 'longest pause',
    theirs: COMPATIBLE,
  }),
  within(60, 'ms', { scenario: 'import', metric: 'importMs', what: 'time', ours: IMPORTED }),
  atMost(1, {
    scenario: 'import',
    metric: 'importMs',
    what: 'time',
    ours: IMPORTED,
    theirs: [
      'import @ai-sdk/openai-compatible',
      'import @openrouter/ai-sdk-provider',
      'import openai',
      'import undici',
    ],
  }),
];

/** Whether a scenario is needed for a bar; `--quick` runs these. */
export function hasBar(scenario) {
  return scenario.startsWith('tool arguments') || BARS.some((bar) => bar.scenario === scenario);
}

function atMost(limit, bar) {
  return ratioAtMost(limit, { ours: OURS, ...bar });
}

function atLeast(limit, bar) {
  return ratioAtLeast(limit, { ours: OURS, ...bar });
}
