// Streams that nobody reads any more, and the time limits of a call (ai-sdk-provider.md §7). Nothing sleeps: servers
// say what they want to be waited for, and the client's own limits end the tests.

import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { streamText } from 'ai';
import { describe, expect, it, vi } from 'vitest';
import { PartQueue } from '../ts/ai-sdk/part-queue.js';
import { type AurikoProviderSettings, createAuriko } from '../ts/index.js';
import {
  chunk,
  type Exchange,
  frames,
  type ScriptedServer,
  scriptedServer,
} from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const PROMPT = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }];
/** Milliseconds after which the tests' streams count as abandoned. */
const SOON = 40;

/** Goes on until the client leaves; `closed` resolves when it has. */
function endless() {
  let left: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    left = resolve;
  });
  const script = async (exchange: Exchange) => {
    let isOpen = true;
    void exchange.closed.then(() => {
      isOpen = false;
      left();
    });
    exchange.head(200, { 'content-type': 'text/event-stream' });
    for (let count = 0; isOpen; count += 1) {
      exchange.write(frames(chunk({ content: `${count} ` })));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  return { script, closed };
}

async function rest(reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart>) {
  const parts: LanguageModelV4StreamPart[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return parts;
    parts.push(value);
  }
}

const rejection = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => {
      throw new Error('it did not reject');
    },
    (reason: unknown) => reason,
  );

describe.each(transports)('over %s', (_name, transport) => {
  const modelOf = (server: ScriptedServer, more: AurikoProviderSettings = {}) =>
    createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url, ...more })('m');

  describe('an abandoned stream', () => {
    it('is closed when a loop over textStream is left early', async () => {
      const { script, closed } = endless();
      const server = await scriptedServer(script);
      const model = modelOf(server, { abandonedAfterMs: SOON });
      // Held for the whole test: the collector must not be what closes it.
      const result = streamText({ model, prompt: 'hi', onError: () => {} });
      for await (const text of result.textStream) if (text !== '') break;
      await closed;
      expect(result.textStream).toBeDefined();
    });

    it('gives what was there and an error to who reads on, with every block ended', async () => {
      const { script, closed } = endless();
      const server = await scriptedServer(script);
      const providerOptions = { auriko: { abandonedAfterMs: SOON } };
      const { stream } = await modelOf(server).doStream({ prompt: PROMPT, providerOptions });
      const reader = stream.getReader();
      while ((await reader.read()).value?.type !== 'text-delta');
      await closed;
      const parts = await rest(reader);
      expect(parts[0]).toMatchObject({ type: 'text-delta' });
      expect(parts.slice(-3)).toMatchObject([
        { type: 'error', error: { code: 'stream_abandoned', isRetryable: false } },
        { type: 'text-end' },
        { type: 'finish', finishReason: { unified: 'error' } },
      ]);
    });

    it('lets go of the signal', async () => {
      const { script, closed } = endless();
      const server = await scriptedServer(script);
      const { signal } = new AbortController();
      const removed = vi.spyOn(signal, 'removeEventListener');
      const model = modelOf(server, { abandonedAfterMs: SOON });
      const { stream } = await model.doStream({ prompt: PROMPT, abortSignal: signal });
      await closed;
      expect(removed).toHaveBeenCalledTimes(1);
      await stream.cancel();
    });
  });

  describe('limits of a call', () => {
    const call = (timeout: Record<string, number>): LanguageModelV4CallOptions => ({
      prompt: PROMPT,
      providerOptions: { auriko: { timeout } },
    });

    it.each([
      ['firstByteMs', 'first_byte_timeout', true],
      ['totalMs', 'total_timeout', false],
    ] as const)('%s ends a call that gets no answer', async (limit, code, isRetryable) => {
      const closed: Promise<void>[] = [];
      const server = await scriptedServer((exchange) => void closed.push(exchange.closed));
      for (const method of ['doGenerate', 'doStream'] as const) {
        const error = await rejection(modelOf(server)[method](call({ [limit]: 30 })));
        expect(error).toMatchObject({ name: 'APIConnectionError', code, isRetryable });
      }
      await Promise.all(closed);
      expect(closed).toHaveLength(2);
    });

    it('idleMs ends a stream that only keeps the line warm', async () => {
      let closed: Promise<void> | undefined;
      const server = await scriptedServer((exchange) => {
        closed = exchange.closed;
        exchange.head(200, { 'content-type': 'text/event-stream' });
        exchange.write(frames(chunk({ content: 'a' })));
        const warm = setInterval(() => exchange.write(': keep-alive\n\n'), 5);
        void exchange.closed.then(() => clearInterval(warm));
      });
      const { stream } = await modelOf(server).doStream(call({ idleMs: 40 }));
      const parts = await rest(stream.getReader());
      expect(parts.find((part) => part.type === 'error')).toMatchObject({
        error: { code: 'idle_timeout', isRetryable: true },
      });
      await closed;
    });

    it('totalMs ends a stream that goes on and on', async () => {
      const { script, closed } = endless();
      const server = await scriptedServer(script);
      const { stream } = await modelOf(server).doStream(call({ totalMs: 60 }));
      const parts = await rest(stream.getReader());
      expect(parts.find((part) => part.type === 'error')).toMatchObject({
        error: { code: 'total_timeout', isRetryable: false },
      });
      expect(parts.at(-1)).toMatchObject({ type: 'finish', finishReason: { unified: 'error' } });
      await closed;
    });
  });
});

