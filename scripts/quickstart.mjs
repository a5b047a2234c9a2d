// `npm run quickstart`: from a fresh clone to streamed tokens with one command.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, root, setUp } from './setup.mjs';

try {
  await setUp();
} catch (error) {
  fail(error);
}
console.log();
await import(pathToFileURL(join(root, 'examples', 'quickstart.mjs')).href);
