// How many streams share a turn of the event loop, by what turns took. The clock is the test's.

import { expect, test } from 'vitest';

import { Turns } from '../ts/transport/native/turns.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Turns in which each stream keeps its reader busy for `msPerStream`; gives the limit after each. */
async function limitsOf(turns: Turns, clock: { ms: number }, count: number, msPerStream: number) {
  const limits: number[] = [];
  for (let index = 0; index < count; index++) {
    const limit = turns.begin();
    clock.ms += limit * msPerStream;
    let followed = false;
    turns.end(limit, () => {
      followed = true;
    });
    await turn();
    expect(followed).toBe(true);
    limits.push(turns.begin());
  }
  return limits;
}

function turnsWithClock() {
  const clock = { ms: 0 };
  return { clock, turns: new Turns(() => clock.ms) };
}

test('readers that do little share a turn, more and more of them', async () => {
  const { clock, turns } = turnsWithClock();
  expect(turns.begin()).toBe(8);
  expect(await limitsOf(turns, clock, 4, 0.002)).toEqual([16, 32, 64, 125]);
});

test('readers that do much go on one after the other, and share again when they do less', async () => {
  const { clock, turns } = turnsWithClock();
  expect(await limitsOf(turns, clock, 4, 0.5)).toEqual([4, 2, 1, 1]);
  expect(await limitsOf(turns, clock, 3, 0.002)).toEqual([2, 4, 8]);
});

test('turns that were not cut are looked at too, but not each of them', async () => {
  const { clock, turns } = turnsWithClock();
  const long = async (streams: number) => {
    turns.begin();
    turns.end(streams);
    clock.ms += 10;
    await turn();
    return turns.begin();
  };
  expect(await long(8)).toBe(4);
  expect(await long(8), 'looked at a moment ago').toBe(4);
  clock.ms += 20;
  expect(await long(8)).toBe(2);
  clock.ms += 30;
  expect(await long(3), 'too few to tell').toBe(2);
});
