// `npm run test:ai6`: `@auriko/ai-sdk-provider/v3` under `ai@6` on Node 20, the oldest pair that we support, with the
// package as a user would have it installed. Neither server nor key: the gateway runs embedded. Prints one closing line
// `N passed, N failed`. Options: --no-setup (take addon and dist as they are).

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cache, execute, installPackage, installRuntimes, RUNTIMES } from './runtimes.mjs';
import { fail, root, setUp } from './setup.mjs';

const PROGRAM = 'checks.mjs';
const TYPES = 'types.ts';

const { values: options } = parseArgs({ options: { 'no-setup': { type: 'boolean', default: false } } });
const project = join(cache, 'project-ai6');
const node = join(cache, 'node_modules', RUNTIMES.find(({ name }) => name === 'Node 20').binary);

try {
  if (!options['no-setup']) await setUp();
  await installRuntimes();
  await installPackage(project, (versions) => ({
    // The alias keeps both majors apart here; a user has the one.
    ai: versions['ai-v6'].replace('npm:ai@', ''),
    zod: versions.zod,
  }));
  for (const name of [PROGRAM, TYPES]) {
    copyFileSync(join(root, 'scripts', 'test-ai6', name), join(project, name));
  }
} catch (error) {
  fail(error);
}

const checks = await execute(node, [join(project, PROGRAM)], project);
process.stdout.write(checks.stdout);
process.stderr.write(checks.stderr);
const [, passed = 0, failed = 0] = /^(\d+) passed, (\d+) failed$/m.exec(checks.stdout) ?? [];
const total = { passed: Number(passed), failed: Number(failed) };
// A program that died has not passed, whatever it had counted.
if (checks.code !== 0 && total.failed === 0) {
  console.error(`the program ended with ${checks.code}`);
  total.failed = 1;
}

const types = await checkTypes();
total[types ? 'passed' : 'failed'] += 1;

console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Compiles a user's program against the published declarations, which must not need what is not installed. */
async function checkTypes() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const flags = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--skipLibCheck',
  ];
  const { code, stdout } = await execute(process.execPath, [tsc, ...flags, join(project, TYPES)], project);
  console.log(`${code === 0 ? 'ok' : 'FAILED'}  declarations fit the types of ai@6`);
  if (code !== 0) console.error(stdout);
  return code === 0;
}
