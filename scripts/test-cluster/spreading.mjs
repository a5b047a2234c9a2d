// What one replica is told or finds out, the others know within about a second: revoked keys, changed budgets, providers
// that asked to be left alone.

import { createServer } from 'node:http';
import { ask, Books } from './callers.mjs';
import { Fleet } from './gateways.mjs';
import { check, eventually } from './wait.mjs';

/** "Within a second", and the time of two requests on a busy machine. */
const SOON_MS = 1500;

export async function keysAndBudgets({ program, cluster, isTimed }) {
  const fleet = new Fleet(program, { cluster });
  const [here, there] = [await fleet.start(), await fleet.start()];
  const { key, id } = await here.makeKey();
  const budget = await here.makeBudget(1);
  const books = new Books();
  check((await ask(there, key, books)) === undefined, 'a new key is known everywhere');
  const seconds = {};
  const until = async (what, code) => {
    const started = performance.now();
    await eventually(`${what} elsewhere`, async () => (await ask(there, key, books)) === code);
    const ms = performance.now() - started;
    if (isTimed) check(ms <= SOON_MS, `${what} elsewhere within a second: ${ms.toFixed(0)} ms`);
    seconds[what] = `${(ms / 1000).toFixed(2)} s`;
  };
  const path = `/v1/workspaces/default/budgets/${budget.id}`;
  await here.manage('PATCH', path, { limit_usd: 0.000001 });
  await until('a lower limit counts', 'budget_exhausted');
  await here.manage('PATCH', path, { limit_usd: 1 });
  await until('a higher limit counts', undefined);
  await here.manage('DELETE', `/v1/workspaces/default/api-keys/${id}`);
  await until('a revoked key is refused', 'invalid_api_key');
  await here.stop();
  await there.stop();
  return Object.entries(seconds)
    .map(([what, time]) => `${what} after ${time}`)
    .join(', ');
}

/** A provider that says `Retry-After` to one replica is not asked by the other. */
export async function breakers({ program, cluster }) {
  let asked = 0;
  const provider = createServer((_, response) => {
    asked += 1;
    response.writeHead(429, { 'retry-after': '60', 'content-type': 'application/json' }).end('{}');
  });
  await new Promise((resolve) => provider.listen(0, '127.0.0.1', resolve));
  const { port } = provider.address();
  const providers = `[[providers]]
id = "q"
kind = "openai-compatible"
base_url = "http://127.0.0.1:${port}/v1"
models = [{ id = "m", input_price = 1.0, output_price = 1.0 }]
`;
  try {
    const fleet = new Fleet(program, { cluster, providers });
    const [here, there] = [await fleet.start(), await fleet.start()];
    const { key } = await here.makeKey();
    const books = new Books();
    check((await ask(here, key, books)) === 'no_provider_available', 'the provider is asked and refuses');
    await eventually('it is told', () => cluster.redis.breakers() === 1);
    // Nothing shows from outside that the other one has heard of it, but that it does not ask.
    const heard = performance.now() + SOON_MS;
    await eventually('it is heard', () => performance.now() >= heard);
    for (let count = 0; count < 20; count += 1) {
      check((await ask(there, key, books)) === 'model_unavailable', 'the other one does not ask');
    }
    check(asked === 1, `the provider was asked once: ${asked}`);
    await here.stop();
    await there.stop();
  } finally {
    provider.closeAllConnections();
    provider.close();
  }
  return `the provider was asked ${asked} time for 21 requests`;
}
