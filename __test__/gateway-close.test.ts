// What an embedded gateway has to write is written when its process ends, however it ends; and when it is closed.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Auriko } from '../ts/client/index.js';
import { createGateway } from '../ts/gateway/index.js';

const run = promisify(execFile);
const program = resolve(import.meta.dirname, 'programs/call-and-end.mjs');
const cli = resolve(import.meta.dirname, '../dist/cli.js');

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'auriko-close-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** The ledger's lines: model and number of requests. */
async function ledger(data: string): Promise<string[]> {
  const { stdout } = await run(process.execPath, [
    ...[cli, 'usage', '--by', 'model', '--format', 'csv', '--data-dir', data],
  ]);
  const [, ...lines] = stdout.trim().split('\n');
  return lines.map((line) => line.split(',').slice(0, 2).join(' '));
}

function config(data: string) {
  return {
    providers: [
      { id: 'p', kind: 'simulated' as const, latency_ms: 0, chunk_pace_ms: 0, models: [{ id: 'm' }] },
    ],
    store: { data_dir: data },
  };
}

describe('a process that ends right after a call', () => {
  it.each(['by itself', 'process.exit', 'uncaught', 'worker'])('leaves its row: %s', async (how) => {
    const data = await directory();
    const ended = run(process.execPath, [program, data, how]);
    if (how === 'uncaught') await expect(ended).rejects.toThrow(/on purpose/);
    else await ended;
    expect(await ledger(data)).toEqual(['m 1']);
  });
});

describe('close', () => {
  it('writes, gives the store free, and refuses what comes later', async () => {
    const data = await directory();
    const gateway = createGateway(config(data));
    const client = new Auriko({ transport: gateway });
    const body = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] };
    await client.chat.completions.create(body);
    await Promise.all([gateway.close(), gateway.close()]);
    // Another process can have it now.
    expect(await ledger(data)).toEqual(['m 1']);
    await expect(client.chat.completions.create(body, { maxRetries: 0 })).rejects.toThrow(
      /gateway is closed/,
    );
  });

  it('is what `await using` calls', async () => {
    const data = await directory();
    const gateway = createGateway(config(data));
    const client = new Auriko({ transport: gateway });
    await client.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] });
    await gateway[Symbol.asyncDispose]();
    expect(await ledger(data)).toEqual(['m 1']);
  });
});
