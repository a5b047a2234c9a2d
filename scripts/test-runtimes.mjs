// `npm run test:runtimes`: the same streamText program on every supported runtime, with the package as a user
// would have it installed. The runtimes come from npm as plain binaries, so none of them is installed globally.
// Options: --only TEXT (part of a runtime's name), --transport native|fetch|any (what must have been used; native).

import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from './processes.mjs';
import { addonFiles, buildMockUpstream, fail, npmIn, root, setUp } from './setup.mjs';

const CHUNKS = 20;
const CHARACTERS = CHUNKS * ' token00'.length;
const TIME_LIMIT_MS = 60_000;

const cache = join(root, '.cache', 'runtimes');
const project = join(cache, 'project');

const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const executable = process.platform === 'win32' ? '.exe' : '';
const RUNTIMES = [
  ...[20, 22, 24, 26].map((major) => ({
    name: `Node ${major}`,
    install: { [`node-${major}`]: `npm:${nodePackage}@${major}` },
    binary: `node-${major}/bin/node${executable}`,
    args: [],
  })),
  // Its npm package names the binary so on every platform.
  { name: 'Bun', install: { bun: '^1' }, binary: 'bun/bin/bun.exe', args: ['run'] },
  {
    name: 'Deno',
    install: { deno: '^2' },
    binary: `deno/deno${executable}`,
    // The packages are those that npm installed; native code needs --allow-ffi, loopback --allow-net.
    args: [
      'run',
      '--node-modules-dir=manual',
      '--allow-net',
      '--allow-env',
      '--allow-read',
      '--allow-ffi',
      '--allow-sys',
    ],
  },
];

const { values: options } = parseArgs({
  options: { only: { type: 'string' }, transport: { type: 'string', default: 'native' } },
});

try {
  await setUp();
  await installRuntimes();
  await installPackage();
  const server = await startServer(await buildMockUpstream(), [], { ready: /^listening (.+)$/ });
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

async function installRuntimes() {
  const dependencies = Object.assign({}, ...RUNTIMES.map((runtime) => runtime.install));
  const manifest = `${JSON.stringify({ private: true, dependencies }, null, 2)}\n`;
  const path = join(cache, 'package.json');
  const installed = existsSync(join(cache, 'node_modules', '.package-lock.json'));
  if (installed && existsSync(path) && readFileSync(path, 'utf8') === manifest) return;
  console.log('runtimes: npm install …');
  mkdirSync(cache, { recursive: true });
  writeFileSync(path, manifest);
  await npmIn(cache, 'install', '--no-audit', '--no-fund', '--loglevel=error');
}

/** Packs the package and installs the tarball, with the addon where the platform package's loader falls back to. */
async function installPackage() {
  mkdirSync(project, { recursive: true });
  for (const name of readdirSync(project)) if (name.endsWith('.tgz')) rmSync(join(project, name));
  await npmIn(root, 'pack', '--pack-destination', project, '--loglevel=error');
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz'));
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const dependencies = {
    '@auriko/ai-sdk-provider': `file:${tarball}`,
    ai: devDependencies.ai,
    zod: devDependencies.zod,
  };
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies }),
  );
  // npm takes a tarball of the same name and version for the one it knows.
  rmSync(join(project, 'package-lock.json'), { force: true });
  rmSync(join(project, 'node_modules/@auriko'), { recursive: true, force: true });
  console.log('package: npm install …');
  await npmIn(project, 'install', '--no-audit', '--no-fund', '--loglevel=error');
  for (const name of addonFiles()) {
    copyFileSync(join(root, name), join(project, 'node_modules/@auriko/ai-sdk-provider', name));
  }
  copyFileSync(join(root, 'examples/runtime-check.mjs'), join(project, 'runtime-check.mjs'));
}

async function check(runtime, baseURL) {
  const command = join(cache, 'node_modules', runtime.binary);
  const version = await execute(command, ['--version']);
  const row = {
    runtime: runtime.name,
    version: version.stdout.split('\n')[0].trim(),
    transport: '',
    result: '',
  };
  const program = [join(project, 'runtime-check.mjs'), baseURL, String(CHUNKS), String(CHARACTERS)];
  const { code, stdout, stderr } = await execute(command, [...runtime.args, ...program]);
  if (code !== 0) {
    console.error(`\n${runtime.name} ended with ${code}:\n${stdout}${stderr}`);
    return { ...row, result: `failed (${code})` };
  }
  const { transport } = JSON.parse(stdout.trim().split('\n').at(-1));
  const name = typeof transport === 'string' ? transport : transport?.name;
  const isWanted = options.transport === 'any' || name === options.transport;
  if (!isWanted) console.error(`\n${runtime.name} used ${JSON.stringify(transport)}:\n${stderr}`);
  return { ...row, transport: name, result: isWanted ? 'passed' : `failed (not ${options.transport})` };
}

function execute(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: project,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIME_LIMIT_MS,
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => {
        output[name] += text;
      });
    }
    child.once('error', (error) => resolve({ ...output, code: error.message }));
    child.once('close', (code, signal) => resolve({ ...output, code: code ?? signal }));
  });
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
