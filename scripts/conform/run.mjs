// Runs the cases through ours: over `fetch` with the waits noted, and over `native`, where waits are real, those cases
// that wait for no longer than a moment.

import { drive } from './drive.mjs';
import { startScriptedServer } from './server.mjs';

const THEMES = ['errors', 'retries', 'replies', 'streams', 'resources', 'requests', 'responses'];

/** All cases: `{ name, call, args?, params?, client?, replies, seed }`. Names are unique. */
export async function loadCases() {
  const modules = await Promise.all(THEMES.map((theme) => import(`./cases/${theme}.mjs`)));
  const cases = modules.flatMap((module, index) =>
    module.default.map((one) => ({ theme: THEMES[index], ...one })),
  );
  const names = new Set(cases.map(({ name }) => name));
  if (names.size !== cases.length) throw new Error('two cases have one name');
  return cases.map((one, index) => ({ ...one, seed: index + 1 }));
}

/** Longest `Retry-After` for which a run over `native`, whose waits are real, is worth it; seconds. */
const MOMENT = 2;
/** Runs at a time over `native`. */
const TOGETHER = 32;

/** Outcomes by transport and case name. */
export async function runOurs(cases) {
  const server = await startScriptedServer();
  const outcomes = { fetch: new Map(), native: new Map() };
  for (const one of cases) outcomes.fetch.set(one.name, await runOne(server, one, 'fetch'));
  const quick = cases.filter(({ name }) => total(outcomes.fetch.get(name).waits) <= MOMENT);
  const queue = quick.values();
  await Promise.all(
    Array.from({ length: TOGETHER }, async () => {
      for (const one of queue) {
        const { outcome, requests } = await runOne(server, one, 'native');
        outcomes.native.set(one.name, { outcome, requests });
      }
    }),
  );
  await server.close();
  return outcomes;
}

async function runOne(server, one, transport) {
  const { baseURL, requests } = server.open(one.replies);
  return { ...(await drive(one, baseURL, transport)), requests };
}

function total(waits) {
  return waits.reduce((sum, wait) => sum + wait, 0);
}
