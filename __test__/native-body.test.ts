// What of a body goes with the call, what follows in slices, and that nothing follows a stream that has ended.

import { expect, test } from 'vitest';

import type { NativeCore } from '../index.js';
import type { StreamOutcome } from '../ts/events.js';
import { type Payload, slicesOf, splitBody } from '../ts/transport/native/body.js';
import { Inbox } from '../ts/transport/native/inbox.js';

const SLICE = 393_216;
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** An inbox whose core notes the lengths that it is supplied with, and wants `wanted` bytes. */
function inboxOf(wanted: number) {
  const supplied: number[] = [];
  let left = wanted;
  const supply = (_: number, bytes: Uint8Array): boolean => {
    supplied.push(bytes.length);
    left -= bytes.length;
    return left > 0;
  };
  const inbox = new Inbox(() => ({ supply, cancel() {}, release() {} }) as unknown as NativeCore);
  return { inbox, supplied };
}

function payloadOf(bytes: Uint8Array): Payload[] {
  return [{ bytes, length: bytes.length }];
}

test('text and small payloads go with the call', () => {
  expect(splitBody(undefined)).toEqual({ fields: {}, payloads: [] });
  expect(splitBody('{}')).toEqual({ fields: { body: '{}' }, payloads: [] });
  const small = new Uint8Array(SLICE);
  expect(splitBody(['a', small, 'b'])).toEqual({ fields: { bodyParts: ['a', small, 'b'] }, payloads: [] });
});

test('what is too much for one turn follows, also when it is many small payloads', () => {
  const half = new Uint8Array(SLICE / 2 + 1);
  const { fields, payloads } = splitBody(['a', half, 'b', half, 'c']);
  expect(fields.bodyParts).toEqual(['a', half, 'b', half.length, 'c']);
  expect(payloads).toEqual([{ bytes: half, length: half.length }]);
});

test('slices are all of the bytes in order, and can be encoded one by one', () => {
  const bytes = Uint8Array.from({ length: 2 * SLICE + 5 }, (_, index) => index % 251);
  const slices = [...slicesOf(payloadOf(bytes))];
  expect(slices.map((slice) => slice.length)).toEqual([SLICE, SLICE, 5]);
  const encoded = slices.map((slice) => Buffer.from(slice).toString('base64')).join('');
  expect(encoded === Buffer.from(bytes).toString('base64')).toBe(true);
});

test('a turn supplies one slice', async () => {
  const { inbox, supplied } = inboxOf(2 * SLICE + 5);
  inbox.start(() => 1, { end: () => {} }, payloadOf(new Uint8Array(2 * SLICE + 5)));
  expect(supplied).toEqual([SLICE]);
  await turn();
  expect(supplied).toEqual([SLICE, SLICE]);
  await turn();
  await turn();
  expect(supplied).toEqual([SLICE, SLICE, 5]);
});

test('a stream that was cancelled is supplied with nothing more', async () => {
  const { inbox, supplied } = inboxOf(3 * SLICE);
  const handle = inbox.start(() => 1, { end: () => {} }, payloadOf(new Uint8Array(3 * SLICE)));
  handle.cancel();
  await turn();
  await turn();
  expect(supplied).toEqual([SLICE]);
});

test('bytes that were taken away end the stream, with an error that says so', async () => {
  const { inbox, supplied } = inboxOf(3 * SLICE);
  const bytes = new Uint8Array(3 * SLICE);
  const outcomes: StreamOutcome[] = [];
  inbox.start(() => 1, { end: (outcome) => outcomes.push(outcome) }, payloadOf(bytes));
  structuredClone(bytes, { transfer: [bytes.buffer] });
  await turn();
  await turn();
  expect(supplied).toEqual([SLICE]);
  const [outcome] = outcomes;
  expect(outcomes).toHaveLength(1);
  expect(outcome).toMatchObject({
    type: 'failed',
    failure: {
      kind: 'request',
      cause: new Error('bytes of the prompt changed their length while they were being sent'),
    },
  });
});
