// What only the addon can get wrong: threads, process life, teardown, garbage. Runs the built package in processes and
// threads of their own.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { Auriko } from '../ts/client/index.js';
import { loadAddon } from '../ts/transport/native.js';
import { collect, testRequest } from './helpers/collect.js';
import { chunk, type Exchange, ending, frames, scriptedServer, sse } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const run = promisify(execFile);
const program = (name: string) => resolve(import.meta.dirname, 'programs', name);
const native = transports.find(([name]) => name === 'native')?.[1];
const isBuilt = existsSync(resolve(import.meta.dirname, '../dist/client/index.js'));

if (!isBuilt) console.warn('skipped: dist/ is not built; `npm test` builds it');

/** Streams a piece and leaves the connection open. */
const endless = (onOpen: (exchange: Exchange) => void = () => {}) => {
  return (exchange: Exchange) => {
    onOpen(exchange);
    exchange.head(200);
    exchange.write(frames(chunk({ content: 'a' })));
  };
};

describe.skipIf(native === undefined || !isBuilt)('the addon', () => {
  it('lets the process end when nothing is in flight', async () => {
    const server = await scriptedServer(sse(frames(chunk({ content: 'hello' }), ...ending())));
    const { stdout } = await run(process.execPath, [program('stream-once.mjs'), server.url]);
    expect(stdout.trim()).toBe('hello');
  });

  it('holds the process open while a request is in flight', async () => {
    let exchange: Exchange | undefined;
    const server = await scriptedServer(
      endless((opened) => {
        exchange = opened;
      }),
    );
    const ended = run(process.execPath, [program('stream-once.mjs'), server.url, 'idle']).then(() => 'ended');
    await vi.waitFor(() => expect(exchange).toBeDefined(), { timeout: 10_000 });
    const beforeEnd = Promise.race([ended, new Promise((wait) => setTimeout(wait, 300, 'running'))]);
    expect(await beforeEnd).toBe('running');
    exchange?.write(frames(...ending()));
    exchange?.end();
    expect(await ended).toBe('ended');
  });

  it('ends with its process in the middle of a stream', async () => {
    let exchange: Exchange | undefined;
    const server = await scriptedServer(
      endless((opened) => {
        exchange = opened;
      }),
    );
    const exited = run(process.execPath, [program('stream-once.mjs'), server.url, 'exit']);
    await expect(exited).rejects.toMatchObject({ code: 7, stderr: '' });
    await exchange?.closed;
  });

  it('works in worker threads, each with its own outbox', async () => {
    const server = await scriptedServer(sse(frames(chunk({ content: 'from a worker' }), ...ending())));
    const texts = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const worker = new Worker(program('stream-in-worker.mjs'), { workerData: { url: server.url } });
        const exited = new Promise((exit) => worker.on('exit', exit));
        const end = await new Promise<string>((done, fail) => {
          worker.on('message', (message: { end?: string }) => message.end !== undefined && done(message.end));
          worker.on('error', fail);
        });
        expect(await exited).toBe(0);
        return end;
      }),
    );
    expect(texts).toEqual(Array.from({ length: 4 }, () => 'from a worker'));
  });

  it('closes its connections when a worker is terminated in the middle of a stream, again and again', async () => {
    const exchanges: Exchange[] = [];
    const server = await scriptedServer(endless((opened) => exchanges.push(opened)));
    for (let round = 0; round < 10; round += 1) {
      const worker = new Worker(program('stream-in-worker.mjs'), { workerData: { url: server.url } });
      await new Promise((streaming, fail) => {
        worker.on('message', streaming);
        worker.on('error', fail);
      });
      await worker.terminate();
    }
    await Promise.all(exchanges.map((exchange) => exchange.closed));
    expect(exchanges.length).toBe(10);
  });

  it('cancels a stream that nobody holds any more', async () => {
    const { gc } = globalThis;
    if (gc === undefined) throw new Error('the test process runs without --expose-gc');
    let exchange: Exchange | undefined;
    const server = await scriptedServer(
      endless((opened) => {
        exchange = opened;
      }),
    );
    const client = new Auriko({ apiKey: 'ak_test', baseURL: server.url, transport: 'native' });
    await (async () => {
      const stream = await client.chat.completions.create({ model: 'm', messages: [], stream: true });
      await stream[Symbol.asyncIterator]().next();
    })();
    let isClosed = false;
    void exchange?.closed.then(() => {
      isClosed = true;
    });
    await vi.waitFor(
      () => {
        gc();
        expect(isClosed).toBe(true);
      },
      { timeout: 10_000, interval: 20 },
    );
  });

  it('forgets 500 cancelled streams: none in flight, no connection open', async () => {
    if (native === undefined) throw new Error('unreachable');
    const loaded = await loadAddon();
    if ('reason' in loaded) throw new Error(loaded.reason);
    const server = await scriptedServer(endless());
    for (let batch = 0; batch < 10; batch += 1) {
      await Promise.all(
        Array.from({ length: 50 }, () => {
          return new Promise<void>((cancelled) => {
            void collect(native, testRequest(server.url), {}, (event, handle) => {
              if (event.type !== 'text') return;
              handle.cancel();
              // A second time is harmless.
              handle.cancel();
              cancelled();
            });
          });
        }),
      );
    }
    expect(server.requests.length).toBe(500);
    expect(loaded.inbox.core.inFlight()).toBe(0);
    await vi.waitFor(() => expect(server.openConnections()).toBe(0), { timeout: 10_000 });
  });

  it('hands over more records than one drain can hold', async () => {
    if (native === undefined) throw new Error('unreachable');
    const count = 20_000;
    const body = frames(
      ...Array.from({ length: count }, (_, index) => chunk({ content: `${index};` })),
      ...ending(),
    );
    const server = await scriptedServer(sse(body));
    const { events } = await collect(native, testRequest(server.url));
    const text = events.flatMap((event) => (event.type === 'text' ? event.delta : []));
    expect(text.length).toBe(count);
    expect(text.join('')).toBe(Array.from({ length: count }, (_, index) => `${index};`).join(''));
  });

  it('holds deltas back as long as it is told to, but never the first one or the end', async () => {
    if (native === undefined) throw new Error('unreachable');
    let exchange: Exchange | undefined;
    const server = await scriptedServer((opened) => {
      exchange = opened;
      opened.head(200);
      opened.write(frames(chunk({ content: 'first' })));
    });
    let sent = 0;
    const { events } = await collect(
      native,
      testRequest(server.url),
      { coalesce: { everyMs: 60_000 } },
      (event) => {
        // The rest is sent once the first delta is here, in pieces of their own.
        if (event.type === 'text' && sent++ === 0) {
          for (let index = 0; index < 20; index += 1) exchange?.write(frames(chunk({ content: '.' })));
          exchange?.write(frames(...ending()));
          exchange?.end();
        }
      },
    );
    const deltas = events.flatMap((event) => (event.type === 'text' ? event.delta : []));
    expect(deltas).toEqual(['first', '.'.repeat(20)]);
  });

  it('says why a request cannot be sent, and shows no secret', async () => {
    if (native === undefined) throw new Error('unreachable');
    const cases = [
      testRequest('not a url'),
      testRequest('http://127.0.0.1:1', { headers: { authorization: 'Bearer ak_secret\nx' } }),
    ];
    for (const request of cases) {
      const { outcome } = await collect(native, request);
      expect(outcome).toMatchObject({ type: 'failed', failure: { kind: 'request' } });
      expect(JSON.stringify(outcome)).not.toContain('ak_secret');
    }
  });
});
