// Mocks replace `globalThis.fetch` after the package was loaded, and mean its requests too.

import { afterEach, describe, expect, it, vi } from 'vitest';

import { createAuriko } from '../ts/index.js';
import { chunk, ending, frames, scriptedServer, sse } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const PROMPT = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }];
const hasNative = transports.some(([name]) => name === 'native');

afterEach(() => vi.unstubAllGlobals());

/** A `fetch` that counts, and passes on. */
function counting() {
  const original = globalThis.fetch;
  const replaced = vi.fn((...request: Parameters<typeof fetch>) => original(...request));
  vi.stubGlobal('fetch', replaced);
  return replaced;
}

async function stream(settings: Parameters<typeof createAuriko>[0]) {
  const server = await scriptedServer(sse(frames(chunk({ content: 'a' }), ...ending())));
  const auriko = createAuriko({ apiKey: 'ak_test', baseURL: server.url, ...settings });
  const result = await auriko('m').doStream({ prompt: PROMPT });
  for await (const part of result.stream) if (part.type === 'error') throw part.error;
  return auriko.transport;
}

describe.skipIf(process.env['AURIKO_TRANSPORT'] !== undefined)('a replaced fetch', () => {
  it('sees the requests, and the transport says why', async () => {
    const replaced = counting();
    const transport = await stream({});
    expect(replaced).toHaveBeenCalledTimes(1);
    expect(transport).toEqual({ name: 'fetch', reason: expect.stringContaining('globalThis.fetch') });
  });

  it.skipIf(!hasNative)('is not asked by who insists on the native transport', async () => {
    const replaced = counting();
    expect(await stream({ transport: 'native' })).toEqual({ name: 'native' });
    expect(replaced).not.toHaveBeenCalled();
  });

  it.skipIf(!hasNative)('that is put back leaves later clients on the native transport', async () => {
    counting();
    vi.unstubAllGlobals();
    expect(await stream({})).toEqual({ name: 'native' });
  });
});
