// Streams one reply and prints its text: what the comparison runs on the oldest supported Node.
// Arguments: subject, URL of the server.

import { SUBJECTS } from './subjects.mjs';

const [id, url] = process.argv.slice(2);
const provider = await SUBJECTS[id].open(url);
const { stream } = await provider.languageModel('m-1').doStream({
  prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
});
for await (const part of stream) {
  if (part.type === 'text-delta') process.stdout.write(part.delta);
  if (part.type === 'error') throw new Error(JSON.stringify(part.error));
}
