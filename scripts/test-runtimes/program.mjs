// What `npm run test:runtimes` starts on each runtime. Arguments: base URL, number of text deltas and of characters.

import { streamOnce } from './stream.mjs';

const [baseURL, chunks, characters] = process.argv.slice(2);
try {
  console.log(JSON.stringify({ transport: await streamOnce(baseURL, Number(chunks), Number(characters)) }));
} catch (error) {
  console.error(error);
  process.exit(1);
}
