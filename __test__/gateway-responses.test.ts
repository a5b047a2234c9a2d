// The Responses API of the gateway as our own clients use it: in this process without a socket, and over HTTP.

import { generateText, jsonSchema, Output, stepCountIs, streamText, tool } from 'ai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Auriko, type ResponseStreamEvent } from '../ts/client/index.js';
import { createGateway, type GatewayConfig, startGateway } from '../ts/gateway/index.js';
import { createAuriko } from '../ts/index.js';
import { frames, scriptedServer, sse } from './helpers/scripted-server.js';

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

type Settings = Parameters<typeof createAuriko>[0];

const ways: [string, (config: GatewayConfig) => Promise<Settings & object>][] = [
  ['embedded', async (config) => ({ transport: createGateway(config) })],
  [
    'over HTTP',
    async (config) => {
      const server = await startGateway({ config, port: 0 });
      onTestFinished(() => server.close());
      return { baseURL: server.url, apiKey: 'ak_none' };
    },
  ],
];

/** Makes every call of the test call its tool. */
const CALLS_TOOLS = { extraBody: { extensions: { simulated: { call_tools: true } } } };

function weather() {
  return tool({
    inputSchema: jsonSchema<{ city: string }>({
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
    }),
    execute: ({ city }) => `sunny in ${city}`,
  });
}

