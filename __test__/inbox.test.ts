// The inbox alone, with a core that hands over what the test says.

import { expect, test } from 'vitest';

import type { NativeCore } from '../index.js';
import { Inbox } from '../ts/transport/native/inbox.js';

const TEXT = 1;
const DONE = 9;

type DrainRecord = readonly [stream: number, kind: number, text: string];

/** A core whose drains are `waiting`, one after the other. */
function coreOf(waiting: DrainRecord[][]) {
  let wake = (): void => {};
  const drains: number[] = [];
  const drain = (records: Int32Array): string => {
    const batch = waiting.shift() ?? [];
    drains.push(batch.length);
    const text = batch.map(([, , piece]) => piece).join('');
    records.set([batch.length, waiting.length > 0 ? 1 : 0, text.length, 0]);
    batch.forEach(([stream, kind, piece], index) => {
      records.set([stream, kind, 0, piece.length], 4 + index * 4);
    });
    return text;
  };
  const inbox = new Inbox((onWake) => {
    wake = onWake;
    return { drain, cancel() {}, release() {} } as unknown as NativeCore;
  });
  return { inbox, drains, wake: () => wake() };
}

/** Registers streams 1 to `count`; `log` gets what arrives, and what a reader then does. */
function startStreams(inbox: Inbox, count: number, log: string[]) {
  const handles = Array.from({ length: count }, (_, index) => {
    const id = index + 1;
    const text = (piece: string): void => {
      log.push(`${id}:${piece}`);
      queueMicrotask(() => log.push(`${id} read`));
    };
    return inbox.start(() => id, { text, end: () => log.push(`${id} end`) });
  });
  return handles;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a drain for many streams leaves room for their readers in between', async () => {
  const log: string[] = [];
  const records = Array.from({ length: 20 }, (_, index): DrainRecord => [index + 1, TEXT, `t${index + 1}`]);
  const { inbox, wake } = coreOf([records]);
  startStreams(inbox, 20, log);
  wake();
  const pieces = () => log.filter((line) => line.includes(':')).length;
  expect(pieces()).toBe(8);
  await turn();
  expect(log.indexOf('1 read')).toBeLessThan(log.indexOf('9:t9'));
  while (pieces() < 20) await turn();
  expect(log).toContain('20:t20');
});

test('a wake-up while records are delivered is not lost, and order is kept', async () => {
  const log: string[] = [];
  const first = Array.from({ length: 12 }, (_, index): DrainRecord => [index + 1, TEXT, 'a']);
  const waiting = [first];
  const { inbox, drains, wake } = coreOf(waiting);
  startStreams(inbox, 12, log);
  wake();
  waiting.push([
    [12, TEXT, 'b'],
    [12, DONE, ''],
  ]);
  wake();
  expect(drains).toEqual([12]);
  await turn();
  await turn();
  expect(drains).toEqual([12, 2]);
  expect(log.filter((line) => line.startsWith('12')).filter((line) => !line.endsWith('read'))).toEqual([
    '12:a',
    '12:b',
    '12 end',
  ]);
});

test('nothing arrives at a stream that was cancelled while its records waited for their turn', async () => {
  const log: string[] = [];
  const records = Array.from({ length: 10 }, (_, index): DrainRecord => [index + 1, TEXT, 'a']);
  const { inbox, wake } = coreOf([records]);
  const handles = startStreams(inbox, 10, log);
  wake();
  handles[9]?.cancel();
  await turn();
  expect(log).toContain('9:a');
  expect(log).not.toContain('10:a');
});

test('one stream is delivered to at once, however many records it has', () => {
  const log: string[] = [];
  const records = Array.from({ length: 100 }, (): DrainRecord => [1, TEXT, 'a']);
  const { inbox, wake } = coreOf([records.slice(0, 50), records.slice(50)]);
  startStreams(inbox, 1, log);
  wake();
  expect(log).toHaveLength(100);
});
