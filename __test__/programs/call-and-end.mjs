// Calls an embedded gateway once and ends: `node call-and-end.mjs DATA_DIRECTORY HOW`.

import { isMainThread, Worker, workerData } from 'node:worker_threads';

const [data, how] = isMainThread ? process.argv.slice(2) : workerData;

if (how === 'worker' && isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: [data, how] });
  const [code] = await new Promise((resolve) => worker.once('exit', (...args) => resolve(args)));
  process.exitCode = code;
} else {
  const { Auriko } = await import('../../dist/client/index.js');
  const { createGateway } = await import('../../dist/gateway/index.js');
  const provider = { id: 'p', kind: 'simulated', latency_ms: 0, chunk_pace_ms: 0, models: [{ id: 'm' }] };
  const gateway = createGateway({ providers: [provider], store: { data_dir: data } });
  const client = new Auriko({ transport: gateway });
  await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] });
  if (how === 'process.exit') process.exit(0);
  if (how === 'uncaught') {
    setImmediate(() => {
      throw new Error('on purpose');
    });
  }
}
