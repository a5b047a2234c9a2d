// Starts a server, keeps nothing of it but its address, collects garbage, and calls it. Prints the reply; needs --expose-gc.

import { setTimeout as sleep } from 'node:timers/promises';
import { startGateway } from '../../dist/gateway/index.js';

const config = { providers: [{ id: 'p', kind: 'simulated', latency_ms: 0, models: [{ id: 'm' }] }] };

async function address() {
  const { url } = await startGateway({ port: 0, config });
  return url;
}

const url = await address();
for (let turn = 0; turn < 5; turn += 1) {
  gc();
  await sleep(10);
}
const reply = await fetch(`${url}/v1/chat/completions`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }),
});
console.log((await reply.json()).choices[0].message.content);
process.exit(0);
