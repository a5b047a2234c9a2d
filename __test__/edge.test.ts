// The package on an edge runtime: bundled under the platform's export condition it holds nothing of Node and no addon,
// and it streams inside the runtime's own VM.

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { EdgeVM } from '@edge-runtime/vm';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';
import { chunk, ending, frames, scriptedServer, sse } from './helpers/scripted-server.js';

const entry = resolve(import.meta.dirname, '../dist/index.js');
const isBuilt = existsSync(entry);

if (!isBuilt) console.warn('skipped: dist/ is not built; `npm test` builds it');

const bridge = resolve(import.meta.dirname, '../dist/openai/index.js');

/** A built entry as one script, as a bundler for the platform makes it, with `AurikoPackage` as its exports. */
async function bundle(condition: string, input = entry): Promise<string> {
  const build = await rolldown({
    input,
    platform: 'neutral',
    resolve: { conditionNames: [condition, 'import', 'default'] },
    // Its paths are for the sources; a user's bundler goes by the package's own `imports`.
    tsconfig: false,
    logLevel: 'warn',
  });
  const { output } = await build.generate({ format: 'iife', name: 'AurikoPackage' });
  await build.close();
  return output.map((file) => ('code' in file ? file.code : '')).join('\n');
}

describe.skipIf(!isBuilt).each(['edge-light', 'workerd', 'browser'])(
  'under the condition %s',
  (condition) => {
    it('nothing of Node and no addon is in the bundle', async () => {
      const code = await bundle(condition);
      expect(code).not.toMatch(/from\s*['"]node:|require\(['"]node:|createRequire|\.node['"]/);
      // Its name as text is how it is looked for where it may be.
      expect(code.replace(/['"]Buffer['"]/g, '')).not.toMatch(/\bBuffer\b/);
      expect(code).toContain('auriko-ai-sdk');
    });

    it('nor in the bundle of the OpenAI bridge', async () => {
      const code = await bundle(condition, bridge);
      expect(code).not.toMatch(/from\s*['"]node:|require\(['"]node:|createRequire|\.node['"]/);
      expect(code).toContain('auriko.routing');
    });
  },
);

it.skipIf(!isBuilt)('streams inside the edge VM', async () => {
  const server = await scriptedServer(
    sse(frames(chunk({ content: 'from ' }), chunk({ content: 'the edge' }), ...ending())),
  );
  const vm = new EdgeVM();
  vm.evaluate(await bundle('edge-light'));
  const read: unknown = vm.evaluate(`(async () => {
    const auriko = AurikoPackage.createAuriko({ apiKey: 'ak_test', baseURL: ${JSON.stringify(server.url)} });
    const { stream } = await auriko('m').doStream({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
    });
    let text = '';
    let finish;
    for await (const part of stream) {
      if (part.type === 'text-delta') text += part.delta;
      if (part.type === 'finish') finish = part.finishReason.unified;
    }
    return JSON.stringify({ text, finish, transport: auriko.transport.name });
  })()`);
  expect(JSON.parse(String(await read))).toEqual({
    text: 'from the edge',
    finish: 'stop',
    transport: 'fetch',
  });
  expect(server.requests.length).toBe(1);
});

it.skipIf(!isBuilt)('the OpenAI bridge streams inside the edge VM, with the package it extends', async () => {
  const server = await scriptedServer(
    sse(frames(chunk({ content: 'from ' }), chunk({ content: 'the edge' }), ...ending())),
    sse(frames(chunk({ content: 'cut' }))),
  );
  const code = await bundle('edge-light', bridge);
  expect(code).not.toMatch(/\.node['"]|napi/);
  const vm = new EdgeVM();
  vm.evaluate(code);
  const read: unknown = vm.evaluate(`(async () => {
    const options = { apiKey: 'ak_test', baseURL: ${JSON.stringify(server.url)}, maxRetries: 0 };
    const client = new AurikoPackage.AurikoOpenAI(options);
    const request = { model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true };
    let text = '';
    for await (const { choices } of await client.chat.completions.create(request)) {
      text += choices[0]?.delta?.content ?? '';
    }
    try {
      for await (const _ of await client.chat.completions.create(request));
    } catch (error) {
      return JSON.stringify([text, AurikoPackage.mapOpenAIError(error).code]);
    }
  })()`);
  expect(JSON.parse(String(await read))).toEqual(['from the edge', 'stream_interrupted']);
});

it.skipIf(!isBuilt)('errors keep their class inside the edge VM', async () => {
  const server = await scriptedServer(sse());
  const vm = new EdgeVM();
  vm.evaluate(await bundle('edge-light'));
  const read: unknown = vm.evaluate(`(async () => {
    const auriko = AurikoPackage.createAuriko({ apiKey: 'ak_test', baseURL: ${JSON.stringify(server.url)} });
    const call = auriko('m').doStream({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] });
    return call.then(() => 'accepted', (error) => [AurikoPackage.AurikoAPIError.isInstance(error), error.code].join());
  })()`);
  expect(await read).toBe('true,stream_interrupted');
});
