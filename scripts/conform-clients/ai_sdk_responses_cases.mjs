// The AI SDK's own OpenAI provider and OpenAI's TypeScript SDK on the Responses API of a gateway, unchanged.
//
//   node ai_sdk_responses_cases.mjs http://127.0.0.1:8787 [model]
//
// Needs the packages `ai`, `@ai-sdk/openai`, `openai` and `zod`. The model must be a simulated one: what it answers is
// then known. Prints one line per case and ends with status 1 if one fails.

import assert from 'node:assert/strict';

import { createOpenAI } from '@ai-sdk/openai';
import { generateText, Output, stepCountIs, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';

const [baseURL = 'http://127.0.0.1:8787', modelId = 'simulated'] = process.argv.slice(2);
const SIMULATED = /^This is a simulated reply/;

// Warnings of models that the package does not know.
globalThis.AI_SDK_LOG_WARNINGS = false;

/** Settings of a call, and what was asked. `extra` fields are added to every request. */
function subject(extra = {}, openai = {}, id = modelId) {
  const requests = [];
  const provider = createOpenAI({
    baseURL: `${baseURL}/v1`,
    apiKey: 'none',
    fetch: (url, init) => {
      const body = { ...JSON.parse(init.body), ...extra };
      requests.push(body);
      return fetch(url, { ...init, body: JSON.stringify(body) });
    },
  });
  const settings = {
    model: provider.responses(id),
    maxRetries: 0,
    // Without it the package refers to items that it believes to be stored.
    providerOptions: { openai: { store: false, ...openai } },
  };
  return { requests, settings };
}

/** A tool that counts its calls. */
function weather() {
  const asked = [];
  const inputSchema = z.object({ city: z.string() });
  const execute = async ({ city }) => {
    asked.push(city);
    return 'sunny';
  };
  return {
    asked,
    tools: { weather: tool({ description: 'The weather at a place.', inputSchema, execute }) },
  };
}

const CALLS_TOOLS = { extensions: { simulated: { call_tools: true } } };
/** The package asks for reasoning only of models whose names it knows. */
const REASONS = { forceReasoning: true, reasoningEffort: 'low', include: ['reasoning.encrypted_content'] };

const client = new OpenAI({ baseURL: `${baseURL}/v1`, apiKey: 'none', maxRetries: 0 });
const ask = (changes = {}) => ({ model: modelId, input: 'Hello there', ...changes });

const CASES = {
  async plain() {
    const result = await generateText({ ...subject().settings, prompt: 'Hi' });
    assert.match(result.text, SIMULATED);
    assert.equal(result.finishReason, 'stop');
    assert.equal(result.usage.outputTokens, 64);
    assert.ok(result.usage.inputTokens > 0);
    assert.match(result.response.id, /^resp_/);
  },
  async stream() {
    const result = streamText({ ...subject().settings, prompt: 'Hi' });
    let text = '';
    for await (const delta of result.textStream) text += delta;
    assert.match(text, SIMULATED);
    assert.equal((await result.usage).outputTokens, 64);
    assert.equal(await result.finishReason, 'stop');
  },
  async tools() {
    const { asked, tools } = weather();
    const { requests, settings } = subject(CALLS_TOOLS);
    const result = await generateText({ ...settings, prompt: 'Hi', stopWhen: stepCountIs(4), tools });
    assert.equal(asked.length, 1);
    assert.equal(requests.length, 2);
    assert.match(result.text, SIMULATED);
  },
  async streamedTools() {
    const { asked, tools } = weather();
    const { settings } = subject(CALLS_TOOLS);
    const result = streamText({ ...settings, prompt: 'Hi', stopWhen: stepCountIs(4), tools });
    assert.match(await result.text, SIMULATED);
    assert.equal(asked.length, 1);
    assert.deepEqual(
      (await result.steps).map((step) => step.finishReason),
      ['tool-calls', 'stop'],
    );
  },
  async reasoningGoesBack() {
    const { tools } = weather();
    const { requests, settings } = subject(CALLS_TOOLS, REASONS);
    const result = streamText({ ...settings, prompt: 'Hi', stopWhen: stepCountIs(4), tools });
    assert.match(await result.text, SIMULATED);
    const [first] = await result.steps;
    assert.ok(first.reasoningText.length > 0);
    const echoed = requests[1].input.find((item) => item.type === 'reasoning');
    assert.ok(echoed.encrypted_content.length > 0);
    const { providerMetadata } = await result.finalStep;
    assert.match(providerMetadata.openai.responseId, /^resp_/);
  },
  async structuredOutput() {
    const schema = z.object({ city: z.string(), days: z.number() });
    const settings = { prompt: 'Hi', output: Output.object({ schema }) };
    const plain = await generateText({ ...subject().settings, ...settings });
    assert.equal(typeof plain.output.city, 'string');
    const streamed = streamText({ ...subject().settings, ...settings });
    assert.deepEqual(await streamed.output, plain.output);
  },
  async cutOff() {
    const settings = { prompt: 'Hi', maxOutputTokens: 16 };
    assert.equal((await generateText({ ...subject().settings, ...settings })).finishReason, 'length');
    const streamed = streamText({ ...subject().settings, ...settings });
    assert.equal(await streamed.finishReason, 'length');
  },
  async files() {
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'file', mediaType: 'image/png', data: new Uint8Array([137, 80, 78, 71]) },
      {
        type: 'file',
        mediaType: 'application/pdf',
        data: new Uint8Array([37, 80, 68, 70]),
        filename: 'a.pdf',
      },
    ];
    const result = await generateText({ ...subject().settings, messages: [{ role: 'user', content }] });
    assert.match(result.text, SIMULATED);
  },
  async refusals() {
    const call = generateText({ ...subject({}, {}, 'no-such-model').settings, prompt: 'Hi' });
    await assert.rejects(call, (error) => error.statusCode === 404 && /no-such-model/.test(error.message));
  },
  async brokenStream() {
    const cut = { extensions: { simulated: { cut_after_tokens: 5 } } };
    const result = streamText({ ...subject(cut).settings, prompt: 'Hi', onError() {} });
    const parts = [];
    for await (const part of result.fullStream) parts.push(part);
    assert.equal(parts.filter(({ type }) => type === 'text-delta').length, 5);
    assert.equal(parts.filter(({ type }) => type === 'error').length, 1);
    assert.equal(await result.finishReason, 'error');
  },
  async sdkPlain() {
    const response = await client.responses.create(ask());
    assert.match(response.output_text, SIMULATED);
    assert.equal(response.status, 'completed');
    assert.match(response._request_id, /^req_/);
  },
  async sdkStream() {
    const types = [];
    let text = '';
    for await (const event of await client.responses.create(ask({ stream: true }))) {
      types.push(event.type);
      if (event.type === 'response.output_text.delta') text += event.delta;
    }
    assert.equal(types[0], 'response.created');
    assert.equal(types.at(-1), 'response.completed');
    assert.match(text, SIMULATED);
  },
  async sdkStreamHelper() {
    const stream = client.responses.stream(ask({ reasoning: { effort: 'low' } }));
    const response = await stream.finalResponse();
    assert.deepEqual(
      response.output.map(({ type }) => type),
      ['reasoning', 'message'],
    );
    assert.match(response.output_text, SIMULATED);
  },
  async sdkParse() {
    const schema = z.object({ city: z.string() });
    const response = await client.responses.parse(ask({ text: { format: zodTextFormat(schema, 'place') } }));
    assert.equal(typeof response.output_parsed.city, 'string');
  },
  async sdkErrors() {
    const refused = client.responses.create(ask({ previous_response_id: 'resp_1' }));
    await assert.rejects(refused, (error) => error.status === 400 && error.param === 'previous_response_id');
    await assert.rejects(client.responses.retrieve('resp_1'), (error) => error.status === 404);
  },
};

let failed = 0;
for (const [name, run] of Object.entries(CASES)) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}: ${error?.stack ?? error}`);
  }
}
process.exit(failed === 0 ? 0 : 1);
