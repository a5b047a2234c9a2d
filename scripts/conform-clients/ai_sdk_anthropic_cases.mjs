// The AI SDK's own Anthropic provider and Anthropic's TypeScript SDK against a gateway, unchanged.
//
//   node ai_sdk_anthropic_cases.mjs http://127.0.0.1:8787 [model]
//
// Needs the packages `ai`, `@ai-sdk/anthropic`, `@anthropic-ai/sdk` and `zod`. The model must be a simulated one: what
// it answers is then known. Prints one line per case and ends with status 1 if one fails.

import assert from 'node:assert/strict';

import { createAnthropic } from '@ai-sdk/anthropic';
import Anthropic from '@anthropic-ai/sdk';
import { generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';

const [baseURL = 'http://127.0.0.1:8787', modelId = 'simulated'] = process.argv.slice(2);
const SIMULATED = /^This is a simulated reply/;

// Warnings of models that the package does not know.
globalThis.AI_SDK_LOG_WARNINGS = false;

/** The model, and what it was asked. `extra` fields are added to every request. */
function subject(extra = {}, id = modelId) {
  const requests = [];
  const provider = createAnthropic({
    baseURL: `${baseURL}/v1`,
    apiKey: 'none',
    fetch: (url, init) => {
      const body = { ...JSON.parse(init.body), ...extra };
      requests.push(body);
      return fetch(url, { ...init, body: JSON.stringify(body) });
    },
  });
  return {
    model: provider(id),
    requests,
    settings: { model: provider(id), maxRetries: 0, maxOutputTokens: 4000 },
  };
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
const THINKING = { anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } };

const CASES = {
  async plain() {
    const result = await generateText({ ...subject().settings, prompt: 'Hi' });
    assert.match(result.text, SIMULATED);
    assert.equal(result.finishReason, 'stop');
    assert.equal(result.usage.outputTokens, 64);
    assert.ok(result.usage.inputTokens > 0);
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
    const result = await generateText({
      ...subject(CALLS_TOOLS).settings,
      prompt: 'Hi',
      stopWhen: stepCountIs(4),
      tools,
    });
    assert.equal(asked.length, 1);
    assert.equal(result.steps.length, 2);
    assert.match(result.text, SIMULATED);
  },
  async streamedTools() {
    const { asked, tools } = weather();
    const { settings } = subject(CALLS_TOOLS);
    const result = streamText({ ...settings, prompt: 'Hi', stopWhen: stepCountIs(4), tools });
    for await (const part of result.fullStream) if (part.type === 'error') throw part.error;
    assert.equal(asked.length, 1);
    assert.equal(typeof asked[0], 'string');
    assert.match(await result.text, SIMULATED);
  },
  async thinkingGoesBackAsItCame() {
    const { settings, requests } = subject();
    const first = await generateText({ ...settings, prompt: 'Hi', providerOptions: THINKING });
    const { signature } = first.reasoning[0].providerMetadata.anthropic;
    const messages = [
      { role: 'user', content: 'Hi' },
      ...first.response.messages,
      { role: 'user', content: 'More' },
    ];
    const second = streamText({ ...settings, messages, providerOptions: THINKING });
    assert.ok((await second.reasoningText).length > 0);
    const [block] = requests.at(-1).messages[1].content;
    assert.deepEqual(block, { type: 'thinking', thinking: first.reasoningText, signature });
  },
  async object() {
    const schema = z.object({ count: z.number(), name: z.string() });
    const { object } = await generateObject({ ...subject().settings, prompt: 'Hi', schema });
    assert.equal(typeof object.name, 'string');
  },
  async files() {
    const image = Buffer.from('89504e470d0a1a0a', 'hex');
    const pdf = { type: 'file', mediaType: 'application/pdf', data: Buffer.from('%PDF-1.4') };
    const content = [{ type: 'text', text: 'Read these.' }, { type: 'image', image }, pdf];
    const result = await generateText({ ...subject().settings, messages: [{ role: 'user', content }] });
    assert.match(result.text, SIMULATED);
  },
  async unknownModel() {
    const asking = generateText({ ...subject({}, 'no-such-model').settings, prompt: 'Hi' });
    await assert.rejects(asking, (error) => error.statusCode === 404 && /no-such-model/.test(error.message));
  },
  async anthropicSdk() {
    const client = new Anthropic({ baseURL, apiKey: 'none', maxRetries: 0 });
    const request = { model: modelId, max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] };
    const streamed = await client.messages.stream(request).finalMessage();
    const plain = await client.messages.create(request);
    assert.match(plain.content[0].text, SIMULATED);
    assert.equal(streamed.content[0].text, plain.content[0].text);
    assert.deepEqual(streamed.usage.output_tokens, plain.usage.output_tokens);
    const count = await client.messages.countTokens({ model: modelId, messages: request.messages });
    assert.ok(count.input_tokens > 0);
    const refused = client.messages.create({ ...request, model: 'no-such-model' });
    await assert.rejects(
      refused,
      (error) => error instanceof Anthropic.NotFoundError && error.requestID?.startsWith('req_'),
    );
  },
};

for (const [name, run] of Object.entries(CASES)) {
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAIL ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
