// Where results go: docs/benchmarks.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/setup.mjs';

/** Writes `<name>.md`, `<name>.json` and, when there is a chart, `<name>.svg`. */
export function publish(name, { markdown, data, chart }) {
  const folder = join(root, 'docs', 'benchmarks');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.md`), markdown);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(data, null, 2)}\n`);
  if (chart !== undefined) writeFileSync(join(folder, `${name}.svg`), chart);
}
