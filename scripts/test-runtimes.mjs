// `npm run test:runtimes`: the same streamText program on every supported runtime, with the package as a user
// would have it installed.
// Options: --only TEXT (part of a runtime's name), --transport native|fetch|any (what must have been used where there
// is a choice; native).

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from './processes.mjs';
import { cache, execute, installPackage, installRuntimes, RUNTIMES } from './runtimes.mjs';
import { buildTestkit, fail, root, setUp } from './setup.mjs';

const CHUNKS = 20;
const CHARACTERS = CHUNKS * ' token00'.length;

const project = join(cache, 'project');

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, transport: { type: 'string', default: 'native' } },
});

try {
  await setUp();
  await installRuntimes();
  await installPackage(project, ({ ai, zod }) => ({ ai, zod }));
  for (const name of ['program.mjs', 'stream.mjs', 'worker.mjs']) {
    copyFileSync(join(root, 'scripts/test-runtimes', name), join(project, name));
  }
  const server = await startServer((await buildTestkit())('mock-upstream'), [], {
    ready: /^listening (.+)$/,
  });
  const rows = [];
  for (const runtime of RUNTIMES) {
    if (options.only && !runtime.name.includes(options.only)) continue;
    rows.push(await check(runtime, `${server.url}/v1`));
  }
  await server.stop();
  printTable(rows);
  const failed = rows.filter((row) => row.result !== 'passed').length;
  console.log(`\n${rows.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  fail(error);
}

async function check(runtime, baseURL) {
  const command = join(cache, 'node_modules', runtime.binary);
  const program = runtime.program ?? join(project, 'program.mjs');
  const version = await execute(command, runtime.program ? [program, '--version'] : ['--version'], project);
  const row = {
    runtime: runtime.name,
    version: version.stdout.split('\n')[0].trim(),
    transport: '',
    result: '',
  };
  const run = [...runtime.args, program, baseURL, String(CHUNKS), String(CHARACTERS)];
  const { code, stdout, stderr } = await execute(command, run, project);
  if (code !== 0) {
    console.error(`\n${runtime.name} ended with ${code}:\n${stdout}${stderr}`);
    return { ...row, result: `failed (${code})` };
  }
  const { transport } = JSON.parse(stdout.trim().split('\n').at(-1));
  const name = typeof transport === 'string' ? transport : transport?.name;
  const wanted = runtime.transport ?? options.transport;
  const isWanted = wanted === 'any' || name === wanted;
  if (!isWanted) console.error(`\n${runtime.name} used ${JSON.stringify(transport)}:\n${stderr}`);
  return { ...row, transport: name, result: isWanted ? 'passed' : `failed (not ${wanted})` };
}

function printTable(rows) {
  const columns = ['runtime', 'version', 'transport', 'result'];
  const all = [Object.fromEntries(columns.map((name) => [name, name])), ...rows];
  const width = Object.fromEntries(
    columns.map((name) => [name, Math.max(...all.map((row) => row[name].length))]),
  );
  console.log();
  for (const row of all) console.log(columns.map((name) => row[name].padEnd(width[name])).join('  '));
}
