// Whether every row of the specification has an entry here. The specification lies beside the repository: without it there
// is nothing to compare with.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { root } from './tree.mjs';

const path = process.env.AURIKO_SPECIFICATION ?? resolve(root, '../shared/design/ai-sdk-provider.md');
const SECTIONS = ['5.1', '5.3', '5.4', '6.1', '6.3', '9'];

/** Rows of tables and items of lists that no entry begins like, as texts; undefined without the specification. */
export function rowsWithoutEntry(entries) {
  if (!existsSync(path)) return undefined;
  const text = readFileSync(path, 'utf8');
  return SECTIONS.flatMap((name) => {
    const own = entries.filter((entry) => entry.section === name).map((entry) => plain(entry.row));
    return rowsOf(sectionOf(text, name))
      .filter((found) => !own.some((known) => plain(found).startsWith(known)))
      .map((found) => `§${name}: ${found.slice(0, 80)}`);
  });
}

function sectionOf(text, name) {
  const from = text.search(new RegExp(`^##+ ${name.replace('.', '\\.')}\\.? `, 'm'));
  if (from < 0) throw new Error(`the specification has no section ${name}`);
  const rest = text.slice(from + 3);
  const to = rest.search(/^##+ /m);
  return to < 0 ? rest : rest.slice(0, to);
}

function rowsOf(text) {
  const lines = text.split('\n');
  const table = lines.filter((line) => line.startsWith('|') && !line.startsWith('| ---'));
  const cells = table.slice(1).map((line) => line.split(/(?<!\\)\|/)[1]?.trim() ?? '');
  return [...cells, ...lines.filter((line) => line.startsWith('- ')).map((line) => line.slice(2))];
}

function plain(text) {
  return text.replace(/[`*]/g, '').replace(/\s+/g, ' ').trim();
}
