// The program of `npm run test:ai6`: what users of `ai@6` do, against an embedded gateway with the simulated provider.

import assert from 'node:assert/strict';
import { createGateway } from '@auriko/ai-sdk-provider/gateway';
import { APIStatusError, createAuriko } from '@auriko/ai-sdk-provider/v3';
import {
  APICallError,
  createProviderRegistry,
  generateText,
  Output,
  stepCountIs,
  streamText,
  tool,
} from 'ai';
import { z } from 'zod';

const TOKENS = 20;
const QUICK = { kind: 'simulated', latency_ms: 0, chunk_pace_ms: 0, output_tokens: TOKENS };
const transport = createGateway({
  providers: [
    { ...QUICK, id: 'sim', models: [{ id: 'simulated' }] },
    { ...QUICK, id: 'broken', failure_rate: 1, failure_status: 400, models: [{ id: 'broken' }] },
    { ...QUICK, id: 'cut', cut_after_tokens: 5, models: [{ id: 'cut' }] },
    { ...QUICK, id: 'slow', chunk_pace_ms: 20, output_tokens: 1000, models: [{ id: 'slow' }] },
  ],
});
const auriko = createAuriko({ transport });
const model = auriko('simulated');
const weather = tool({
  description: 'The weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => ({ city, celsius: 21 }),
});
const loop = { model, tools: { weather }, stopWhen: stepCountIs(2), prompt: 'How is the weather?' };
const toolsRun = (steps) => steps.flatMap((step) => step.toolResults).length;

const CHECKS = {
  async 'generateText gives text, usage and metadata'() {
    const result = await generateText({ model, prompt: 'hi' });
    assert.match(result.text, /simulated/);
    assert.equal(result.finishReason, 'stop');
    assert.equal(result.usage.outputTokens, TOKENS);
    assert.equal(result.providerMetadata.auriko.routing.provider, 'sim');
  },
  async 'streamText gives the same in pieces'() {
    const result = streamText({ model, prompt: 'hi' });
    let text = '';
    for await (const delta of result.textStream) text += delta;
    assert.match(text, /simulated/);
    assert.equal(await result.finishReason, 'stop');
    assert.equal((await result.usage).outputTokens, TOKENS);
    assert.equal(auriko.transport.name, 'embedded');
  },
  async 'generateText runs a tool and goes on'() {
    const { steps, text } = await generateText({ ...loop, toolChoice: 'auto', prepareStep: callFirst });
    assert.deepEqual([steps.length, toolsRun(steps)], [2, 1]);
    assert.notEqual(text, '');
  },
  async 'streamText runs a tool and goes on'() {
    const result = streamText({ ...loop, prepareStep: callFirst });
    assert.notEqual(await result.text, '');
    const steps = await result.steps;
    assert.deepEqual([steps.length, toolsRun(steps)], [2, 1]);
  },
  async 'Output.object is parsed'() {
    const schema = z.object({ name: z.string(), tags: z.array(z.string()).min(2) });
    const { output } = await generateText({ model, prompt: 'hi', output: Output.object({ schema }) });
    assert.ok(schema.safeParse(output).success);
  },
  async 'images are taken as bytes and as a URL'() {
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    const content = [
      { type: 'image', image: png },
      { type: 'image', image: new URL('https://images.invalid/a.png') },
    ];
    const { text } = await generateText({ model, messages: [{ role: 'user', content }] });
    assert.notEqual(text, '');
  },
  async 'a registry finds the model'() {
    const registry = createProviderRegistry({ auriko });
    const { text } = await generateText({ model: registry.languageModel('auriko:simulated'), prompt: 'hi' });
    assert.notEqual(text, '');
  },
  async 'errors are ours, and `ai@6` knows them'() {
    const call = generateText({ model: auriko('broken'), prompt: 'hi', maxRetries: 0 });
    await assert.rejects(call, (error) => APICallError.isInstance(error) && error instanceof APIStatusError);
  },
  async 'a stream that breaks off ends with an error part'() {
    const errors = [];
    const onError = ({ error }) => errors.push(error);
    const result = streamText({ model: auriko('cut'), prompt: 'hi', onError });
    const types = [];
    for await (const { type } of result.fullStream) types.push(type);
    assert.equal(types.filter((type) => type === 'error').length, 1);
    assert.ok(errors.length === 1 && APICallError.isInstance(errors[0]));
    assert.ok(['error', 'other'].includes(await result.finishReason));
  },
  async 'an abort ends the stream'() {
    const controller = new AbortController();
    const { fullStream } = streamText({
      model: auriko('slow'),
      prompt: 'hi',
      abortSignal: controller.signal,
    });
    const types = [];
    for await (const { type } of fullStream) {
      types.push(type);
      if (type === 'text-delta') controller.abort();
    }
    assert.equal(types.at(-1), 'abort');
  },
};

/** The simulated provider calls a tool when it must; the second step is for the answer. */
function callFirst({ stepNumber }) {
  return { toolChoice: stepNumber === 0 ? 'required' : 'auto' };
}

globalThis.AI_SDK_LOG_WARNINGS = false;
console.log(`Node ${process.versions.node}`);
const count = { passed: 0, failed: 0 };
for (const [name, check] of Object.entries(CHECKS)) {
  try {
    await check();
    count.passed += 1;
    console.log(`ok  ${name}`);
  } catch (error) {
    count.failed += 1;
    console.log(`FAILED  ${name}`);
    console.error(error);
  }
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;
