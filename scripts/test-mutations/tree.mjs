// A copy of the source in a temporary folder: mutations are applied there, never in the working tree. What is only
// read (packages, the addon) is linked.

import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

const COPIED = [
  '__test__',
  'crates',
  'dist',
  'docs',
  'fixtures',
  'npm',
  'scripts',
  'src',
  'ts',
  'xtask',
  'ARCHITECTURE.md',
  'build.rs',
  'Cargo.lock',
  'Cargo.toml',
  'clippy.toml',
  'index.d.ts',
  'index.js',
  'package.json',
  'README.md',
  'rustfmt.toml',
  'tsconfig.build.json',
  'tsconfig.json',
  'vitest.config.ts',
];

/** Where the recorded replies are that lie beside the repository: a copy elsewhere has them no longer beside it. */
export const fixtures = process.env.AURIKO_FIXTURES ?? resolve(root, '../shared/fixtures');

/** The path of the copy, which is gone when the process ends. */
export function copyTree() {
  const tree = mkdtempSync(join(tmpdir(), 'auriko-mutations-'));
  process.on('exit', () => rmSync(tree, { recursive: true, force: true }));
  for (const name of COPIED) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(tree, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  for (const name of readdirSync(root)) {
    if (name.endsWith('.node')) symlinkSync(join(root, name), join(tree, name));
  }
  return tree;
}
