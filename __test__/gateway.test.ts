// The gateway as users meet it: embedded, as a server in this process, and as a command. No vendor, no key.

import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Auriko, type ChatCompletionChunk } from '../ts/client/index.js';
import { createGateway, type GatewayConfig, startGateway } from '../ts/gateway/index.js';
import { createAuriko } from '../ts/index.js';
import { json, scriptedServer } from './helpers/scripted-server.js';

const messages = [{ role: 'user' as const, content: 'Say something.' }];

/** Quick, so that tests do not wait for simulated latency. */
const QUICK: GatewayConfig = {
  providers: [
    {
      id: 'sim',
      kind: 'simulated',
      latency_ms: 0,
      chunk_pace_ms: 0,
      output_tokens: 20,
      input_price: 1,
      output_price: 2,
      models: [{ id: 'demo' }],
    },
  ],
};

async function readAll(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const item of stream) chunks.push(item);
  return chunks;
}

/** Without what differs from call to call. */
function comparable(chunks: ChatCompletionChunk[]): unknown {
  return chunks.map(({ id, created, routing_metadata, ...rest }) => {
    if (routing_metadata === undefined) return rest;
    const { ttft_ms, throughput_tps, ...routing } = routing_metadata;
    return { ...rest, routing };
  });
}

describe('without configuration', () => {
  it('serves the simulated provider alone, and says so', () => {
    for (const name of Object.keys(process.env).filter((name) => name.endsWith('_API_KEY'))) {
      vi.stubEnv(name, undefined);
    }
    const { models, providers, simulated_only, notice } = createGateway().describe();
    expect(models).toEqual([{ id: 'simulated', providers: ['simulated'] }]);
    expect(providers).toEqual(['simulated']);
    expect(simulated_only).toBe(true);
    expect(notice).toMatch(/simulated/);
    vi.unstubAllEnvs();
  });
});

describe('a wrong configuration names what is wrong', () => {
  it.each([
    [{ providers: [], nope: 1 }, /nope/],
    [{ providers: [{ id: 'x', kind: 'strange' }] }, /strange/],
    [{ providers: [{ id: 'x', kind: 'simulated', failure_rate: 2 }] }, /failure_rate/],
    [{ providers: [{ id: 'x', kind: 'simulated', latncy_ms: 2 }] }, /latncy_ms/],
    [{ providers: [{ id: 'x', kind: 'openai-compatible', models: [{ id: 'm' }] }] }, /base_url/],
  ])('%j', (config, message) => {
    // The casts are the point: JavaScript users have no compiler to stop them.
    expect(() => createGateway(config as unknown as GatewayConfig)).toThrow(message);
  });
});

