// `npm test`: sets up what is missing, then formatters, linters, type checks, Rust tests, JavaScript tests, and
// the comparison with the official Python package. Prints
// one closing line `N passed, N failed`, in which every check counts as one. Goes on after a failure, so that one
// run shows everything. Options: --only TEXT (part of a step's name).

import { spawn } from 'node:child_process';
import { parseArgs, stripVTControlCharacters } from 'node:util';
import { fail, root, setUp } from './setup.mjs';

const { values: options } = parseArgs({ options: { only: { type: 'string' } } });

const STEPS = [
  { name: 'rustfmt', command: ['cargo', 'fmt', '--all', '--check'] },
  { name: 'clippy', command: ['cargo', 'clippy', '--workspace', '--all-targets', '--', '-D', 'warnings'] },
  { name: 'biome', command: ['npm', 'run', '--silent', 'lint'] },
  { name: 'tsc', command: ['npm', 'run', '--silent', 'typecheck'] },
  {
    name: 'cargo test',
    command: ['cargo', 'test', '--workspace', '--quiet', '--no-fail-fast'],
    counts: /^test result: \w+\. (\d+) passed; (\d+) failed/gm,
  },
  // The last match alone: vitest prints one summary.
  {
    name: 'vitest',
    command: ['npm', 'run', '--silent', 'vitest'],
    counts: /^ *Tests +(.+)$/gm,
    isVitest: true,
  },
  // Races for a budget, killed gateways, servers that go away: the short form of `npm run test:cluster`.
  {
    name: 'cluster',
    command: ['npm', 'run', '--silent', 'test:cluster', '--', '--short'],
    counts: /^(\d+) passed, (\d+) failed$/gm,
  },
  {
    name: 'conform',
    command: ['npm', 'run', '--silent', 'conform'],
    counts: /^(\d+) cases .+, (\d+) unexpected differences$/gm,
  },
  {
    name: 'conform:clients',
    command: ['npm', 'run', '--silent', 'conform:clients'],
    // All cases, and those of them that failed.
    counts: /^(\d+) cases, (\d+) failed$/gm,
    isTotal: true,
  },
];

const total = { passed: 0, failed: 0 };

try {
  await setUp();
} catch (error) {
  fail(error);
}
for (const step of STEPS) {
  if (options.only !== undefined && !step.name.includes(options.only)) continue;
  const started = Date.now();
  console.log(`\n── ${step.name}`);
  const { code, output } = await tee(step.command);
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  const result = count(step, output, code);
  total.passed += result.passed;
  total.failed += result.failed;
  console.log(`── ${step.name}: ${result.passed} passed, ${result.failed} failed (${seconds} s)`);
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Passed and failed of one step. A step that ends badly has at least one failure, whatever it counted. */
function count(step, output, code) {
  if (step.counts === undefined) return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const result = { passed: 0, failed: 0 };
  for (const match of output.matchAll(step.counts)) {
    if (step.isVitest) {
      result.passed = Number(/(\d+) passed/.exec(match[1])?.[1] ?? 0);
      result.failed = Number(/(\d+) failed/.exec(match[1])?.[1] ?? 0);
    } else {
      const failed = Number(match[2]);
      result.passed += Number(match[1]) - (step.isTotal ? failed : 0);
      result.failed += failed;
    }
  }
  // A runner that ran nothing has not passed.
  if (code !== 0 || result.passed === 0) result.failed = Math.max(result.failed, 1);
  return result;
}

/** Runs a command, shows its output as it comes, and keeps it without colours. */
function tee([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
      env: { ...process.env, CARGO_TERM_PROGRESS_WHEN: 'never' },
    });
    let output = '';
    for (const [stream, target] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.setEncoding('utf8').on('data', (text) => {
        target.write(text);
        output += text;
      });
    }
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 1, output: stripVTControlCharacters(output) }));
  });
}
