// A budget of one dollar, or credit of one, and two hundred callers at once: it is not exceeded, and it is not strangled
// either.

import { Books, call, WORST_CASE } from './callers.mjs';
import { Fleet, PROVIDER } from './gateways.mjs';
import { check, eventually } from './wait.mjs';

const DOLLAR = 1e9;
const CALLERS = 200;
const REPLICAS = 3;

/** What is raced for: how it is made, what was spent of it, and what is said when nothing is left. */
const BUDGET = {
  settings: '',
  code: 'budget_exhausted',
  make: (gateway) => gateway.makeBudget(1),
  spent: (gateway) => gateway.spent(),
};
const CREDIT = {
  settings: '[credits]\nenabled = true\n',
  code: 'insufficient_quota',
  make: (gateway) => gateway.buyCredit(1),
  spent: (gateway) => gateway.spentCredit(),
};

/** Without any kill the gateways have counted exactly what callers were told. */
export async function raceInOneProcess({ program }) {
  const gateway = await new Fleet(program).start();
  const books = await race([gateway]);
  const spent = await gateway.spent();
  const ledger = await gateway.ledger();
  await gateway.stop();
  checkAll(spent, books);
  check(spent === books.cost, `spend is what callers were told: ${spent}, ${books.cost}`);
  check(ledger.cost === spent && ledger.replies === books.answered, 'the ledger agrees');
  return summary(spent, books);
}

export async function raceInACluster({ program, cluster }) {
  const fleet = new Fleet(program, { cluster });
  const replicas = await Promise.all(Array.from({ length: REPLICAS }, () => fleet.start()));
  const books = await race(replicas);
  await eventually('nothing is held', () => cluster.redis.held() === 0);
  const spent = await replicas[0].spent();
  checkAll(spent, books);
  check(spent === books.cost, `spend is what callers were told: ${spent}, ${books.cost}`);
  await agree(cluster, replicas, spent, books.answered);
  for (const replica of replicas) await replica.stop();
  return summary(spent, books);
}

/**
 * One replica dies in the middle and starts again. What it held counts in full when its lease has run out, so the budget
 * holds; and since who is refused is refused because of what is spent or held, of which the held becomes spend, the lower
 * bound holds too.
 */
export async function raceWithADeath({ program, cluster }, limit = BUDGET) {
  const fleet = new Fleet(program, {
    cluster,
    store: 'lease_seconds = 2',
    providers: limit.settings + PROVIDER,
  });
  const replicas = await Promise.all(Array.from({ length: REPLICAS }, () => fleet.start()));
  let death;
  const books = await race(
    replicas,
    async (books) => {
      if (death !== undefined || books.answered < 300) return;
      death = (async () => {
        const [dying] = replicas.splice(1, 1);
        await dying.stop('SIGKILL');
        replicas.push(await fleet.start());
      })();
      await death;
    },
    limit,
  );
  check(death !== undefined, 'a replica was killed before the budget was spent');
  await death;
  await eventually('what the dead held has expired', () => cluster.redis.held() === 0);
  const spent = await limit.spent(replicas[0]);
  checkAll(spent, books, limit);
  check(spent >= books.cost, `nothing that callers saw is missing: ${spent}, ${books.cost}`);
  const most = books.cost + CALLERS * WORST_CASE;
  check(spent <= most, `no more than what was held is added: ${spent}, ${most}`);
  for (const replica of replicas) await replica.stop();
  return summary(spent, books);
}

/** The same with credit instead of a budget. */
export function raceForCredit(settings) {
  return raceWithADeath(settings, CREDIT);
}

async function race(replicas, onRefusalOrAnswer = () => {}, limit = BUDGET) {
  const { key } = await replicas[0].makeKey();
  await limit.make(replicas[0]);
  const books = new Books();
  await call(
    CALLERS,
    () => replicas,
    key,
    books,
    (code) => {
      void onRefusalOrAnswer(books);
      return code === limit.code;
    },
  );
  return books;
}

function checkAll(spent, books, limit = BUDGET) {
  check(spent <= DOLLAR, `at most a dollar is spent: ${spent}`);
  check(spent >= 0.95 * DOLLAR, `at least 95 cents are spent: ${spent}`);
  const codes = [...books.refused.keys()].filter((code) => code !== limit.code);
  check(codes.length === 0, `nobody is refused for another reason: ${codes}`);
}

/** Waits until PostgreSQL has what Redis counts, from all replicas. */
export async function agree({ postgres }, replicas, spent, answered) {
  const durable = () =>
    postgres.number("SELECT COALESCE(SUM(amount), 0) FROM spend WHERE period = 'monthly' AND target = 'w:p'");
  await eventually(`PostgreSQL counts ${spent}, as Redis does`, () => durable() === spent);
  for (const replica of replicas) {
    await eventually(`the ledger has ${answered} replies for ${spent}`, async () => {
      const ledger = await replica.ledger();
      return ledger.replies === answered && ledger.cost === spent;
    });
  }
}

function summary(spent, books) {
  return `$${(spent / 1e9).toFixed(6)} spent; ${books}`;
}
