// `npm run conform`: the official Python package and ours against the same scripted server, case by case: requests,
// waits, errors with every attribute, parsed values. Differences must be on the list in conform/differences.mjs.
// Options: --only TEXT (part of a case's name), --verbose (expected differences too), --write (docs/conformance.md).

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root, setUp } from './setup.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

try {
  await setUp();
  // What is compared is what was just built.
  const { official } = await import('./conform/official.mjs');
  const { loadCases, runOurs } = await import('./conform/run.mjs');
  const { judge, print, toMarkdown } = await import('./conform/report.mjs');
  const cases = (await loadCases()).filter(({ name }) => !options.only || name.includes(options.only));
  const runs = { ...(await official(cases)), ...(await runOurs(cases)) };
  const report = judge(cases, runs, { isPartial: options.only !== undefined });
  print(report, options.verbose);
  if (options.write) {
    mkdirSync(join(root, 'docs'), { recursive: true });
    writeFileSync(join(root, 'docs/conformance.md'), toMarkdown(report));
  }
  process.exitCode = report.unexpected.length + report.unused.length === 0 ? 0 : 1;
} catch (error) {
  fail(error);
}
