// Streams once from the URL it is given and prints the text. Ends by itself if nothing holds the process open.
import { Auriko } from '../../dist/client/index.js';

const [url, mode] = process.argv.slice(2);
const client = new Auriko({ apiKey: 'ak_test', baseURL: url, transport: 'native' });
if (mode === 'idle') {
  await client.chat.completions.create({ model: 'm', messages: [], stream: true });
  // The stream is let go without being read: the request in flight holds the process, until it is over.
} else if (mode === 'exit') {
  const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true });
  for await (const _chunk of stream) process.exit(7);
} else {
  const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  console.log(text);
}
