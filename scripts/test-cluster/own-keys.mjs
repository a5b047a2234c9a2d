// Own keys while PostgreSQL hangs. By configuration requests are refused, or go on with the keys as this gateway last saw
// them; one that saw none goes on with the gateway's key, but never where the caller insists on an own one.

import { createServer } from 'node:http';
import { Fleet } from './gateways.mjs';
import { check, eventually } from './wait.mjs';

const PLATFORM = 'platform-key-of-the-gateway';
const OWN = 'sk-own-key-of-the-workspace-0001';
const INSIST = { only_byok: true };

/** Longer than a look-up counts, so that a key that is used afterwards was remembered. */
const LATER_MS = 2000;

export async function ownKeysAllowed(settings) {
  return await play(settings, 'allow', async ({ ask, here, there, provider, hang, resume }) => {
    check((await ask(here)).key === OWN, 'the own key is used');
    await hang();
    for (const routing of [{}, INSIST, {}]) {
      const { status, key } = await ask(here, routing);
      check(status === 200 && key === OWN, `the own key is remembered: ${status}`);
    }
    await lasts(LATER_MS);
    check((await ask(here, INSIST)).key === OWN, 'it is still remembered');
    check((await ask(there)).key === PLATFORM, 'who has seen none goes on with the key of the gateway');
    const asked = provider.keys.length;
    const { status, code } = await ask(there, INSIST);
    check(status === 503 && code === 'service_unavailable', `not with only_byok: ${status} ${code}`);
    check(provider.keys.length === asked, 'then nobody is asked');
    await resume();
    await eventually('the own key is seen', async () => (await ask(there, INSIST)).key === OWN);
  });
}

export async function ownKeysRefused(settings) {
  return await play(settings, 'refuse', async ({ ask, here, provider, hang, resume }) => {
    check((await ask(here)).key === OWN, 'the own key is used');
    await hang();
    await eventually('requests are refused', async () => (await ask(here)).status === 503);
    const asked = provider.keys.length;
    for (const routing of [{}, INSIST, { only_platform: true }]) {
      const { status, code } = await ask(here, routing);
      check(status === 503 && code === 'service_unavailable', `refused: ${status} ${code}`);
    }
    check(provider.keys.length === asked, 'nobody is asked with another key');
    await resume();
    await eventually('the own key is used again', async () => (await ask(here)).key === OWN);
  });
}

async function play({ program, cluster }, mode, act) {
  const provider = await startProvider();
  try {
    const store = `when_unreachable = "${mode}"`;
    const fleet = new Fleet(program, { cluster, store, providers: provider.config });
    const [here, there] = [await fleet.start(), await fleet.start()];
    const { key } = await here.makeKey();
    await here.makeBudget(1000);
    await here.manage('POST', '/v1/workspaces/default/byok-keys', { provider: 'openai', api_key: OWN });
    // The other one has seen the caller's key, and no own keys.
    check((await there.send('GET', '/v1/me', key)).status === 200, 'the caller is known');
    const ask = async (gateway, routing = {}) => {
      const { status, text } = await gateway.send('POST', '/v1/chat/completions', key, bodyOf(routing));
      return { status, key: provider.keys.at(-1), code: JSON.parse(text).error?.code };
    };
    // A request that is answered while PostgreSQL hangs, and whose reply would like to tell of budgets.
    let flight;
    let waited;
    const hang = async () => {
      const { release, isAsked } = provider.hold();
      flight = ask(here);
      await eventually('the provider is asked', isAsked);
      cluster.postgres.signal('SIGSTOP');
      await lasts(LATER_MS);
      const released = performance.now();
      release();
      const { status } = await flight;
      waited = performance.now() - released;
      check(status === 200, `what had begun is answered: ${status}`);
    };
    const resume = async () => cluster.postgres.signal('SIGCONT');
    try {
      await act({ ask, here, there, provider, hang, resume });
    } finally {
      await resume();
    }
    await eventually(
      'the ledger has every reply',
      async () => (await here.ledger()).replies === provider.keys.length,
    );
    await here.stop();
    await there.stop();
    return `a reply in flight came ${waited.toFixed(0)} ms after the provider's`;
  } finally {
    provider.close();
  }
}

function bodyOf(routing) {
  return { model: 'm', max_tokens: 8, messages: [{ role: 'user', content: 'Hello' }], gateway: { routing } };
}

async function lasts(ms) {
  const until = performance.now() + ms;
  await eventually('it lasts', () => performance.now() >= until);
}

/** A provider that remembers the keys of completions, and can be made to hold one back. */
async function startProvider() {
  const keys = [];
  let gate;
  const server = createServer(async (request, response) => {
    request.resume();
    let body = { data: [] };
    if (request.method === 'POST') {
      keys.push(request.headers.authorization.replace('Bearer ', ''));
      const held = gate;
      gate = undefined;
      held?.ask();
      await held?.released;
      const message = { role: 'assistant', content: 'Hi' };
      body = {
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      };
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    keys,
    config: `[[providers]]
id = "openai"
kind = "openai-compatible"
base_url = "http://127.0.0.1:${server.address().port}/v1"
api_key = "${PLATFORM}"
models = [{ id = "m", input_price = 1.0, output_price = 1.0 }]
`,
    hold() {
      let isAsked = false;
      const { promise: released, resolve: release } = Promise.withResolvers();
      gate = { released, ask: () => (isAsked = true) };
      return { release, isAsked: () => isAsked };
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
