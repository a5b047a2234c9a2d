// What the project promised of routing by cost. `crates/auriko-simulate/src/replay/tests.rs` asserts the same.

/** Bars over the runs of `bench:cost`: `{ losses, reports }`. */
export const COST_BARS = [
  {
    text: 'every trace: saved of the fixed provider’s bill, the least',
    wanted: 'at least 30 %',
    value: (runs) => Math.min(...without(runs).map((report) => report.saved_percent)),
    isMet: (value) => value >= 30,
    format: percent,
  },
  {
    text: 'agent trace: bill ÷ cheapest list price',
    wanted: 'below 1',
    value: (runs) => {
      const agent = without(runs).find(({ trace }) => trace === 'agent');
      return bill(agent, 'cost-focus').usd / bill(agent, 'cheapest list price').usd;
    },
    isMet: (value) => value < 1,
    format: (value) => value.toFixed(3),
  },
  {
    text: 'all traces: above the oracle, mean',
    wanted: 'at most 5 %',
    value: (runs) => mean(without(runs).map((report) => report.regret_percent)),
    isMet: (value) => value <= 5,
    format: percent,
  },
];

/** The bill of one policy. */
export function bill({ bills }, policy) {
  const found = bills.find((candidate) => candidate.policy === policy);
  if (found === undefined) throw new Error(`the report has no policy '${policy}'`);
  return found;
}

/** `12.3 %`. */
export function percent(value) {
  return `${value.toFixed(1)} %`;
}

const without = (runs) => runs.find(({ losses }) => losses === 0).reports;
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