async function readAll(events: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const all: ResponseStreamEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

describe.each(ways)('%s, the provider', (_name, open) => {
  it('gives the same text at once and in a stream', async () => {
    const model = createAuriko(await open(QUICK)).responses('demo');
    const plain = await generateText({ model, prompt: 'Hi' });
    expect(plain.text).toMatch(/^This is a simulated reply/);
    expect(plain.finishReason).toBe('stop');
    expect(plain.providerMetadata?.['auriko']).toMatchObject({
      routing: { provider: 'sim', cost: { usd: expect.any(Number) } },
      responseId: expect.stringMatching(/^resp_/),
    });
    const streamed = streamText({ model, prompt: 'Hi' });
    expect(await streamed.text).toBe(plain.text);
    expect(await streamed.usage).toEqual(plain.usage);
    expect((await streamed.finalStep).providerMetadata?.['auriko']).toMatchObject({
      routing: { provider: 'sim' },
    });
  });

  it('runs tools, and thinking goes back with their results', async () => {
    const model = createAuriko(await open(QUICK)).responses('demo');
    const result = streamText({
      model,
      prompt: 'Hi',
      tools: { weather: weather() },
      stopWhen: stepCountIs(3),
      include: { requestBody: true },
      providerOptions: { auriko: { reasoningEffort: 'low', ...CALLS_TOOLS } },
    });
    expect(await result.text).toMatch(/^This is a simulated reply/);
    const [first, second] = await result.steps;
    expect(first?.content.map(({ type }) => type)).toEqual(['reasoning', 'tool-call', 'tool-result']);
    expect(first?.finishReason).toBe('tool-calls');
    const thought = first?.content[0];
    if (thought?.type !== 'reasoning') throw new Error('no thinking');
    const sealed = String(thought.providerMetadata?.['auriko']?.['encryptedContent']);
    expect(JSON.parse(atob(sealed))).toEqual({
      v: 1,
      blocks: [{ type: 'thinking', thinking: thought.text, signature: expect.stringMatching(/^sim_/) }],
    });
    expect(second?.request.body).toContain(sealed);
    expect(second?.warnings ?? []).toEqual([]);
  });

  it('fills a schema', async () => {
    const model = createAuriko(await open(QUICK)).responses('demo');
    const schema = jsonSchema<{ n: number }>({
      type: 'object',
      properties: { n: { type: 'integer' } },
      required: ['n'],
    });
    const { output } = await generateText({ model, prompt: 'Hi', output: Output.object({ schema }) });
    expect(output.n).toEqual(expect.any(Number));
  });

  it('tells a cut-off reply, a refused one and a broken one apart', async () => {
    const provider = createAuriko(await open(QUICK));
    const model = provider.responses('demo');
    const cut = await generateText({ model, prompt: 'Hi', maxOutputTokens: 3 });
    expect([cut.finishReason, cut.rawFinishReason]).toEqual(['length', 'max_output_tokens']);
    await expect(
      generateText({ model: provider.responses('nobody'), prompt: 'Hi', maxRetries: 0 }),
    ).rejects.toMatchObject({ statusCode: 404, data: { code: 'model_not_found' } });
    const breaks = { extraBody: { extensions: { simulated: { cut_after_tokens: 5 } } } };
    const errors: unknown[] = [];
    const streamed = streamText({
      model,
      prompt: 'Hi',
      providerOptions: { auriko: breaks },
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    const parts = [];
    for await (const part of streamed.stream) parts.push(part);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ data: { code: 'upstream_error', provider: 'sim' } });
    expect(parts.filter(({ type }) => type === 'text-delta').length).toBeGreaterThan(0);
    expect(await streamed.finishReason).toBe('error');
  });

  it('sends a signed call back with its signature', async () => {
    const call = (fields: object) => ({ choices: [{ index: 0, delta: { tool_calls: [fields] } }] });
    const upstream = await scriptedServer(
      sse(
        frames(
          call({
            index: 0,
            id: 'c1',
            type: 'function',
            provider_signature: 'mark',
            function: { name: 'weather', arguments: '{"city":"Bern"}' },
          }),
          { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
        ),
      ),
      sse(frames({ choices: [{ index: 0, delta: { content: 'Fine.' }, finish_reason: 'stop' }] })),
    );
    const config: GatewayConfig = {
      providers: [
        { id: 'up', kind: 'openai-compatible', base_url: `${upstream.url}/v1`, models: [{ id: 'demo' }] },
      ],
    };
    const result = streamText({
      model: createAuriko(await open(config)).responses('demo'),
      prompt: 'Hi',
      tools: { weather: weather() },
      stopWhen: stepCountIs(3),
      include: { requestBody: true },
    });
    expect(await result.text).toBe('Fine.');
    const [, second] = await result.steps;
    expect(JSON.parse(String(second?.request.body))).toMatchObject({
      input: [
        { role: 'user' },
        { type: 'function_call', call_id: 'c1', provider_signature: 'mark' },
        { type: 'function_call_output', call_id: 'c1', output: 'sunny in Bern' },
      ],
    });
  });
});

describe.each(ways)('%s, the SDK', (_name, open) => {
  const ask = { model: 'demo', input: 'Hello' };

  it('gives the same response at once and in a stream', async () => {
    const client = new Auriko(await open(QUICK));
    const plain = await client.responses.create(ask);
    expect(plain.status).toBe('completed');
    expect(plain.output_text).toMatch(/^This is a simulated reply/);
    const events = await client.responses.create({ ...ask, stream: true });
    const seen = await readAll(events);
    expect(seen.map(({ sequence_number }) => sequence_number)).toEqual(seen.map((_, index) => index));
    expect(seen.at(0)?.type).toBe('response.created');
    expect(seen.at(-1)?.type).toBe('response.completed');
    const final = await events.finalResponse();
    expect(final.output_text).toBe(plain.output_text);
    expect(final.usage).toEqual(plain.usage);
    expect(final.routing_metadata?.provider).toBe('sim');
  });

  it('says why a stream broke', async () => {
    const client = new Auriko(await open(QUICK));
    const events = await client.responses.create({
      ...ask,
      stream: true,
      extensions: { simulated: { cut_after_tokens: 5 } },
    });
    await expect(readAll(events)).rejects.toMatchObject({ code: 'upstream_error', provider: 'sim' });
  });

  it('refuses what needs a memory', async () => {
    const client = new Auriko({ ...(await open(QUICK)), maxRetries: 0 });
    await expect(
      client.responses.create({ ...ask, extraBody: { previous_response_id: 'resp_1' } }),
    ).rejects.toMatchObject({
      statusCode: 400,
      code: 'invalid_parameter_value',
      param: 'previous_response_id',
    });
  });
});
