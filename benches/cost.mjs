// `npm run bench:cost`: what the traces of examples/traces cost with and without routing (docs/cost-routing.md). Replays,
// which give the same numbers every time: no rounds, no machine. Options: --quick.

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root, setUp } from '../scripts/setup.mjs';
import { COST_BARS } from './cost/bars.mjs';
import { toMarkdown } from './cost/page.mjs';
import { readJson } from './runner/environment.mjs';
import { readOptions } from './runner/options.mjs';
import { publish } from './runner/publish.mjs';
import { judge } from './runner/summary.mjs';

/** Percent of the prefixes that a cache promised to keep and lost. */
const LOSSES = [0, 5];

const { isPartial } = readOptions();
await setUp();
const folder = join(root, 'examples', 'traces');
const traces = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .sort()
  .map((name) => join(folder, name));

const scratch = mkdtempSync(join(tmpdir(), 'auriko-cost-'));
const svg = join(scratch, 'bills.svg');
const runs = [];
for (const losses of LOSSES) {
  const drawing = losses === 0 ? ['--svg', svg] : [];
  runs.push({ losses, reports: await simulate(['--losses', String(losses), ...drawing]) });
}
const chart = readFileSync(svg, 'utf8');
rmSync(scratch, { recursive: true });

const catalog = readJson('crates/auriko-routing/catalog.json').version;
const bars = judge(COST_BARS, runs);
const markdown = toMarkdown({ runs, bars, catalog });
console.log(`\n${markdown}`);
if (!isPartial) publish('cost', { markdown, data: { catalog, bars, runs }, chart });
if (bars.some((bar) => bar.met === false)) process.exitCode = 1;

/** The reports of one replay, one per trace, from the command that users have. */
async function simulate(options) {
  const args = [join(root, 'dist', 'cli.js'), 'simulate', ...traces, '--json', ...options];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 16 * 1024 ** 2 });
  return JSON.parse(stdout);
}
