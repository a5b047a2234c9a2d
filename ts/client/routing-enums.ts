// The closed sets of routing options as constants, for editors and for readers; the literals do as well.

import type { DATA_POLICY, METRIC_PERCENTILE, MODE, OPTIMIZE } from '../routing-rules.js';

/** Scoring presets of `optimize`. The `_FOCUS` ones look at one dimension almost alone. */
export const Optimize = {
  COST: 'cost',
  COST_FOCUS: 'cost-focus',
  TTFT: 'ttft',
  TTFT_FOCUS: 'ttft-focus',
  TPS: 'tps',
  TPS_FOCUS: 'tps-focus',
  BALANCED: 'balanced',
} as const satisfies Record<string, (typeof OPTIMIZE)[number]>;

/** A value of {@link Optimize}. */
export type Optimize = (typeof OPTIMIZE)[number];

/** How several models are read: one ranking over all, or one after the other. */
export const Mode = {
  POOL: 'pool',
  FALLBACK: 'fallback',
} as const satisfies Record<string, (typeof MODE)[number]>;

/** A value of {@link Mode}. */
export type Mode = (typeof MODE)[number];

/** Least retention guarantee of a provider, from none to zero data retention. */
export const DataPolicy = {
  NONE: 'none',
  NO_TRAINING: 'no_training',
  ZDR: 'zdr',
} as const satisfies Record<string, (typeof DATA_POLICY)[number]>;

/** A value of {@link DataPolicy}. */
export type DataPolicy = (typeof DATA_POLICY)[number];

/** Which measurement counts: the median, or the slow tail. */
export const MetricPercentile = {
  P50: 'p50',
  P95: 'p95',
} as const satisfies Record<string, (typeof METRIC_PERCENTILE)[number]>;

/** A value of {@link MetricPercentile}. */
export type MetricPercentile = (typeof METRIC_PERCENTILE)[number];
