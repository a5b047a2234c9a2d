// What is left behind, as counts: sockets, native streams, heap, parts; and the order of the end (issue 3, "done when").

import { describe, expect, it, vi } from 'vitest';
import { Auriko } from '../ts/client/index.js';
import { type AurikoProviderSettings, createAuriko } from '../ts/index.js';
import { loadAddon } from '../ts/transport/native.js';
import {
  chunk,
  type Exchange,
  ending,
  frames,
  type ScriptedServer,
  scriptedServer,
} from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const PROMPT = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi'.repeat(2000) }] }];
const MEBIBYTE = 1024 * 1024;
const AT_ONCE = 50;

/** Says a little, then nothing. */
const stalled = (exchange: Exchange) => {
  exchange.head(200, { 'content-type': 'text/event-stream' });
  exchange.write(frames(chunk({ role: 'assistant', content: 'a' })));
};

/** Bytes of the heap that are in use once the collector has nothing left to do. */
async function usedHeap(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('the test process runs without --expose-gc');
  for (let round = 0; round < 5; round += 1) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

async function inFlight(): Promise<number> {
  const loaded = await loadAddon();
  return 'reason' in loaded ? 0 : loaded.inbox.core.inFlight();
}

describe.each(transports)('over %s', (_name, transport) => {
  const modelOf = (server: ScriptedServer, more: AurikoProviderSettings = {}) =>
    createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url, ...more })('m');

  it('1,000 aborted streams leave no socket, no native stream and no heap behind', async () => {
    const server = await scriptedServer(stalled);
    const model = modelOf(server);
    const abortSome = async (count: number) => {
      for (let done = 0; done < count; done += AT_ONCE) {
        const calls = Array.from({ length: AT_ONCE }, async (_, index) => {
          const controller = new AbortController();
          const { stream } = await model.doStream({ prompt: PROMPT, abortSignal: controller.signal });
          const reader = stream.getReader();
          // Some are read, some only opened.
          if (index % 2 === 0) await reader.read();
          controller.abort();
          // Not by `expect`, which keeps every promise that it waits for until the test ends.
          const reason: unknown = await reader.read().then(undefined, (error: unknown) => error);
          if (reason !== controller.signal.reason) throw new Error('the stream was not aborted');
        });
        await Promise.all(calls);
      }
      await vi.waitFor(() => expect(server.openConnections()).toBe(0), { timeout: 10_000 });
      // What the server remembers of each is not the client's.
      server.requests.length = 0;
    };
    await abortSome(200);
    const before = await usedHeap();
    await abortSome(1000);
    expect(await inFlight()).toBe(0);
    const grown = (await usedHeap()) - before;
    // The requests alone were 4 MB.
    expect(grown).toBeLessThan(2 * MEBIBYTE);
  }, 60_000);

  it('1,000 aborted streams of the SDK leave no socket, no native stream and no heap behind either', async () => {
    const server = await scriptedServer(stalled);
    const client = new Auriko({ transport, apiKey: 'ak_test', baseURL: server.url });
    const messages = [{ role: 'user' as const, content: 'hi'.repeat(2000) }];
    const abortSome = async (count: number) => {
      for (let done = 0; done < count; done += AT_ONCE) {
        const calls = Array.from({ length: AT_ONCE }, async (_, index) => {
          const controller = new AbortController();
          const { data } = await client.chat.completions
            .create({ model: 'm', messages, stream: true }, { signal: controller.signal })
            .withResponse();
          // Some by the signal, some by themselves, some are split first.
          if (index % 3 === 0) controller.abort();
          else if (index % 3 === 1) for await (const _chunk of data) break;
          else for (const branch of data.tee()) branch.abort();
        });
        await Promise.all(calls);
      }
      await vi.waitFor(() => expect(server.openConnections()).toBe(0), { timeout: 10_000 });
      server.requests.length = 0;
    };
    await abortSome(200);
    const before = await usedHeap();
    await abortSome(1000);
    expect(await inFlight()).toBe(0);
    expect((await usedHeap()) - before).toBeLessThan(2 * MEBIBYTE);
  }, 60_000);

  it('100 loops over the stream that are left early leave no socket', async () => {
    const server = await scriptedServer(stalled);
    const model = modelOf(server);
    for (let count = 0; count < 100; count += 1) {
      const { stream } = await model.doStream({ prompt: PROMPT });
      for await (const part of stream) if (part.type === 'text-delta') break;
    }
    await vi.waitFor(() => expect(server.openConnections()).toBe(0), { timeout: 10_000 });
    expect(server.requests).toHaveLength(100);
    expect(await inFlight()).toBe(0);
  });

  it('a stream that everybody has let go of is closed by the collector', async () => {
    const { gc } = globalThis;
    if (gc === undefined) throw new Error('the test process runs without --expose-gc');
    const server = await scriptedServer(stalled);
    const model = modelOf(server, { abandonedAfterMs: 0 });
    await (async () => {
      const { stream } = await model.doStream({ prompt: PROMPT });
      expect((await stream.getReader().read()).value?.type).toBe('stream-start');
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

  it('finish comes at [DONE], while the server still holds the connection open', async () => {
    const order: string[] = [];
    let close = () => {};
    const server = await scriptedServer((exchange) => {
      exchange.head(200, { 'content-type': 'text/event-stream' });
      exchange.write(frames(chunk({ content: 'a' }), ...ending()));
      close = () => {
        order.push('server closes');
        exchange.end();
      };
    });
    const { stream } = await modelOf(server).doStream({ prompt: PROMPT });
    const reader = stream.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (value.type === 'finish') order.push('finish');
    }
    order.push('end of the stream');
    close();
    expect(order).toEqual(['finish', 'end of the stream', 'server closes']);
  });
});
