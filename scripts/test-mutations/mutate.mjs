// Applies the mutations of a row to the copy, and takes them back.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Applies all mutations of a row, or none.
 *
 * @returns the changed files, and what takes the changes back.
 * @throws Error when a text to replace does not occur as often as the row says (once by default).
 */
export function applyMutations(tree, mutations) {
  const before = new Map();
  const after = new Map();
  for (const { file, find, replace, count = 1 } of mutations) {
    const path = join(tree, file);
    const text = after.get(path) ?? readFileSync(path, 'utf8');
    if (!before.has(path)) before.set(path, text);
    const pieces = text.split(find);
    if (pieces.length - 1 !== count) {
      throw new Error(`${file}: expected ${count} of ${JSON.stringify(find)}, found ${pieces.length - 1}`);
    }
    if (find === replace) throw new Error(`${file}: ${JSON.stringify(find)} is replaced by itself`);
    after.set(path, pieces.join(replace));
  }
  for (const [path, text] of after) writeFileSync(path, text);
  return {
    files: [...after.keys()],
    restore() {
      for (const [path, text] of before) writeFileSync(path, text);
    },
  };
}