describe('embedded', () => {
  it('gives the SDK the same chunks as the HTTP server does', async () => {
    const gateway = createGateway(QUICK);
    const server = await startGateway({ port: 0, config: QUICK });
    const params = { model: 'demo', messages, stream: true as const, seed: 1 };
    const embedded = await readAll(await new Auriko({ transport: gateway }).chat.completions.create(params));
    const overHttp = await readAll(
      await new Auriko({ apiKey: 'ak_x', baseURL: server.url }).chat.completions.create(params),
    );
    await server.close();
    expect(comparable(embedded)).toEqual(comparable(overHttp));
    expect(embedded.at(-1)?.usage?.completion_tokens).toBe(20);
    expect(embedded.at(-1)?.routing_metadata?.provider).toBe('sim');
  });

  it('streams through the provider, with cost and request id', async () => {
    const auriko = createAuriko({ transport: createGateway(QUICK) });
    const result = streamText({ model: auriko('demo'), prompt: 'hi' });
    let text = '';
    for await (const delta of result.textStream) text += delta;
    expect(text).toMatch(/simulated/);
    const usage = await result.usage;
    expect(usage.outputTokens).toBe(20);
    const details = (await result.finalStep).providerMetadata?.auriko;
    const expected = ((usage.inputTokens ?? 0) * 1 + 20 * 2) / 1e6;
    expect(details).toMatchObject({ cost: { usd: expected }, requestId: expect.stringMatching(/^req_/) });
    expect(auriko.transport).toEqual({ name: 'embedded' });
  });

  it('runs a tool loop: arguments fit the schema, and the answer follows the result', async () => {
    const auriko = createAuriko({ transport: createGateway(QUICK) });
    const calls: unknown[] = [];
    const weather = tool({
      description: 'The weather',
      inputSchema: jsonSchema<{ city: string; days: number }>({
        type: 'object',
        properties: {
          city: { type: 'string', minLength: 3 },
          days: { type: 'integer', minimum: 2, maximum: 4 },
        },
        required: ['city', 'days'],
        additionalProperties: false,
      }),
      execute: (input) => {
        calls.push(input);
        return { sky: 'blue' };
      },
    });
    const result = await generateText({
      model: auriko('demo'),
      prompt: 'weather?',
      tools: { weather },
      toolChoice: 'required',
      prepareStep: ({ stepNumber }) => (stepNumber === 0 ? {} : { toolChoice: 'auto' }),
      stopWhen: stepCountIs(2),
    });
    expect(result.steps.length).toBe(2);
    expect(calls.length).toBe(1);
    const { city, days } = calls[0] as { city: string; days: number };
    expect(city.length).toBeGreaterThanOrEqual(3);
    expect([2, 3, 4]).toContain(days);
    expect(result.text).not.toBe('');
  });

  it('answers with JSON that fits the schema', async () => {
    const auriko = createAuriko({ transport: createGateway(QUICK) });
    const schema = jsonSchema<{ name: string; tags: string[] }>({
      type: 'object',
      properties: {
        name: { type: 'string' },
        tags: { type: 'array', items: { type: 'string' }, minItems: 2 },
      },
      required: ['name', 'tags'],
      additionalProperties: false,
    });
    const result = await generateText({
      model: auriko('demo'),
      prompt: 'hi',
      output: Output.object({ schema }),
    });
    expect(typeof result.output.name).toBe('string');
    expect(result.output.tags.length).toBeGreaterThanOrEqual(2);
  });

  it('shows thinking when it is asked for', async () => {
    const auriko = createAuriko({ transport: createGateway(QUICK) });
    const result = await generateText({ model: auriko('demo'), prompt: 'hi', reasoning: 'low' });
    expect(result.reasoningText).toMatch(/./);
    expect(result.usage.outputTokenDetails.reasoningTokens).toBeGreaterThan(0);
  });

  it('takes another provider when one fails, and says which one answered', async () => {
    const gateway = createGateway({
      providers: [
        {
          id: 'broken',
          kind: 'simulated',
          latency_ms: 0,
          chunk_pace_ms: 0,
          failure_rate: 1,
          input_price: 0.1,
          output_price: 0.1,
          models: [{ id: 'demo' }],
        },
        ...QUICK.providers,
      ],
    });
    const client = new Auriko({ transport: gateway });
    const completion = await client.chat.completions.create({ model: 'demo', messages });
    expect(completion.routing_metadata?.provider).toBe('sim');
    const only = client.chat.completions.create({
      model: 'demo',
      messages,
      gateway: { routing: { providers: ['broken'] } },
    });
    await expect(only).rejects.toMatchObject({ name: 'APIStatusError', isRetryable: true });
  });

  it('a stream that breaks off is an error of the stream', async () => {
    const gateway = createGateway({
      providers: [{ id: 'cut', kind: 'simulated', latency_ms: 0, chunk_pace_ms: 0, cut_after_tokens: 3 }],
    });
    const client = new Auriko({ transport: gateway });
    const stream = await client.chat.completions.create({ model: 'cut/any', messages, stream: true });
    await expect(readAll(stream)).rejects.toMatchObject({ code: 'upstream_error', provider: 'cut' });
  });

  it('a provider that falls silent meets the idle limit', async () => {
    const gateway = createGateway({
      providers: [{ id: 'mute', kind: 'simulated', latency_ms: 0, chunk_pace_ms: 0, stall_after_tokens: 2 }],
    });
    const client = new Auriko({ transport: gateway, timeout: { idleMs: 60 } });
    const stream = await client.chat.completions.create({ model: 'mute/any', messages, stream: true });
    await expect(readAll(stream)).rejects.toMatchObject({ code: 'idle_timeout' });
  });

  it('an abort ends a simulated stream at once', async () => {
    const gateway = createGateway({
      providers: [{ id: 'slow', kind: 'simulated', latency_ms: 0, chunk_pace_ms: 60_000 }],
    });
    const controller = new AbortController();
    const auriko = createAuriko({ transport: gateway });
    const { stream } = await auriko('slow/any').doStream({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      abortSignal: controller.signal,
    });
    const reader = stream.getReader();
    await reader.read();
    controller.abort();
    await expect(
      (async () => {
        for (let next = await reader.read(); !next.done; next = await reader.read());
      })(),
    ).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('reaches an OpenAI-compatible server with its key, and reports a bad key without showing it', async () => {
    const upstream = await scriptedServer(json(401, { error: { message: 'bad key sk-vendor', code: null } }));
    const gateway = createGateway({
      providers: [
        {
          id: 'vendor',
          kind: 'openai-compatible',
          base_url: upstream.url,
          api_key: 'sk-vendor',
          models: [{ id: 'demo', upstream_id: 'demo-1' }],
        },
      ],
    });
    const client = new Auriko({ transport: gateway });
    const error = await client.chat.completions
      .create({ model: 'demo', messages })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'upstream_error', provider: 'vendor' });
    expect(String(error)).not.toContain('sk-vendor');
    expect(upstream.requests[0]?.headers.authorization).toBe('Bearer sk-vendor');
    expect(JSON.parse(upstream.requests[0]?.body ?? '')).toMatchObject({ model: 'demo-1' });
  });
});

