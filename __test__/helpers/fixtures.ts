// Recorded provider replies. They are not part of this repository: read from AURIKO_FIXTURES or from beside it, and
// their tests are skipped, with a notice, where they are absent.

import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const folder = process.env.AURIKO_FIXTURES ?? resolve(import.meta.dirname, '../../../shared/fixtures');

/** Whether the recorded replies are there. */
export const hasFixtures = existsSync(folder);

if (!hasFixtures) console.warn(`skipped: no recorded replies in ${folder}; set AURIKO_FIXTURES to test them`);

/** The text of a recorded reply. */
export function fixture(name: string): string {
  return readFileSync(resolve(folder, name), 'utf8');
}

/** The wire text of a recorded stream: each line a frame, then `[DONE]`. */
export function fixtureStream(name: string): string {
  const lines = fixture(name)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return [...lines, '[DONE]'].map((line) => `data: ${line}\n\n`).join('');
}
