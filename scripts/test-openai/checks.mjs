// The program of `npm run test:openai`: the same examples with `AurikoOpenAI` and with the plain client, against our
// gateway, and what the subclass adds.

import { startGateway } from '@auriko/ai-sdk-provider/gateway';
import { AurikoOpenAI, aurikoOpenAI } from '@auriko/ai-sdk-provider/openai';
import OpenAI from 'openai';
import { ADDITIONS } from './bridge.mjs';
import { EXAMPLES } from './examples.mjs';
import { startStandIn } from './stand-in.mjs';

const QUICK = { kind: 'simulated', latency_ms: 0, chunk_pace_ms: 0, output_tokens: 20 };
const gateway = await startGateway({
  port: 0,
  config: {
    providers: [
      { ...QUICK, id: 'sim', models: [{ id: 'simulated' }] },
      { ...QUICK, id: 'eager', call_tools: true, models: [{ id: 'eager' }] },
      { ...QUICK, id: 'broken', failure_rate: 1, failure_status: 400, models: [{ id: 'broken' }] },
      { ...QUICK, id: 'cut', cut_after_tokens: 5, models: [{ id: 'cut' }] },
      { ...QUICK, id: 'slow', chunk_pace_ms: 20, output_tokens: 1000, models: [{ id: 'slow' }] },
    ],
  },
});
const standIn = await startStandIn();

const CLIENTS = {
  OpenAI: (baseURL) => new OpenAI(aurikoOpenAI({ apiKey: 'ak_test', baseURL, maxRetries: 0 })),
  AurikoOpenAI: (baseURL) => new AurikoOpenAI({ apiKey: 'ak_test', baseURL, maxRetries: 0 }),
};

/** Endpoints that the gateway may not have: asked once, with a request that it would serve. */
const missing = new Set();
for (const path of ['/v1/embeddings', '/v1/responses']) {
  const body = JSON.stringify({ model: 'simulated', input: 'hi' });
  const headers = { 'content-type': 'application/json', authorization: 'Bearer ak_test' };
  const { ok } = await fetch(gateway.url + path, { method: 'POST', headers, body });
  if (!ok) missing.add(path);
  console.log(`${path} is served by ${ok ? 'the gateway' : 'a stand-in'}`);
}

const count = { passed: 0, failed: 0 };
for (const [name, make] of Object.entries(CLIENTS)) {
  const context = {
    OpenAI,
    gateway: gateway.url,
    standInUrl: standIn.url,
    standInRequests: standIn.requests,
    client: make(gateway.url),
    standIn: make(standIn.url),
    at: (path) => make(missing.has(path) ? standIn.url : gateway.url),
  };
  for (const [title, check] of Object.entries({ ...EXAMPLES, ...(name === 'OpenAI' ? {} : ADDITIONS) })) {
    try {
      await check(context);
      count.passed += 1;
      console.log(`ok  ${name}: ${title}`);
    } catch (error) {
      count.failed += 1;
      console.log(`FAILED  ${name}: ${title}`);
      console.error(error);
    }
  }
}
await standIn.close();
await gateway.close();
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;
