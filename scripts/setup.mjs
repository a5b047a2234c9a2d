// Brings a clone into a state in which examples, tests and benchmarks run: dependencies, addon, compiled
// TypeScript. What is up to date is skipped, so every command can begin with it. It runs before anything is
// installed, hence node: modules only, on the oldest supported Node.

import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './processes.mjs';

export const root = resolve(import.meta.dirname, '..');

/** What the addon and the gateway's program are built from. */
export const ADDON_SOURCES = ['src', 'crates', 'Cargo.toml', 'Cargo.lock', 'build.rs'];
// Not part of the addon: a change there must not rebuild it.
const DEVELOPMENT_CRATES = [join(root, 'crates', 'auriko-testkit')];

const STEPS = [
  {
    name: 'dependencies',
    command: 'npm install',
    isStale: () => isOlder(['node_modules/.package-lock.json'], ['package.json', 'package-lock.json']),
    run: () => npm('install', '--no-audit', '--no-fund', '--loglevel=error'),
  },
  {
    name: 'Rust addon',
    command: 'cargo, the first time takes minutes',
    isStale: () => isOlder(addonFiles(), ADDON_SOURCES),
    run: async () => {
      requireCargo();
      await npm('run', 'build:addon');
    },
  },
  {
    name: 'TypeScript',
    command: 'tsc',
    isStale: () => isOlder(['dist/index.js'], ['ts', 'index.d.ts', 'tsconfig.json', 'tsconfig.build.json']),
    // Written despite errors, the output would look up to date the next time.
    run: () => npm('run', 'build:ts', '--', '--noEmitOnError'),
  },
];

/** Does the steps that are due and says so. */
export async function setUp() {
  for (const [index, step] of STEPS.entries()) {
    const label = `[${index + 1}/${STEPS.length}] ${step.name}`;
    if (!step.isStale()) {
      console.log(`${label}: up to date`);
      continue;
    }
    console.log(`${label}: ${step.command} …`);
    const started = Date.now();
    await step.run();
    console.log(`${label}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
}

function requireCargo() {
  const { error } = spawnSync('cargo', ['--version'], { stdio: 'ignore' });
  if (error) throw new Error('cargo is not installed');
}

/** Builds the mock server and the load generator; resolves to a function from a program's name to its path. */
export async function buildTestkit() {
  await run('cargo', ['build', '--package', 'auriko-testkit', '--profile', 'fast', '--quiet'], { cwd: root });
  const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');
  return (name) => join(target, 'fast', process.platform === 'win32' ? `${name}.exe` : name);
}

/** Formats files that a script wrote, so that the linter takes them as they are. */
export function formatFiles(...paths) {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  return run(process.execPath, [biome, 'format', '--write', '--log-level=error', ...paths], { cwd: root });
}

/** Runs npm: the one that started this script, or the one on the path. */
export function npm(...args) {
  return npmIn(root, ...args);
}

/** Runs npm in another folder. */
export function npmIn(cwd, ...args) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith('.js')) return run(process.execPath, [cli, ...args], { cwd });
  return run('npm', args, { cwd, shell: process.platform === 'win32' });
}

/** The compiled addon files in the package root, one per platform built for. */
export function addonFiles() {
  return readdirSync(root).filter((name) => /^auriko\..+\.node$/.test(name));
}

/** Whether the newest source is newer than the oldest output, or an output is missing. */
export function isOlder(outputs, sources) {
  const made = outputs.map((path) => statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (made.length === 0) return true;
  return newest(sources.map((path) => join(root, path))) > Math.min(...made);
}

function newest(paths) {
  let time = 0;
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || DEVELOPMENT_CRATES.includes(path)) continue;
    const entries = stat.isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [];
    time = Math.max(time, stat.isDirectory() ? newest(entries) : stat.mtimeMs);
  }
  return time;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await setUp().catch(fail);
}

/** Ends the process with a message instead of a stack trace: what failed has already been printed. */
export function fail(error) {
  console.error(`\n${error.message}`);
  if (error.message.startsWith('cargo '))
    console.error('Rust is needed to build the addon: https://rustup.rs');
  process.exit(1);
}