describe('the queue', () => {
  const delta = (text: string): LanguageModelV4StreamPart => ({ type: 'text-delta', id: 't0', delta: text });

  /** A queue on a clock of the test's own. */
  function open(abandonedAfterMs: number) {
    vi.useFakeTimers();
    const abandoned = vi.fn();
    const queue = new PartQueue(false, { consumed() {}, cancelled() {}, abandoned }, abandonedAfterMs);
    return { queue, abandoned };
  }

  it('has one timer however many parts wait, and none when it is closed', () => {
    const { queue } = open(100);
    try {
      const { stream } = queue;
      expect(vi.getTimerCount()).toBe(0);
      for (let count = 0; count < 1000; count += 1) queue.push(delta('x'));
      expect([vi.getTimerCount(), stream.locked]).toEqual([1, false]);
      queue.close();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('has none while the stream was not handed out, nor with 0', () => {
    const { queue } = open(100);
    const { queue: patient } = open(0);
    try {
      queue.push(delta('x'));
      expect([patient.stream.locked, vi.getTimerCount()]).toEqual([false, 0]);
      patient.push(delta('x'));
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('goes by what is taken: a slow reader of a large batch has not left', async () => {
    const { queue, abandoned } = open(100);
    try {
      const reader = queue.stream.getReader();
      for (let count = 0; count < 5; count += 1) queue.push(delta('x'));
      for (let count = 0; count < 5; count += 1) {
        await reader.read();
        vi.advanceTimersByTime(99);
      }
      vi.advanceTimersByTime(1000);
      expect(abandoned).not.toHaveBeenCalled();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('counts what waited before the stream was handed out, from then on', () => {
    const { queue, abandoned } = open(100);
    try {
      queue.push(delta('x'));
      vi.advanceTimersByTime(1000);
      expect([abandoned.mock.calls.length, queue.stream.locked]).toEqual([0, false]);
      vi.advanceTimersByTime(100);
      expect(abandoned).toHaveBeenCalledTimes(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('leaves a reader alone who waits for the server, however long', async () => {
    const { queue, abandoned } = open(100);
    try {
      const reader = queue.stream.getReader();
      queue.push(delta('a'));
      await reader.read();
      const waiting = reader.read();
      vi.advanceTimersByTime(1000);
      expect([abandoned.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
      queue.push(delta('b'));
      expect((await waiting).value).toEqual(delta('b'));
    } finally {
      vi.useRealTimers();
    }
  });

  it('notices a reader who takes one of a batch and leaves', async () => {
    const { queue, abandoned } = open(100);
    try {
      const reader = queue.stream.getReader();
      queue.push(delta('a'));
      queue.push(delta('b'));
      await reader.read();
      vi.advanceTimersByTime(99);
      expect(abandoned).not.toHaveBeenCalled();
      vi.advanceTimersByTime(101);
      expect(abandoned).toHaveBeenCalledExactlyOnceWith(100);
    } finally {
      vi.useRealTimers();
    }
  });
});
