// `npm run compare:providers`: puts the same scripted wire to this package and to its peers, as installed, and writes
// what each did to docs/providers-compared.md. Fails when there is a row in which a peer is better.
// Option: --only TEXT runs the rows whose group or name has it, and writes nothing.

import { fork } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ASIDE, behind, cell, countVerdicts, factsOf, toMarkdown } from './compare-providers/report.mjs';
import { SUBJECTS } from './compare-providers/subjects.mjs';
import { fail, isOlder, npmIn, root, setUp } from './setup.mjs';

const folder = join(root, 'scripts', 'compare-providers');
const { values: options } = parseArgs({ options: { only: { type: 'string' } } });

await main().catch(fail);

async function main() {
  await setUp();
  const manifest = 'scripts/compare-providers/package.json';
  if (isOlder(['scripts/compare-providers/node_modules/.package-lock.json'], [manifest])) {
    await npmIn(folder, 'install', '--no-audit', '--no-fund', '--loglevel=error');
  }
  const ids = Object.keys(SUBJECTS);
  const reports = await Promise.all(ids.map(compare));
  const rows = reports[0].map(({ group, name, byDesign }, index) => ({
    group,
    name,
    byDesign,
    results: Object.fromEntries(ids.map((id, subject) => [id, reports[subject][index].result])),
  }));
  print(rows);
  if (options.only === undefined) {
    const markdown = toMarkdown({
      subjects: SUBJECTS,
      rows,
      facts: Object.fromEntries(ids.map((id) => [id, factsOf(folderOf(id))])),
      node: readJson(join(root, 'node_modules/node')).version,
      ai: readJson(join(folder, 'node_modules/ai')).version,
    });
    writeFileSync(join(root, 'docs', 'providers-compared.md'), markdown);
  }
  if (behind(rows).length > 0) process.exitCode = 1;
}

/** Runs all scenarios against one subject. */
function compare(id) {
  // The version of Node that the repository pins: the AI SDK needs 22.
  const pinnedNode = join(root, 'node_modules/node/bin/node');
  return new Promise((resolve, reject) => {
    const args = options.only === undefined ? [id] : [id, options.only];
    const worker = fork(join(folder, 'worker.mjs'), args, {
      execPath: existsSync(pinnedNode) ? pinnedNode : process.execPath,
      execArgv: ['--expose-gc'],
    });
    const report = [];
    let isDone = false;
    worker.on('message', (row) => {
      if (row.isDone) isDone = true;
      else if (row.leaked === undefined) report.push(row);
      else console.error(`${id}: an error outside of any call: ${row.leaked}`);
    });
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (code === 0 && isDone) resolve(report);
      else reject(new Error(`${id} ended with code ${code} after ${report.length} rows`));
    });
  });
}

function print(rows) {
  const mark = { yes: '+', no: '-', partly: '~', error: '!', 'other wire': ' ', 'not on the wire': ' ' };
  const ids = Object.keys(SUBJECTS);
  console.log(`\n${ids.join(' | ')}`);
  for (const { group, name, results } of rows) {
    const marks = ids.map((id) => mark[results[id].verdict]).join('');
    console.log(`${marks}  ${group}: ${name}`);
    if (options.only !== undefined) for (const id of ids) console.log(`      ${id}: ${cell(results[id])}`);
  }
  console.log(`\n${rows.length} rows`);
  for (const id of ids) {
    const counts = Object.entries(countVerdicts(rows, id)).map(([verdict, count]) => `${verdict} ${count}`);
    console.log(`${id.padEnd(18)} ${counts.join(', ')}`);
  }
  const lacking = rows.filter(({ results }) => !ASIDE.includes(results.auriko.verdict));
  for (const row of lacking) {
    const better = ids.filter((id) => id !== 'auriko' && row.results[id].verdict === 'yes');
    console.log(`\nours: ${cell(row.results.auriko)}`);
    console.log(`  ${row.group}: ${row.name}`);
    console.log(`  ${verdictOn(row, better)}`);
  }
}

function verdictOn({ byDesign }, better) {
  if (better.length === 0) return 'no peer does it either';
  return byDesign === undefined ? `BEHIND ${better.join(', ')}` : `by design: ${byDesign}`;
}

function folderOf(id) {
  return id === 'auriko' ? root : join(folder, 'node_modules', SUBJECTS[id].package);
}

function readJson(packageFolder) {
  return JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
}
