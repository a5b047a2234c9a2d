// Every way to base64 gives the same text.

import { afterEach, expect, test, vi } from 'vitest';

import { toBase64 } from '../ts/base64.js';

afterEach(() => vi.unstubAllGlobals());

/** More than one step of the slow way, and a length that needs padding. */
const bytes = Uint8Array.from({ length: 0x8000 + 2 }, (_, index) => (index * 7) % 256);
const expected = Buffer.from(bytes).toString('base64');

test('with Buffer', () => {
  expect(toBase64(bytes)).toBe(expected);
  expect(toBase64(bytes.subarray(3, 8))).toBe(Buffer.from(bytes.subarray(3, 8)).toString('base64'));
});

test('without Buffer', () => {
  vi.stubGlobal('Buffer', undefined);
  expect(toBase64(bytes)).toBe(expected);
  expect(toBase64(bytes.subarray(3, 8))).toBe('FRwjKjE=');
  expect(toBase64(new Uint8Array())).toBe('');
});

test("with the engine's own method", () => {
  const own = Object.assign(new Uint8Array([1, 2]), { toBase64: () => 'own' });
  expect(toBase64(own)).toBe('own');
});