describe('as a server', () => {
  it('answers health checks, and errors in the envelope', async () => {
    const server = await startGateway({ port: 0, config: QUICK });
    onTestFinished(() => server.close());
    const get = async (path: string, init?: RequestInit) => {
      const reply = await fetch(server.url + path, init);
      return [reply.status, reply.headers.get('x-request-id')?.slice(0, 4), await reply.json()];
    };
    expect(await get('/healthz')).toEqual([200, 'req_', { status: 'ok' }]);
    expect(await get('/nope')).toMatchObject([404, 'req_', { error: { code: 'resource_not_found' } }]);
    expect(await get('/v1/chat/completions')).toMatchObject([
      405,
      'req_',
      { error: { code: 'method_not_allowed' } },
    ]);
    const post = (body: string) =>
      get('/v1/chat/completions', { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(await post('{')).toMatchObject([400, 'req_', { error: { code: 'invalid_request' } }]);
    expect(await post('{"messages":[]}')).toMatchObject([
      400,
      'req_',
      { error: { param: expect.any(String) } },
    ]);
  });

  it('serves on where nothing but its URL is kept', async () => {
    const program = resolve(import.meta.dirname, 'programs/forgotten-server.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program]);
    expect(stdout).toMatch(/^This is a simulated reply/);
  });

  it('refuses addresses that other machines can reach', async () => {
    await expect(startGateway({ host: '0.0.0.0', port: 0, config: QUICK })).rejects.toThrow(/other machines/);
  });

  it('says that a port is taken', async () => {
    const server = await startGateway({ port: 0, config: QUICK });
    onTestFinished(() => server.close());
    await expect(startGateway({ port: server.port, config: QUICK })).rejects.toThrow(/use/);
  });

  it('lets a stream finish when it is closed', async () => {
    const config = { providers: [{ ...QUICK.providers[0], chunk_pace_ms: 10 }] } as GatewayConfig;
    const server = await startGateway({ port: 0, config });
    const client = new Auriko({ apiKey: 'ak_x', baseURL: server.url });
    const stream = await client.chat.completions.create({ model: 'demo', messages, stream: true });
    const reading = readAll(stream);
    const closing = server.close();
    expect((await reading).at(-1)?.usage?.completion_tokens).toBe(20);
    await closing;
  });
});

const cli = resolve(import.meta.dirname, '../dist/cli.js');

describe.skipIf(!existsSync(cli))('the command', () => {
  const start = async (...args: string[]) => {
    const child = spawn(process.execPath, [cli, 'gateway', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const exit = new Promise<number | null>((done) => child.once('exit', done));
    const url = await new Promise<string | undefined>((found) => {
      createInterface(child.stdout).on('line', (line) => {
        const match = /http:\/\/\S+/.exec(line);
        if (match !== null) found(match[0]);
      });
      void exit.then(() => found(undefined));
    });
    return { child, url, exit, errors: () => errors };
  };

  it('prints its URL, is healthy, streams, and stops on SIGINT', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'auriko-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { child, url, exit } = await start('--port', '0', '--data-dir', join(folder, 'data'));
    if (url === undefined) throw new Error('the gateway printed no URL');
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(existsSync(join(folder, 'data'))).toBe(true);
    const client = new Auriko({ apiKey: 'ak_x', baseURL: url });
    const chunks = await readAll(
      await client.chat.completions.create({ model: 'simulated', messages, stream: true }),
    );
    expect(chunks.length).toBeGreaterThan(5);
    child.kill('SIGINT');
    expect(await exit).toBe(0);
  });

  it('reads a configuration file, and says where it is wrong', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'auriko-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'gateway.toml');
    await writeFile(file, '[[providers]]\nid = "x"\nkind = "simulated"\nlatncy_ms = 3\n');
    const { url, exit, errors } = await start('--port', '0', '--config', file);
    expect(url).toBeUndefined();
    expect(await exit).toBe(1);
    expect(errors()).toMatch(/line 4[\s\S]*latncy_ms/);
  });

  it('has other commands, and helps who knows none', async () => {
    const run = async (...args: string[]) => {
      const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
      const read = async (stream: NodeJS.ReadableStream) => {
        let text = '';
        for await (const piece of stream.setEncoding('utf8')) text += piece;
        return text;
      };
      const code = new Promise<number | null>((done) => child.once('exit', done));
      const [output, errors] = await Promise.all([read(child.stdout), read(child.stderr)]);
      return { code: await code, output, errors };
    };
    const help = await run();
    expect(help.code).toBe(0);
    for (const command of ['gateway', 'check', 'models', 'route', 'catalog', 'simulate']) {
      expect(help.output).toContain(command);
    }
    expect(await run('--version')).toMatchObject({ code: 0, output: expect.stringMatching(/^auriko \d/) });
    expect(await run('serve')).toMatchObject({ code: 2, errors: expect.stringContaining('serve') });
    const trace = resolve(import.meta.dirname, '../examples/traces/batch.jsonl');
    const simulated = await run('simulate', trace, '--json');
    expect(simulated.code).toBe(0);
    expect(JSON.parse(simulated.output)).toMatchObject([{ trace: 'batch' }]);
  });
});
