// `npm run test:openai`: `@auriko/ai-sdk-provider/openai` on each supported major of the `openai` package, installed as
// a user would have it, against a gateway with the simulated provider. No key. Prints one closing line
// `N passed, N failed`. Options: --no-setup (take addon and dist as they are), --only TEXT (part of a version).

import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cache, execute, installPackage } from './runtimes.mjs';
import { fail, root, setUp } from './setup.mjs';

/** The oldest version that the package supports, and the newest of each major. */
const VERSIONS = ['5.23.2', '^6', '^7'];

const { values: options } = parseArgs({
  options: { 'no-setup': { type: 'boolean', default: false }, only: { type: 'string' } },
});
const folder = join(root, 'scripts', 'test-openai');
// openai 7 needs Node 22.
const pinnedNode = join(root, 'node_modules/node/bin/node');
const node = existsSync(pinnedNode) ? pinnedNode : process.execPath;
const total = { passed: 0, failed: 0 };

try {
  if (!options['no-setup']) await setUp();
  for (const version of VERSIONS) {
    if (options.only === undefined || version.includes(options.only)) await test(version);
  }
} catch (error) {
  fail(error);
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function test(version) {
  const project = join(cache, `project-openai-${version.replace(/\W/g, '')}`);
  await installPackage(project, () => ({ openai: version }));
  for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(project, name));
  copyFileSync(join(folder, 'types.ts'), join(project, 'types-commonjs.cts'));
  const { version: installed } = JSON.parse(
    readFileSync(join(project, 'node_modules', 'openai', 'package.json'), 'utf8'),
  );
  console.log(`\n── openai ${installed}`);
  const checks = await execute(node, [join(project, 'checks.mjs')], project);
  process.stdout.write(checks.stdout);
  process.stderr.write(checks.stderr);
  const [, passed = 0, failed = 0] = /^(\d+) passed, (\d+) failed$/m.exec(checks.stdout) ?? [];
  total.passed += Number(passed);
  total.failed += Number(failed);
  // A program that died has not passed, whatever it had counted.
  if (checks.code !== 0 && Number(failed) === 0) {
    console.error(`the program ended with ${checks.code}`);
    total.failed += 1;
  }
  for (const name of ['types.ts', 'types-commonjs.cts']) {
    total[(await checkTypes(project, name)) ? 'passed' : 'failed'] += 1;
  }
}

/** Compiles a user's program against the published declarations. */
async function checkTypes(project, name) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const flags = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--target',
    'es2023',
    '--module',
    'nodenext',
    '--skipLibCheck',
  ];
  const { code, stdout } = await execute(process.execPath, [tsc, ...flags, join(project, name)], project);
  console.log(`${code === 0 ? 'ok' : 'FAILED'}  declarations: ${name}`);
  if (code !== 0) console.error(stdout);
  return code === 0;
}
