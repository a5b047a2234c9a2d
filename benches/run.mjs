// `npm run bench`: every benchmark, one after the other, with the options given. Ends with exit code 1 when one did.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** In the order of their length. */
const PARTS = ['cost', 'micro', 'client', 'gateway'];

const failed = [];
for (const part of PARTS) {
  console.log(`\n── bench:${part}`);
  const path = join(import.meta.dirname, `${part}.mjs`);
  const { status } = spawnSync(process.execPath, [path, ...process.argv.slice(2)], { stdio: 'inherit' });
  if (status !== 0) failed.push(part);
}
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
