// Runs in a worker thread: streams from the URL it is given, says so, and goes on until it is ended.
import { parentPort, workerData } from 'node:worker_threads';
import { Auriko } from '../../dist/client/index.js';

const client = new Auriko({ apiKey: 'ak_test', baseURL: workerData.url, transport: 'native' });
const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true });
let text = '';
for await (const chunk of stream) {
  text += chunk.choices[0]?.delta.content ?? '';
  parentPort.postMessage({ text });
}
parentPort.postMessage({ end: text });
