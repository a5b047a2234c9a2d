// The program of `npm run test:runtimes`: one streamed and checked answer, the same source on every runtime.
// Arguments: base URL, number of text deltas and characters that the server was told to send.

import { createAuriko } from '@auriko/ai-sdk-provider';
import { streamText } from 'ai';

const [baseURL, chunks, characters] = process.argv.slice(2);
const auriko = createAuriko({
  baseURL,
  apiKey: 'ak_test_runtimes',
  headers: { 'x-mock-chunks': chunks, 'x-mock-pace-ms': '5' },
});
const result = streamText({
  model: auriko('runtime-check'),
  prompt: 'Count.',
  onError: ({ error }) => fail(error),
});

let text = '';
let pieces = 0;
for await (const delta of result.textStream) {
  text += delta;
  pieces += 1;
}
const usage = await result.usage;
if (text.length !== Number(characters)) fail(`${text.length} characters instead of ${characters}`);
if (pieces < 2) fail('the text came in one piece');
if (usage.outputTokens !== Number(chunks)) fail(`${usage.outputTokens} output tokens instead of ${chunks}`);
console.log(JSON.stringify({ transport: auriko.transport, pieces }));

function fail(error) {
  console.error(error);
  process.exit(1);
}
