// What checks on several runtimes share: the runtimes, which come from npm as plain binaries so that none of them is
// installed globally, and a project in which the package is installed as a user would have it.

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
import { addonFiles, npmIn, root } from './setup.mjs';

const TIME_LIMIT_MS = 60_000;

/** Where the runtimes are installed. */
export const cache = join(root, '.cache', 'runtimes');

const nodePackage = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const executable = process.platform === 'win32' ? '.exe' : '';

/**
 * Every supported runtime; `binary` is a path below the cache's node_modules, `transport` the one it should use
 * (`native` unless said otherwise), `program` what is started instead of program.mjs.
 */
export const RUNTIMES = [
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
  {
    name: 'workerd',
    install: { miniflare: '^4' },
    binary: `node-24/bin/node${executable}`,
    args: [],
    program: join(root, 'scripts/test-runtimes/workerd.mjs'),
    transport: 'fetch',
  },
];

/** Installs all runtimes, unless they are there. */
export async function installRuntimes() {
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

/**
 * Packs the package and installs the tarball into `project`, with the addon where the platform package's loader falls
 * back to, and next to it what `dependencies` says of the package's devDependencies.
 */
export async function installPackage(project, dependencies) {
  mkdirSync(project, { recursive: true });
  for (const name of readdirSync(project)) if (name.endsWith('.tgz')) rmSync(join(project, name));
  await npmIn(root, 'pack', '--pack-destination', project, '--loglevel=error');
  const tarball = readdirSync(project).find((name) => name.endsWith('.tgz'));
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const manifest = {
    private: true,
    type: 'module',
    dependencies: { '@auriko/ai-sdk-provider': `file:${tarball}`, ...dependencies(devDependencies) },
  };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  // npm takes a tarball of the same name and version for the one it knows.
  rmSync(join(project, 'package-lock.json'), { force: true });
  rmSync(join(project, 'node_modules/@auriko'), { recursive: true, force: true });
  console.log('package: npm install …');
  await npmIn(project, 'install', '--no-audit', '--no-fund', '--loglevel=error');
  for (const name of addonFiles()) {
    copyFileSync(join(root, name), join(project, 'node_modules/@auriko/ai-sdk-provider', name));
  }
}

/** Runs a program; resolves to what it printed and its code, or the signal or message that ended it. */
export function execute(command, args, cwd, timeout = TIME_LIMIT_MS) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout });
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
