// `npm run test:mutations`: takes every behaviour of the AI SDK specification out of the source, one by one, and demands
// that a test fails. Works on a copy; writes docs/ai-sdk-rows.md when all rows were run and noticed.
// Options: --only TEXT (part of a row's section, words or test), --verbose (why each was noticed), --list.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCargo, runTypes } from './test-mutations/commands.mjs';
import { applyMutations } from './test-mutations/mutate.mjs';
import { rowsPage } from './test-mutations/report.mjs';
import { ROWS } from './test-mutations/rows.mjs';
import { rowsWithoutEntry } from './test-mutations/specification.mjs';
import { copyTree, root } from './test-mutations/tree.mjs';
import { startVitest } from './test-mutations/vitest.mjs';

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, verbose: { type: 'boolean' }, list: { type: 'boolean' } },
});

const title = ({ section, row, gone }) => `§${section} ${row}: ${gone}`;
const chosen = ROWS.filter((entry) => `${title(entry)} ${entry.tests ?? ''}`.includes(options.only ?? ''));
if (options.list) {
  for (const entry of chosen) console.log(title(entry));
  process.exit();
}

const tree = copyTree();
const vitest = await startVitest(tree);

/** What the row's tests say of the copy as it is. */
function run({ tests, cargo }) {
  if (tests !== undefined) return vitest.run(tests);
  return cargo !== undefined ? runCargo(tree, cargo) : runTypes(tree);
}

/** Tests that fail without any mutation prove nothing. */
async function unmutated(entries) {
  const suites = new Map();
  for (const entry of entries) {
    for (const name of entry.tests ?? []) suites.set(name, { tests: [name] });
    if (entry.tests === undefined) suites.set(JSON.stringify(entry.cargo ?? 'types'), entry);
  }
  const failing = [];
  for (const [name, suite] of suites) {
    const verdict = await run(suite);
    if (verdict.state !== 'passed') failing.push(`${name}: ${verdict.test ?? ''} ${verdict.detail}`);
  }
  return failing;
}

async function check(entry) {
  let applied;
  try {
    applied = applyMutations(tree, entry.mutations);
  } catch (error) {
    return { state: 'invalid', detail: error.message };
  }
  vitest.changed(applied.files);
  try {
    return await run(entry);
  } finally {
    applied.restore();
    vitest.changed(applied.files);
  }
}

const WORDS = { failed: 'killed', passed: 'SURVIVED', invalid: 'invalid' };

/** A runner that takes every change for noticed, or for valid, would prove nothing: it must tell these three apart. */
async function wrongControls() {
  const file = 'ts/ai-sdk/stable-json.ts';
  const tests = ['convert-prompt'];
  const controls = [
    ['passed', [{ file, find: '// JSON text with', replace: '// JSON text  with' }]],
    ['invalid', [{ file, find: 'JSON.stringify(value,', replace: 'JSON.stringify(value,,' }]],
    ['failed', [{ file, find: 'a < b ? -1 : a > b ? 1 : 0', replace: 'a < b ? 1 : a > b ? -1 : 0' }]],
  ];
  const wrong = [];
  for (const [state, mutations] of controls) {
    const verdict = await check({ tests, mutations });
    if (verdict.state !== state)
      wrong.push(`the runner is broken: a control is ${verdict.state}, not ${state}`);
  }
  return wrong;
}

/** Rows one after the other: their verdicts, or why none can be had. */
async function runLane(entries) {
  const failing = await unmutated(entries);
  if (failing.length > 0)
    throw new Error(failing.map((text) => `fails without any mutation: ${text}`).join('\n'));
  const results = [];
  for (const entry of entries) {
    const verdict = await check(entry);
    results.push({ entry, verdict });
    const isTelling = options.verbose || verdict.state === 'invalid';
    const more = isTelling ? ` (${verdict.test ?? ''} ${verdict.detail ?? ''})` : '';
    console.log(`${WORDS[verdict.state]} ${title(entry)}${more}`);
  }
  return results;
}

/** Whether every mutation was noticed. */
async function main() {
  if (chosen.length === 0) return fail([`no row matches ${options.only}`]);
  const missing = rowsWithoutEntry(ROWS);
  if (missing === undefined)
    console.log('the specification is not here: not checked whether every row has an entry');
  else if (missing.length > 0) return fail(missing.map((text) => `no entry for ${text}`));
  const wrong = await wrongControls();
  if (wrong.length > 0) return fail(wrong);
  // Rust and JavaScript do not share a file, so that neither sees the other's mutations.
  const lanes = [
    chosen.filter(({ cargo }) => cargo === undefined),
    chosen.filter(({ cargo }) => cargo !== undefined),
  ];
  const outcomes = await Promise.allSettled(lanes.map(runLane));
  const failed = outcomes.flatMap(({ reason }) => (reason === undefined ? [] : [reason.message]));
  if (failed.length > 0) return fail(failed);
  const results = outcomes
    .flatMap(({ value }) => value)
    .sort((a, b) => chosen.indexOf(a.entry) - chosen.indexOf(b.entry));
  const count = (state) => results.filter(({ verdict }) => verdict.state === state).length;
  const killed = count('failed');
  console.log(
    `${chosen.length} mutations: ${killed} killed, ${count('passed')} survived, ${count('invalid')} invalid`,
  );
  if (killed !== chosen.length) return false;
  if (options.only === undefined) writeFileSync(join(root, 'docs/ai-sdk-rows.md'), rowsPage(results));
  return true;
}

function fail(messages) {
  for (const message of messages) console.error(message);
  return false;
}

const isGood = await main();
await vitest.close();
// Vitest has set it for every test that failed, which is what they are here for.
process.exitCode = isGood ? 0 : 1;
