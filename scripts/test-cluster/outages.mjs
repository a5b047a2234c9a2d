// Redis and PostgreSQL stop and come back under load. By configuration requests are refused meanwhile, or go on; in either
// case everything recovers by itself, and in the end what was spent is what callers were told, to the nano-dollar.

import { agree } from './budgets.mjs';
import { Books, call } from './callers.mjs';
import { Fleet } from './gateways.mjs';
import { check, eventually } from './wait.mjs';

const CALLERS = 12;
const LEASE_SECONDS = 1;

/** How servers go and come back. */
const OUTAGES = {
  'Redis suspended': (cluster) => suspension(cluster.redis),
  'Redis stopped': (cluster) => stop(cluster.redis),
  'Redis killed': (cluster) => stop(cluster.redis, 'SIGKILL'),
  'PostgreSQL suspended': (cluster) => suspension(cluster.postgres),
  'PostgreSQL stopped': (cluster) => stop(cluster.postgres),
};

export async function refused({ program, cluster, outages }) {
  return await play(program, cluster, 'refuse', outages);
}

export async function allowed({ program, cluster, outages }) {
  return await play(program, cluster, 'allow', outages);
}

async function play(program, cluster, mode, names = Object.keys(OUTAGES)) {
  const store = `when_unreachable = "${mode}"\nlease_seconds = ${LEASE_SECONDS}`;
  const fleet = new Fleet(program, { cluster, store });
  const replicas = [await fleet.start(), await fleet.start()];
  const { key } = await replicas[0].makeKey();
  await replicas[0].makeBudget(1000);
  const books = new Books();
  let isOver = false;
  const calling = call(
    CALLERS,
    () => replicas,
    key,
    books,
    () => isOver,
  );
  const told = [];
  let end = () => {};
  try {
    await moreAnswers(books, 100);
    for (const name of names) {
      const before = { answered: books.answered, refused: books.refusals('service_unavailable') };
      end = await OUTAGES[name](cluster);
      // Longer than the lease: who can't give a sign of life must not be taken for dead.
      await lasts((LEASE_SECONDS + 1) * 1000);
      if (mode === 'refuse') {
        // Those that had begun may still be answered.
        await moreRefusals(books, 2 * CALLERS);
        const { answered } = books;
        await moreRefusals(books, 2 * CALLERS);
        check(books.answered === answered, `nobody is answered meanwhile: ${name}`);
      } else {
        await moreAnswers(books, 100);
      }
      const meanwhile = books.answered - before.answered;
      await end();
      end = () => {};
      await moreAnswers(books, 100);
      const refused = books.refusals('service_unavailable') - before.refused;
      told.push(`    ${name}: ${meanwhile} answered meanwhile, ${refused} refused`);
      if (mode === 'allow') check(refused === 0, `nobody is refused: ${name}, ${refused}`);
    }
  } finally {
    await end();
    isOver = true;
    await calling;
  }
  check(books.lost === 0, `no connection broke: ${books.lost}`);
  await eventually('nothing is held', () => cluster.redis.held() === 0);
  await eventually(`spend is what callers were told: ${books.cost}`, async () => {
    const all = await Promise.all(replicas.map((replica) => replica.spent()));
    return all.every((spent) => spent === books.cost);
  });
  await agree(cluster, replicas, books.cost, books.answered);
  for (const replica of replicas) await replica.stop();
  return [`${books}`, ...told].join('\n');
}

async function moreAnswers(books, count) {
  const enough = books.answered + count;
  await eventually(`${count} more requests are answered`, () => books.answered >= enough);
}

async function lasts(ms) {
  const until = performance.now() + ms;
  await eventually('it lasts', () => performance.now() >= until);
}

async function moreRefusals(books, count) {
  const enough = books.refusals('service_unavailable') + count;
  await eventually(
    `${count} more requests are refused`,
    () => books.refusals('service_unavailable') >= enough,
  );
}

function suspension(server) {
  server.signal('SIGSTOP');
  return () => server.signal('SIGCONT');
}

async function stop(server, signal) {
  await server.stop(signal);
  return () => server.start();
}
