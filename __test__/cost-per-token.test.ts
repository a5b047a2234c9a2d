// What a streamed token costs, as counts with a ceiling (ai-sdk-provider.md §12.6): times differ between machines, counts
// do not. What the core allocates per chunk is counted in crates/auriko-wire/tests/allocations.rs.

import { setImmediate } from 'node:timers/promises';
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, it, vi } from 'vitest';
import type { NativeCore } from '../index.js';
import { createAuriko } from '../ts/index.js';
import { loadAddon } from '../ts/transport/native.js';
import type { Transport } from '../ts/transport.js';
import { chunk, type Exchange, ending, frames, scriptedServer } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const TOKENS = 2000;
/** Chunks around the tokens: the role, the finish word, the usage. */
const OTHER_CHUNKS = 3;
/** What is JSON whatever the length: head, identity, finish, usage and end in the outbox; the rest is the platform's. */
const RARE_EVENTS = 10;

const PIECES = [
  frames(chunk({ role: 'assistant', content: '' })),
  ...Array.from({ length: TOKENS }, (_, index) => frames(chunk({ content: ` t${index}` }))),
  frames(...ending()),
];
const TEXT = Array.from({ length: TOKENS }, (_, index) => ` t${index}`).join('');

/** The whole answer at once, as from a server that is faster than its reader. */
const atOnce = (exchange: Exchange) => {
  exchange.head(200, { 'content-type': 'text/event-stream' });
  exchange.write(PIECES.join(''));
  exchange.end();
};

/** Each chunk in a turn of the event loop of its own: the worst case, in which nothing can be merged. */
const oneByOne = async (exchange: Exchange) => {
  exchange.head(200, { 'content-type': 'text/event-stream' });
  for (const piece of PIECES) {
    exchange.write(piece);
    await setImmediate();
  }
  exchange.end();
};

/** Reads a stream, and counts what happened meanwhile. */
async function counted(transport: Transport, script: (exchange: Exchange) => void | Promise<void>) {
  const server = await scriptedServer(script);
  const model = createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url })('m');
  const parse = vi.spyOn(JSON, 'parse');
  const loaded = await loadAddon();
  const crossings = 'reason' in loaded ? [] : spiesOf(loaded.inbox.core);
  const [releases] = crossings;
  const parts: LanguageModelV4StreamPart[] = [];
  const { stream } = await model.doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
  });
  for await (const part of stream) parts.push(part);
  const counts = {
    parts: parts.length,
    parses: parse.mock.calls.length,
    crossings: crossings.reduce((sum, { mock }) => sum + mock.calls.length, 0),
    // The window's span is far larger than this stream: nothing has to be given back before its end.
    releases: releases?.mock.calls.length ?? 0,
  };
  for (const spy of [parse, ...crossings]) spy.mockRestore();
  expect(parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join('')).toBe(TEXT);
  return counts;
}

/** Counts every call into the core that a stream may make. */
function spiesOf(core: NativeCore) {
  return (['release', 'open', 'drain', 'cancel'] as const).map((name) => vi.spyOn(core, name));
}

describe.each(transports)('a stream of 2,000 tokens over %s', (name, transport) => {
  const isNative = name === 'native';

  it('sent one by one', async () => {
    const { parts, parses, crossings, releases } = await counted(transport, oneByOne);
    // Start, identity, the two ends of the block, finish; each token at most one.
    expect(parts).toBeLessThanOrEqual(TOKENS + 5);
    // Text never becomes JSON between the core and the reader; over fetch a chunk is parsed once.
    expect(parses).toBeLessThanOrEqual(isNative ? RARE_EVENTS : TOKENS + OTHER_CHUNKS + RARE_EVENTS);
    // One drain per wake-up, and a wake-up has at least one record.
    expect(crossings).toBeLessThanOrEqual(isNative ? TOKENS + OTHER_CHUNKS + RARE_EVENTS : 0);
    expect(releases).toBe(0);
  }, 30_000);

  it('sent at once', async () => {
    const { parts, parses, crossings } = await counted(transport, atOnce);
    // What waits is merged: the reader gets what a read of the socket brought, not what the server wrote.
    expect(parts).toBeLessThanOrEqual(TOKENS / 4);
    expect(parses).toBeLessThanOrEqual(isNative ? RARE_EVENTS : TOKENS + OTHER_CHUNKS + RARE_EVENTS);
    expect(crossings).toBeLessThanOrEqual(isNative ? TOKENS / 10 : 0);
  });
});
