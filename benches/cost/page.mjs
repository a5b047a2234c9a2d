// The page of `bench:cost`.

import { barsTable, decimal, table } from '../runner/markdown.mjs';
import { bill, percent } from './bars.mjs';

const POLICIES = ['fixed provider', 'cheapest list price', 'cost-focus', 'oracle'];

/** All tables. `runs` are `{ losses, reports }`, the first without losses. */
export function toMarkdown({ runs, bars, catalog }) {
  const [{ reports }] = runs;
  const lines = [
    '# What routing by cost saves',
    '',
    'Made by `npm run bench:cost`; the policies, the method and what the numbers do not say: [cost-routing.md](../cost-routing.md).',
    '',
    `- Traces of \`examples/traces\`, prices and rules of caches of the catalogue \`${catalog}\``,
    '- A replay: the same numbers on every machine, so one round',
    '',
    '![Bills of four policies](cost.svg)',
    '',
    ...barsTable(bars),
  ];
  for (const run of runs) {
    const title = run.losses === 0 ? 'Bills' : `Bills where caches lose ${run.losses} of 100 prefixes`;
    lines.push('', `## ${title}`, '', ...billsTable(run.reports));
  }
  for (const report of reports) {
    lines.push('', `## ${report.trace}: bills by model`, '', summary(report), '', ...modelsTable(report));
  }
  return `${lines.join('\n')}\n`;
}

function billsTable(reports) {
  const rows = reports.map((report) => [
    report.trace,
    ...POLICIES.map((policy) => dollars(bill(report, policy).usd)),
    percent(report.saved_percent),
    percent(report.regret_percent),
    `${report.exact_conversations} of ${report.conversations}`,
  ]);
  return table(['trace', ...POLICIES, 'saved', 'above the oracle', 'oracle is exact for'], rows);
}

function summary({ requests, conversations, prompt_tokens: prompt, output_tokens: output }) {
  const millions = (tokens) => `${decimal(tokens / 1e6, 1)} million tokens`;
  return `${decimal(requests, 0)} requests in ${conversations} conversations, ${millions(prompt)} in, ${millions(output)} out.`;
}

/** The oracle has no bills by model: it is a bound per conversation. */
function modelsTable(report) {
  const policies = POLICIES.filter(
    (policy) => Object.keys(bill(report, policy).usd_by_model ?? {}).length > 0,
  );
  const models = Object.keys(bill(report, policies[0]).usd_by_model).sort();
  const rows = models.map((model) => [
    model,
    ...policies.map((policy) => dollars(bill(report, policy).usd_by_model[model])),
  ]);
  return table(['model', ...policies], rows);
}

const dollars = (usd) => (usd === undefined ? '–' : `$${usd.toFixed(4)}`);
