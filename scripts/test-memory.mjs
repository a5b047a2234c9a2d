// `npm run test:memory`: a stream of ten million tokens through the SDK must not make the process grow, over either
// transport. It takes minutes, so it is no part of `npm test`.
// Options: --chunks N (10,000,000), --transport native|fetch (both).

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from './processes.mjs';
import { fail, root, setUp } from './setup.mjs';

/**
 * What RSS may grow by in the second half: 10 bytes a chunk. In the first half V8 enlarges its young generation, up to
 * 80 MiB in one step when undici's buffers pass through it (seen on Node 24).
 */
const ALLOWED_MIB = 48;
const TENTHS = 10;

const { values: options } = parseArgs({
  options: { chunks: { type: 'string', default: '10000000' }, transport: { type: 'string' } },
});
const chunks = Number(options.chunks);

try {
  if (!(Number.isInteger(chunks) && chunks >= 1000 && chunks % 1000 === 0)) {
    throw new Error('--chunks must be a multiple of 1000');
  }
  await setUp();
  const program = join(root, 'scripts/test-memory/server.mjs');
  const server = await startServer(process.execPath, [program], { ready: /^listening (.+)$/ });
  const transports = options.transport === undefined ? ['native', 'fetch'] : [options.transport];
  let failed = 0;
  for (const transport of transports) {
    const { rss, seconds } = await readAll(server.url, transport);
    const growth = Math.max(...rss) - rss[TENTHS / 2 - 1];
    const isConstant = growth <= ALLOWED_MIB;
    if (!isConstant) failed += 1;
    console.log(
      `${transport}: ${chunks.toLocaleString('en')} chunks in ${seconds.toFixed(0)} s; RSS after each tenth (MiB): ` +
        `${rss.map((mib) => mib.toFixed(0)).join(' ')}; ${isConstant ? 'passed' : `failed, grew by ${growth.toFixed(0)}`}`,
    );
  }
  await server.stop();
  console.log(`\n${transports.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  fail(error);
}

async function readAll(url, transport) {
  const { Auriko } = await import('../dist/client/index.js');
  const headers = { 'x-mock-chunks': String(chunks) };
  const client = new Auriko({ apiKey: 'ak_test_memory', baseURL: url, transport, headers });
  const started = Date.now();
  const stream = await client.chat.completions.create({
    model: 'memory',
    messages: [{ role: 'user', content: 'Talk.' }],
    stream: true,
  });
  const rss = [];
  let tokens = 0;
  let characters = 0;
  for await (const { choices } of stream) {
    const content = choices[0]?.delta.content;
    if (content === undefined || content === null || content === '') continue;
    characters += content.length;
    tokens += 1;
    if (tokens % (chunks / TENTHS) === 0) rss.push(process.memoryUsage().rss / 2 ** 20);
  }
  if (characters !== chunks * ' token0'.length)
    throw new Error(`${transport}: ${characters} characters arrived`);
  if (stream.usage?.completion_tokens !== chunks) throw new Error(`${transport}: the usage is wrong`);
  return { rss, seconds: (Date.now() - started) / 1000 };
}
