// The ways to read a stream of the SDK other than a loop, and the reply that its chunks add up to.

import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import {
  Auriko,
  type AurikoOptions,
  type ChatCompletionChunk,
  type CompletionStream,
} from '../ts/client/index.js';
import { fixtureStream, hasFixtures } from './helpers/fixtures.js';
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

/** What the recordings say, read by hand (see the files). Long texts by length and the start of their SHA-256. */
interface Recorded {
  readonly identity: readonly [id: string, model: string, created: number];
  readonly text: string | readonly [length: number, sha256: string];
  readonly reasoning: string | readonly [length: number, sha256: string];
  readonly tool?: readonly [id: string, call: { readonly name: string; readonly arguments: string }];
  readonly finish: string;
  readonly tokens: number;
}

const WEATHER = { name: 'weather', arguments: '{"location": "San Francisco"}' };
const RECORDED: Record<string, Recorded> = {
  'alibaba__alibaba-tool-call': {
    identity: ['chatcmpl-8e243c57-23b3-9db2-a02e-e3c53929c368', 'qwen3-max', 1_770_764_938],
    text: '',
    reasoning: '',
    tool: ['call_eee11723464a4b9eb8cee71d', WEATHER],
    finish: 'tool_calls',
    tokens: 317,
  },
  'deepseek__deepseek-tool-call': {
    identity: ['cca85624-4056-401f-b220-d77601d1f70d', 'deepseek-reasoner', 1_764_664_568],
    text: '',
    reasoning: [191, 'e9e5190a993cf891'],
    tool: ['call_00_ioIn7yN9p1ZOMNpDLwd4MgAF', WEATHER],
    finish: 'tool_calls',
    tokens: 422,
  },
  'groq__groq-tool-call': {
    identity: ['chatcmpl-b610d559-f156-4aca-8827-24b4fe6af54f', 'llama-3.3-70b-versatile', 1_770_770_843],
    text: '',
    reasoning: '',
    tool: ['tk85n1k4m', { name: 'weather', arguments: '{}' }],
    finish: 'tool_calls',
    tokens: 225,
  },
  'mistral__mistral-text': {
    identity: ['5319bd0299614c679a0068a4f2c8ffd0', 'mistral-small-latest', 1_769_088_720],
    text: 'Hello, world! This is a test response.',
    reasoning: '',
    finish: 'stop',
    tokens: 21,
  },
  'moonshotai__moonshotai-stream': {
    identity: ['chatcmpl-stream', 'kimi-k3', 1_785_880_003],
    text: 'Hello!',
    reasoning: 'Thinking aloud. ',
    finish: 'stop',
    tokens: 21,
  },
  'openai__openai-text': {
    identity: ['chatcmpl-D8Z5oo6uDh67AD85p73ksdT1KxhE0', 'gpt-4.1-nano-2025-04-14', 1_770_933_892],
    text: [1724, '53b2d9e583d02b3f'],
    reasoning: '',
    finish: 'stop',
    tokens: 316,
  },
  'xai__xai-text': {
    identity: ['7327b9f5-1c2f-0a15-3fef-c14a71c460d3', 'grok-3-mini', 1_770_774_058],
    text: 'Hello',
    reasoning: 'First, the user said',
    finish: 'stop',
    tokens: 303,
  },
};

function fingerprint(text: string): string | [number, string] {
  return text.length < 70
    ? text
    : [text.length, createHash('sha256').update(text).digest('hex').slice(0, 16)];
}

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
      ['iterating', (stream: CompletionStream) => stream[Symbol.asyncIterator]()],
      ['tee', (stream: CompletionStream) => stream.tee()],
      ['toReadableStream', (stream: CompletionStream) => stream.toReadableStream()],
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

  it.each([
    ['the stream', async (stream: CompletionStream) => void (await stream[Symbol.asyncIterator]().next())],
    ['its iterator', async (stream: CompletionStream) => void stream[Symbol.asyncIterator]()],
    ['its web stream', async (stream: CompletionStream) => void stream.toReadableStream()],
  ])('when everybody has let go of %s the collector closes the connection', async (__, use) => {
    const { gc } = globalThis;
    if (gc === undefined) throw new Error('the test process runs without --expose-gc');
    const { server } = await stalled();
    await (async () => use(await open(server)))();
    expect(server.openConnections()).toBe(1);
    await vi.waitFor(
      () => {
        gc();
        expect(server.openConnections()).toBe(0);
      },
      { timeout: 10_000, interval: 20 },
    );
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

  describe.skipIf(!hasFixtures)('finalCompletion of recorded streams', () => {
    it.each(Object.entries(RECORDED))('%s', async (name, expected) => {
      const server = await scriptedServer(sse(fixtureStream(`${name}.chunks.txt`)));
      const completion = await (await open(server)).finalCompletion();
      const [choice, ...others] = completion.choices;
      expect(others).toEqual([]);
      expect([completion.id, completion.model, completion.created]).toEqual(expected.identity);
      expect(choice?.finish_reason).toBe(expected.finish);
      expect(fingerprint(choice?.message.content ?? '')).toEqual(expected.text);
      expect(fingerprint(choice?.message.reasoning_content ?? '')).toEqual(expected.reasoning);
      expect(choice?.message.tool_calls).toEqual(
        expected.tool && [{ type: 'function', id: expected.tool[0], function: expected.tool[1] }],
      );
      expect(completion.usage).toMatchObject({ total_tokens: expected.tokens });
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
