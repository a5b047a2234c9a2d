// `kill -9` under load, again and again: the store opens every time, and its sums agree with the books of the callers.
//
// The bounds, in every round: spend is at least what callers saw and at least what the ledger says. What a crash adds to
// the ledger's sum is at most the worst case of each request that has no row in it, since its reservation has expired;
// and in one process, where a busy account keeps room for a part of what it reserved within the last second
// (`hot/cover.rs`), the worst case of that part of the round's requests.

import { Books, call, WORST_CASE } from './callers.mjs';
import { Fleet } from './gateways.mjs';
import { check, eventually } from './wait.mjs';

const CALLERS = 16;

/** Attempts within a second from which on one process keeps room for more, and for how many: `hot/cover.rs`. */
const MANY = 8;
const ROOM_PART = 64;
const ROOM_ATTEMPTS = 2;

export async function crashesOfOneProcess({ program, rounds }) {
  return await crash(new Fleet(program), rounds, 1);
}

export async function crashesInACluster({ program, cluster, clusterRounds }) {
  const fleet = new Fleet(program, { cluster, store: 'lease_seconds = 1' });
  return await crash(fleet, clusterRounds, 2, cluster);
}

async function crash(fleet, rounds, replicas, cluster) {
  const books = new Books();
  let key;
  let bounds;
  let before = { sent: 0, unwritten: 0, tooMuch: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const gateways = await Promise.all(Array.from({ length: replicas }, () => fleet.start()));
    key ??= await firstKey(gateways[0]);
    // From within the first flush interval to some after it; the first time surely after it.
    const enough = books.answered + 20 + (round === 0 ? 1500 : Math.floor(Math.random() * 800));
    let death;
    await call(
      CALLERS,
      () => gateways,
      key,
      books,
      () => {
        if (books.answered >= enough)
          death ??= Promise.all(gateways.map((gateway) => gateway.stop('SIGKILL')));
        return death !== undefined;
      },
    );
    await death;
    check(books.refused.size === 0, `nobody is refused: ${[...books.refused.keys()]}`);
    const gateway = await fleet.start();
    if (cluster !== undefined)
      await eventually('what the dead held has expired', () => cluster.redis.held() === 0);
    // Expired spend is part of PostgreSQL's only with the next batch, the sum that counts is that of Redis.
    bounds = { spent: await gateway.spent(), ...(await gateway.ledger()) };
    await gateway.stop();
    const { spent, replies, cost } = bounds;
    const now = { sent: books.sent, unwritten: books.sent - replies, tooMuch: spent - cost };
    const sent = now.sent - before.sent;
    const keepsRoom = cluster === undefined && sent >= MANY;
    const room = keepsRoom ? Math.max(Math.ceil(sent / ROOM_PART), ROOM_ATTEMPTS) : 0;
    const most = (now.unwritten - before.unwritten + room) * WORST_CASE;
    const added = now.tooMuch - before.tooMuch;
    before = now;
    check(
      spent >= books.cost,
      `round ${round}: nothing that callers saw is missing: ${spent}, ${books.cost}`,
    );
    check(spent >= cost, `round ${round}: no row without its spend: ${spent}, ${cost}`);
    check(added <= most, `round ${round}: no more than was reserved: ${added}, ${most}`);
    check(replies <= books.sent, `round ${round}: no row without a request`);
  }
  check(bounds.replies > 0, 'some rows were written before their process died');
  return `${rounds} times; ${books}; ${bounds.replies} rows; $${(bounds.spent / 1e9).toFixed(6)} spent`;
}

async function firstKey(gateway) {
  await gateway.makeBudget(1000);
  return (await gateway.makeKey()).key;
}
