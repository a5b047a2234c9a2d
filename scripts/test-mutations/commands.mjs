// Rows whose tests are not vitest's: Rust tests, and types that only the compiler checks.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from './tree.mjs';

/** Runs Rust tests of the copy: `{ package, target: ['--lib'] or ['--test', name], filter }`. */
export async function runCargo(tree, { package: name, target, filter }) {
  const args = ['test', '--quiet', '-p', name, ...target, '--', ...(filter === undefined ? [] : [filter])];
  // A folder that stays: a copy in another place builds its own crates anew, but not what they depend on.
  const env = { CARGO_TARGET_DIR: join(root, 'target/mutations'), CARGO_TERM_COLOR: 'never' };
  const { code, output } = await run('cargo', args, tree, env);
  const failed = /^test (\S+) \.\.\. FAILED$|^---- (\S+) stdout ----$/m.exec(output);
  const passed = [...output.matchAll(/(\d+) passed/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  if (failed !== null) {
    const [, first, second] = failed;
    return { state: 'failed', file: `cargo test -p ${name}`, test: first ?? second, detail: '' };
  }
  if (/could not compile/.test(output)) return { state: 'invalid', detail: lineOf(output, /^error/m) };
  if (code !== 0) return { state: 'invalid', detail: `cargo ended with ${code}` };
  return passed > 0 ? { state: 'passed' } : { state: 'invalid', detail: 'no tests ran' };
}

/** Checks the types of the copy. Only an error in a test of types counts as caught: others are broken text. */
export async function runTypes(tree) {
  const { code, output } = await run('npx', ['tsc', '--noEmit', '--pretty', 'false'], tree, {});
  if (code === 0) return { state: 'passed' };
  const caught = /^__test__\/(\S+\.test-d\.ts)\(\d+,\d+\): error (.+)$/m.exec(output);
  if (caught === null) return { state: 'invalid', detail: lineOf(output, /error/) };
  return { state: 'failed', file: caught[1], test: 'tsc', detail: caught[2] };
}

function lineOf(output, pattern) {
  return output.split('\n').find((line) => pattern.test(line)) ?? '';
}

function run(command, args, cwd, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output: stripVTControlCharacters(output) }));
  });
}
