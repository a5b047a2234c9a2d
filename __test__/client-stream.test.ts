// The ways to read a stream of the SDK other than a loop, and the reply that its chunks add up to.

import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { Auriko, type AurikoOptions, type ChatCompletionChunk } from '../ts/client/index.js';
import {
  chunk,
  type Exchange,
  ending,
  envelope,
  frames,
  type ScriptedServer,
  scriptedServer,
  sse,
  USAGE,
} from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const messages = [{ role: 'user' as const, content: 'hi' }];
const PIECES = [chunk({ content: 'a' }), chunk({ content: 'b' }), chunk({}, { finish_reason: 'stop' })];
const WHOLE = sse(frames(...PIECES, '[DONE]'));

describe.each(transports)('over %s', (_, transport) => {
  const open = (server: ScriptedServer, options: AurikoOptions = {}) =>
    new Auriko({
      transport,
      apiKey: 'ak_test',
      baseURL: server.url,
      maxRetries: 0,
      ...options,
    }).chat.completions.create({ model: 'm', messages, stream: true });

  /** Says a little, then nothing; `closed` when the client has left. */
  const stalled = async () => {
    let closed: Promise<void> | undefined;
    const server = await scriptedServer((exchange) => {
      closed = exchange.closed;
      exchange.head(200);
      exchange.write(frames(...PIECES.slice(0, 2)));
    });
    return { server, closed: () => closed };
  };

  const readAll = async (stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> => {
    const chunks: ChatCompletionChunk[] = [];
    for await (const item of stream) chunks.push(item);
    return chunks;
  };

  describe('a stream is read once', () => {
    it.each([
      ['iterating', (stream: Awaited<ReturnType<typeof open>>) => stream[Symbol.asyncIterator]()],
      ['tee', (stream: Awaited<ReturnType<typeof open>>) => stream.tee()],
      ['toReadableStream', (stream: Awaited<ReturnType<typeof open>>) => stream.toReadableStream()],
    ])('after %s nothing else reads it', async (__, read) => {
      const stream = await open(await scriptedServer(WHOLE));
      read(stream);
      const once = /only be iterated once/;
      expect(() => stream[Symbol.asyncIterator]()).toThrow(once);
      expect(() => stream.tee()).toThrow(once);
      expect(() => stream.toReadableStream()).toThrow(once);
      await expect(stream.finalCompletion()).rejects.toThrow(once);
      stream.abort();
    });
  });

  it('reads that wait side by side are served in order', async () => {
    const server = await scriptedServer(WHOLE);
    const iterator = (await open(server))[Symbol.asyncIterator]();
    const results = await Promise.all(Array.from({ length: 5 }, () => iterator.next()));
    expect(results.map(({ value }) => value)).toEqual([...PIECES, undefined, undefined]);
    expect(results.map(({ done }) => done)).toEqual([false, false, false, true, true]);
  });

  describe('closing', () => {
    it('close() and await using close the connection', async () => {
      const first = await stalled();
      const stream = await open(first.server);
      stream.close();
      stream.close();
      await first.closed();
      const second = await stalled();
      {
        await using used = await open(second.server);
        expect(used.responseHeaders.requestId).toBeNull();
      }
      await second.closed();
    });

    it('a read that waits ends without an error', async () => {
      const { server, closed } = await stalled();
      const stream = await open(server);
      const iterator = stream[Symbol.asyncIterator]();
      await iterator.next();
      await iterator.next();
      const waiting = Promise.all([iterator.next(), iterator.next()]);
      stream.close();
      expect(await waiting).toEqual([
        { done: true, value: undefined },
        { done: true, value: undefined },
      ]);
      await closed();
    });
  });

  describe('toReadableStream', () => {
    it('has one line of JSON for each chunk', async () => {
      const stream = await open(await scriptedServer(WHOLE));
      const text = await new Response(stream.toReadableStream()).text();
      expect(text).toBe(PIECES.map((piece) => `${JSON.stringify(piece)}\n`).join(''));
    });

    it('cancelling it closes the connection', async () => {
      const { server, closed } = await stalled();
      const reader = (await open(server)).toReadableStream().getReader();
      expect((await reader.read()).done).toBe(false);
      await reader.cancel();
      await closed();
    });

    it('fails as the stream does, after what came before', async () => {
      const server = await scriptedServer(
        sse(frames(chunk({ content: 'a' }), envelope('api_error', 'upstream_error'))),
      );
      const reader = (await open(server)).toReadableStream().getReader();
      expect((await reader.read()).done).toBe(false);
      await expect(reader.read()).rejects.toMatchObject({ code: 'upstream_error' });
    });
  });

  describe('tee', () => {
    it('gives both all chunks, in whatever order they read', async () => {
      const server = await scriptedServer(sse(frames(...PIECES, ...ending())));
      const stream = await open(server);
      const [left, right] = stream.tee();
      const first = await readAll(left);
      const second = await right.finalCompletion();
      expect(first.slice(0, 3)).toEqual(PIECES);
      expect(second.choices[0]?.message.content).toBe('ab');
      expect([left.usage, right.usage, stream.usage]).toEqual([USAGE, USAGE, USAGE]);
      expect(left.responseHeaders.requestId).toBe('req_test');
      expect(server.requests.length).toBe(1);
    });

    it('gives both all chunks when they read at the same time, and both the error', async () => {
      const server = await scriptedServer(
        sse(frames(...PIECES.slice(0, 2), envelope('api_error', 'upstream_error'))),
      );
      const outcome = async (stream: AsyncIterable<ChatCompletionChunk>) => {
        const seen: unknown[] = [];
        try {
          for await (const item of stream) seen.push(item);
        } catch (error) {
          seen.push(error);
        }
        return seen;
      };
      const both = await Promise.all((await open(server)).tee().map(outcome));
      for (const seen of both) {
        expect(seen.slice(0, 2)).toEqual(PIECES.slice(0, 2));
        expect(seen[2]).toMatchObject({ code: 'upstream_error' });
      }
    });

    it('one that leaves does not end the other; the connection closes with the second', async () => {
      const { server, closed } = await stalled();
      const [left, right] = (await open(server)).tee();
      for await (const _item of left) break;
      const iterator = right[Symbol.asyncIterator]();
      expect((await iterator.next()).value).toEqual(PIECES[0]);
      expect((await iterator.next()).value).toEqual(PIECES[1]);
      const waiting = iterator.next();
      expect(server.openConnections()).toBe(1);
      right.abort();
      expect(await waiting).toEqual({ done: true, value: undefined });
      await closed();
    });

    it('aborting the stream itself ends both', async () => {
      const { server, closed } = await stalled();
      const stream = await open(server);
      const [left, right] = stream.tee();
      const both = Promise.all([left.finalCompletion(), right.finalCompletion()]);
      stream.abort();
      for (const completion of await both) expect(completion.object).toBe('chat.completion');
      await closed();
    });

    it('branches that everybody has let go of are closed by the collector', async () => {
      const { gc } = globalThis;
      if (gc === undefined) throw new Error('the test process runs without --expose-gc');
      const { server } = await stalled();
      await (async () => {
        const [left] = (await open(server)).tee();
        await left[Symbol.asyncIterator]().next();
      })();
      expect(server.openConnections()).toBe(1);
      await vi.waitFor(
        () => {
          gc();
          expect(server.openConnections()).toBe(0);
        },
        { timeout: 10_000, interval: 20 },
      );
    });
  });

  describe('finalCompletion', () => {
    const final = async (...values: unknown[]) =>
      (await open(await scriptedServer(sse(frames(...values))))).finalCompletion();

    it('is the whole reply, its headers aside', async () => {
      const routing_metadata = {
        provider: 'p',
        provider_model_id: 'm-1',
        model_canonical: 'm',
        routing_strategy: 'cost',
      };
      const completion = await final(
        chunk({ role: 'assistant', content: '' }),
        {
          ...chunk({ content: 'hé' }),
          system_fingerprint: 'fp_1',
          service_tier: 'default',
          citations: ['x'],
        },
        chunk({ content: 'llo' }),
        chunk({}, { finish_reason: 'stop', native_finish_reason: 'end_turn' }),
        { ...chunk({}), id: 'other', choices: [], usage: USAGE, routing_metadata, obfuscation: 'zz' },
        '[DONE]',
      );
      expect(completion).toEqual({
        id: 'c1',
        object: 'chat.completion',
        created: 1_700_000_000,
        model: 'm-1',
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'héllo' },
            finish_reason: 'stop',
            native_finish_reason: 'end_turn',
          },
        ],
        usage: USAGE,
        routing_metadata,
        system_fingerprint: 'fp_1',
        service_tier: 'default',
        citations: ['x'],
      });
      expect(completion.responseHeaders.requestId).toBe('req_test');
      expect(Object.keys(completion)).not.toContain('responseHeaders');
    });

    it('puts tool calls together, with their marks', async () => {
      const call = (index: number, more: Record<string, unknown>) =>
        chunk({ tool_calls: [{ index, ...more }] });
      const completion = await final(
        call(0, { id: 'a', type: 'function', function: { name: 'f', arguments: '' } }),
        call(1, { id: 'b', function: { name: 'g', arguments: '{' }, provider_signature: 'sig' }),
        call(0, { function: { arguments: '{"x":' } }),
        call(1, { function: { arguments: '}' } }),
        call(0, { function: { arguments: '1}' } }),
        call(2, { id: 'c', function: { name: 'h' } }),
        chunk({}, { finish_reason: 'tool_calls' }),
        '[DONE]',
      );
      expect(completion.choices[0]).toEqual({
        index: 0,
        finish_reason: 'tool_calls',
        message: {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
            {
              id: 'b',
              type: 'function',
              function: { name: 'g', arguments: '{}' },
              provider_signature: 'sig',
            },
            { id: 'c', type: 'function', function: { name: 'h', arguments: '{}' } },
          ],
        },
      });
    });

    it('keeps signed and hidden thoughts as blocks, unsigned ones as text', async () => {
      const completion = await final(
        chunk({ reasoning_content: 'unsigned. ' }),
        chunk({ content: 'text' }),
        chunk({ reasoning_content: 'fir' }),
        chunk({ reasoning_content: 'st. ' }),
        chunk({ reasoning_signature: 's1' }),
        chunk({ reasoning_content: 'second.' }),
        chunk({ reasoning_signature: 's2' }),
        chunk({ reasoning_redacted_data: 'r1' }),
        chunk({ reasoning_content: ' third' }),
        chunk({}, { finish_reason: 'stop' }),
        '[DONE]',
      );
      expect(completion.choices[0]?.message).toEqual({
        role: 'assistant',
        content: 'text',
        reasoning_content: 'unsigned. first. second. third',
        reasoning: [
          { type: 'thinking', thinking: 'first. ', signature: 's1' },
          { type: 'thinking', thinking: 'second.', signature: 's2' },
          { type: 'redacted', data: 'r1' },
        ],
      });
    });

    it('keeps refusal, log probabilities, images and annotations', async () => {
      const image = { type: 'image', mime_type: 'image/png', data: 'AA==', thought_signature: 't' };
      const cite = (url: string) => ({ type: 'url_citation', url_citation: { url } });
      const token = (text: string) => ({ token: text, logprob: -0.5, bytes: null, top_logprobs: [] });
      const completion = await final(
        chunk({ refusal: 'I ' }, { logprobs: { content: null, refusal: [token('I ')] } }),
        chunk({ refusal: 'won’t', annotations: [cite('a')], images: [image] }),
        chunk({ content: 'x' }, { logprobs: { content: [token('x')], refusal: null } }),
        chunk({ content: 'y', annotations: [cite('b')] }, { logprobs: { content: [token('y')] } }),
        chunk({}, { finish_reason: 'stop' }),
        '[DONE]',
      );
      expect(completion.choices[0]).toEqual({
        index: 0,
        finish_reason: 'stop',
        message: {
          role: 'assistant',
          content: 'xy',
          refusal: 'I won’t',
          images: [image],
          annotations: [cite('a'), cite('b')],
        },
        logprobs: { content: [token('x'), token('y')], refusal: [token('I ')] },
      });
    });

    it('keeps several answers apart, in order', async () => {
      const of = (index: number, delta: object, more = {}) => ({
        ...chunk({}),
        choices: [{ index, delta, ...more }],
      });
      const completion = await final(
        of(1, { content: 'b' }),
        of(0, { content: 'a' }),
        of(1, { content: 'B' }),
        of(0, {}, { finish_reason: 'stop' }),
        of(1, {}, { finish_reason: 'length' }),
        '[DONE]',
      );
      expect(
        completion.choices.map(({ index, message, finish_reason }) => [
          index,
          message.content,
          finish_reason,
        ]),
      ).toEqual([
        [0, 'a', 'stop'],
        [1, 'bB', 'length'],
      ]);
    });

    it('rejects as the stream does', async () => {
      await expect(final(chunk({ content: 'a' }))).rejects.toMatchObject({ code: 'stream_interrupted' });
      await expect(final(envelope('api_error', 'upstream_error'))).rejects.toMatchObject({
        code: 'upstream_error',
      });
    });
  });

  it('a slow reader holds the server back, however the stream is read', async () => {
    const filler = 'x'.repeat(64 * 1024);
    const count = 1024;
    const piece = frames(chunk({ content: filler }));
    let exchange: Exchange | undefined;
    const server = await scriptedServer((opened) => {
      exchange = opened;
      opened.head(200);
      for (let index = 0; index < count; index += 1) opened.write(piece);
      opened.write(frames(...ending()));
      opened.end();
    });
    const reader = (await open(server)).toReadableStream().getReader();
    await reader.read();
    let sent = -1;
    await vi.waitFor(
      () => {
        const before = sent;
        sent = exchange?.sentBytes() ?? 0;
        // What has left the server no longer grows: it waits for the reader.
        expect(sent).toBe(before);
      },
      { interval: 100, timeout: 10_000 },
    );
    // Window and socket buffers, of 64 MiB.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    let length = 0;
    let lead = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length;
      lead = Math.max(lead, (exchange?.sentBytes() ?? 0) - length);
      // Time for the transport to read on, had it been allowed to.
      await setImmediate();
    }
    expect(lead).toBeLessThan(32 * 1024 * 1024);
    expect(length).toBeGreaterThan((count - 1) * filler.length);
  });
});
