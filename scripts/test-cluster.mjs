// `npm run test:cluster`: what a gateway promises about money and keys, proved through the real program, on SQLite and on
// PostgreSQL with Redis: races for a budget, kill -9 under load, servers that go away and come back. It takes minutes;
// `npm test` runs `--short`. Where PostgreSQL or Redis is not installed, their part is left out with a notice.
// Options: --short, --only TEXT (part of a scenario's name), --program FILE (target/debug/auriko-gateway), --rounds N.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from './processes.mjs';
import { fail, root } from './setup.mjs';
import { raceForCredit, raceInACluster, raceInOneProcess, raceWithADeath } from './test-cluster/budgets.mjs';
import { crashesInACluster, crashesOfOneProcess } from './test-cluster/crashes.mjs';
import { allowed, refused } from './test-cluster/outages.mjs';
import { ownKeysAllowed, ownKeysRefused } from './test-cluster/own-keys.mjs';
import { missing, Postgres, Redis } from './test-cluster/servers.mjs';
import { breakers, keysAndBudgets } from './test-cluster/spreading.mjs';

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    program: { type: 'string' },
    rounds: { type: 'string' },
  },
});

const SCENARIOS = [
  { name: 'race for a dollar, one process on SQLite', run: raceInOneProcess },
  { name: 'kill -9 under load, one process on SQLite', run: crashesOfOneProcess },
  { name: 'race for a dollar, three replicas', run: raceInACluster, servers: {} },
  { name: 'race for a dollar, one of three replicas killed', run: raceWithADeath, servers: {} },
  { name: 'race for a dollar of credit, one of three replicas killed', run: raceForCredit, servers: {} },
  { name: 'kill -9 under load, two replicas', run: crashesInACluster, servers: {} },
  { name: 'keys and budgets reach other replicas', run: keysAndBudgets, servers: {} },
  { name: 'breakers reach other replicas', run: breakers, servers: {} },
  { name: 'own keys while PostgreSQL hangs, refused', run: ownKeysRefused, servers: {}, isLong: true },
  { name: 'own keys while PostgreSQL hangs, allowed', run: ownKeysAllowed, servers: {}, isLong: true },
  { name: 'servers go and come back, requests are refused', run: refused, servers: {} },
  { name: 'servers go and come back, requests are allowed', run: allowed, servers: {} },
  {
    name: 'the same with a Redis that keeps a file, refused',
    run: refused,
    servers: { isKept: true },
    isLong: true,
  },
  {
    name: 'the same with a Redis that keeps a file, allowed',
    run: allowed,
    servers: { isKept: true },
    isLong: true,
  },
];

const name = process.platform === 'win32' ? 'auriko-gateway.exe' : 'auriko-gateway';
const program = options.program ?? join(root, 'target/debug', name);
const settings = {
  program,
  rounds: Number(options.rounds ?? (options.short ? 3 : 50)),
  clusterRounds: Number(options.rounds ?? (options.short ? 1 : 10)),
  // Of several ways to go, the short run takes one of each server.
  outages: options.short ? ['Redis killed', 'PostgreSQL stopped'] : undefined,
  isTimed: !options.short,
};
const total = { passed: 0, failed: 0 };
/** One for all: its start takes seconds. */
let postgres;
// Each server and gateway has one, so that none outlives this process.
process.setMaxListeners(0);

try {
  if (options.program === undefined)
    await run('cargo', ['build', '--quiet', '-p', 'auriko-gateway'], { cwd: root });
  if (!existsSync(program)) throw new Error(`${program} is not there`);
  const left = missing();
  if (left.length > 0) {
    console.log(
      `left out: what needs PostgreSQL and Redis (${left.join(', ')} not found; Debian: postgresql, redis-server)`,
    );
  }
  for (const scenario of SCENARIOS.filter(({ name }) => name.includes(options.only))) {
    if ((options.short && scenario.isLong) || (scenario.servers && left.length > 0)) continue;
    await play(scenario);
  }
  await postgres?.stop();
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  // Gateways of a scenario that failed may still run; they end with this process.
  process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
} catch (error) {
  fail(error);
}

async function play({ name, run: prove, servers }) {
  const started = performance.now();
  let cluster;
  try {
    if (servers !== undefined) {
      if (postgres === undefined) {
        postgres = new Postgres();
        await postgres.start();
      }
      postgres.renew();
      cluster = { postgres, redis: new Redis(servers) };
      await cluster.redis.start();
    }
    const result = await prove({ ...settings, cluster });
    total.passed += 1;
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`ok   ${name} (${seconds} s): ${result}`);
  } catch (error) {
    total.failed += 1;
    console.log(`FAIL ${name}: ${error.stack}`);
  } finally {
    await cluster?.redis.stop();
  }
}
