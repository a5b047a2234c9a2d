// OpenAI's own TypeScript package against a gateway, unchanged: the examples of `npm run test:openai`.
//
//   node openai_cases.mjs http://127.0.0.1:8787
//
// Needs the package `openai`, and examples.mjs of scripts/test-openai beside it.

import OpenAI from 'openai';
import { run } from './cases.mjs';
import { EXAMPLES } from './examples.mjs';

const [baseURL = 'http://127.0.0.1:8787'] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${baseURL}/v1`, apiKey: 'ak_test', maxRetries: 0 });

const groups = {};
for (const [title, check] of Object.entries(EXAMPLES)) {
  const words = [
    ['embeddings', /^embeddings/],
    ['responses', /^responses/],
    ['errors', /^errors/],
    ['models', /^models/],
    ['tools', /tool/i],
    ['format', /^parse/],
    ['stream', /stream|abort/],
  ];
  const [group] = words.find(([, pattern]) => pattern.test(title)) ?? ['chat'];
  groups[group] = { ...groups[group], [title]: check };
}
await run(groups, { OpenAI, client, at: () => client });
