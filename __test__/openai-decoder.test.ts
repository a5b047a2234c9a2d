// The decoder of `AurikoOpenAI` against that of the OpenAI package: equal items for equal bytes, in any split, wherever
// the package loses nothing.

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { Stream } from 'openai/core/streaming';
import { expect, it } from 'vitest';
import { AurikoOpenAI, AurikoStream } from '../ts/openai/index.js';

const folder = resolve(import.meta.dirname, '../fixtures/llama-cpp');
const recorded = readdirSync(folder).filter((name) => name.endsWith('.chunks.txt'));

/** A recorded stream as wire text: each line a frame, then `[DONE]`. */
function wireOf(name: string): string {
  const lines = readFileSync(resolve(folder, name), 'utf8').split('\n');
  return [...lines.filter((line) => line.trim() !== ''), '[DONE]']
    .map((line) => `data: ${line}\n\n`)
    .join('');
}

function replyOf(bytes: Uint8Array, cuts: readonly number[]): Response {
  const ends = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
  const pieces = [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
  const body = new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

async function itemsOfPackage(bytes: Uint8Array): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of Stream.fromSSEResponse(replyOf(bytes, []), new AbortController()))
    items.push(item);
  return items;
}

async function ourItems(bytes: Uint8Array, cuts: readonly number[]): Promise<unknown[]> {
  const fetch = async () => replyOf(bytes, cuts);
  const client = new AurikoOpenAI({ apiKey: 'ak_test', fetch });
  const stream = await client.post('/chat/completions', { body: {}, stream: true });
  if (!(stream instanceof AurikoStream)) throw new Error('not our stream');
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

it('there are recorded streams', () => {
  expect(recorded.length).toBeGreaterThan(2);
});

it.each(recorded)('%s gives what the package gives', async (name) => {
  const bytes = new TextEncoder().encode(wireOf(name));
  const expected = await itemsOfPackage(bytes);
  expect(expected.length).toBeGreaterThan(2);
  const cuts = fc.array(fc.nat(bytes.length - 1), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(cuts, async (at) => {
      expect(await ourItems(bytes, at)).toEqual(expected);
    }),
    { numRuns: 20 },
  );
});

it('any text and any line ends give what the package gives', async () => {
  const text = fc.string({ unit: 'binary' });
  const frame = fc.tuple(
    text,
    fc.constantFrom('\n', '\r\n'),
    fc.constantFrom('', ': comment', 'id: 1', 'retry: 5'),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(2000), { maxLength: 12 }),
      async (frames, cuts) => {
        const wire = frames.map(([content, end, extra]) => {
          const chunk = { choices: [{ index: 0, delta: { content }, finish_reason: null }] };
          const lines = [extra, `data: ${JSON.stringify(chunk)}`, ''].filter(
            (line, i) => i > 0 || line !== '',
          );
          return `${lines.join(end)}${end}`;
        });
        const bytes = new TextEncoder().encode(`${wire.join('')}data: [DONE]\n\n`);
        expect(await ourItems(bytes, cuts)).toEqual(await itemsOfPackage(bytes));
      },
    ),
    { numRuns: 100 },
  );
});
