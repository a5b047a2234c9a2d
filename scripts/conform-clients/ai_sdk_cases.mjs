// The AI SDK against a gateway: through our provider and, with the same cases, through @ai-sdk/openai-compatible.
//
//   node ai_sdk_cases.mjs http://127.0.0.1:8787 [auriko|openai-compatible]
//
// Needs the packages `ai`, `@ai-sdk/openai-compatible`, `zod` and ours.

import assert from 'node:assert/strict';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { createAuriko } from '@auriko/ai-sdk-provider';
import { APICallError, embedMany, generateText, isStepCount, Output, streamText, tool } from 'ai';
import { z } from 'zod';
import { run } from './cases.mjs';

const [baseURL = 'http://127.0.0.1:8787', which = 'auriko'] = process.argv.slice(2);
const SIMULATED = /^This is a simulated reply/;
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';

const settings = { baseURL: `${baseURL}/v1`, apiKey: 'ak_test' };
const provider =
  which === 'auriko'
    ? createAuriko(settings)
    : createOpenAICompatible({
        ...settings,
        name: 'gateway',
        includeUsage: true,
        supportsStructuredOutputs: true,
      });

/** What both `generateText` and `streamText` are asked. */
const call = (model = 'simulated', more = {}) => ({
  model: provider(model),
  prompt: 'Hello there',
  maxRetries: 0,
  ...more,
});

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

async function failure(settings) {
  const errors = [];
  await assert.rejects(generateText(settings), (error) => errors.push(error) > 0);
  for await (const part of streamText({ ...settings, onError() {} }).fullStream) {
    if (part.type === 'error') errors.push(part.error);
  }
  assert.equal(errors.length, 2);
  return errors;
}

const BOTH = {
  chat: {
    async plain() {
      const result = await generateText(call());
      assert.match(result.text, SIMULATED);
      assert.equal(result.finishReason, 'stop');
      assert.equal(result.usage.outputTokens, 64);
      assert.ok(result.usage.inputTokens > 0);
    },
    async 'instructions and turns'() {
      const messages = [
        { role: 'user', content: 'Hello there' },
        { role: 'assistant', content: 'Yes?' },
        { role: 'user', content: [{ type: 'text', text: 'Go on' }] },
      ];
      const { model, maxRetries } = call();
      const result = await generateText({ model, maxRetries, system: 'Be brief.', messages });
      assert.match(result.text, SIMULATED);
    },
    async images() {
      const { model, maxRetries } = call();
      const content = [
        { type: 'text', text: 'What is this?' },
        { type: 'file', mediaType: 'image/png', data: Buffer.from(PIXEL, 'base64') },
      ];
      const result = await generateText({ model, maxRetries, messages: [{ role: 'user', content }] });
      assert.match(result.text, SIMULATED);
    },
    async settings() {
      const more = {
        maxOutputTokens: 5,
        temperature: 0.5,
        topP: 0.9,
        seed: 1,
        stopSequences: ['END'],
        presencePenalty: 0.1,
        frequencyPenalty: 0.1,
      };
      const result = await generateText(call('simulated', more));
      assert.equal(result.finishReason, 'length');
      assert.equal(result.usage.outputTokens, 5);
      assert.deepEqual(result.warnings ?? [], []);
    },
  },
  stream: {
    async 'a stream says what a reply says'() {
      const result = streamText(call());
      let text = '';
      for await (const delta of result.textStream) text += delta;
      assert.equal(text, (await generateText(call())).text);
      assert.equal((await result.usage).outputTokens, 64);
      assert.equal(await result.finishReason, 'stop');
    },
    async 'leaving early'() {
      const controller = new AbortController();
      const result = streamText(call('slow', { abortSignal: controller.signal }));
      let count = 0;
      for await (const part of result.fullStream) {
        if (part.type === 'text-delta' && ++count === 2) controller.abort();
      }
      assert.ok(count >= 2 && count < 100);
    },
  },
  tools: {
    async 'a loop'() {
      const { asked, tools } = weather();
      const result = await generateText(call('eager', { tools, stopWhen: isStepCount(4) }));
      assert.equal(asked.length, 1);
      assert.equal(typeof asked[0], 'string');
      assert.equal(result.steps.length, 2);
      assert.match(result.text, SIMULATED);
    },
    async 'a streamed loop'() {
      const { asked, tools } = weather();
      const result = streamText(call('eager', { tools, stopWhen: isStepCount(4) }));
      const kinds = new Set();
      for await (const part of result.fullStream) kinds.add(part.type);
      assert.equal(asked.length, 1);
      for (const kind of ['tool-input-start', 'tool-input-delta', 'tool-call', 'tool-result', 'text-delta']) {
        assert.ok(kinds.has(kind), kind);
      }
      assert.match(await result.text, SIMULATED);
    },
    async 'a demanded tool'() {
      const { tools } = weather();
      const result = await generateText(call('simulated', { tools, toolChoice: 'required' }));
      assert.equal(result.toolCalls[0].toolName, 'weather');
      assert.equal(result.finishReason, 'tool-calls');
    },
  },
  format: {
    async 'an object'() {
      const output = Output.object({ schema: z.object({ city: z.string(), days: z.int() }) });
      const result = await generateText(call('simulated', { output }));
      assert.equal(typeof result.output.city, 'string');
    },
    async 'a streamed object'() {
      const output = Output.object({ schema: z.object({ city: z.string() }) });
      const result = streamText(call('simulated', { output }));
      let last;
      for await (const partial of result.partialOutputStream) last = partial;
      assert.equal(typeof last.city, 'string');
    },
    async 'a choice'() {
      const output = Output.choice({ options: ['sun', 'rain'] });
      const result = await generateText(call('simulated', { output }));
      assert.ok(['sun', 'rain'].includes(result.output));
    },
  },
  reasoning: {
    async 'plain and streamed'() {
      const key = which === 'auriko' ? 'auriko' : 'gateway';
      const more = { providerOptions: { [key]: { reasoningEffort: 'low' } } };
      const plain = await generateText(call('thinker', more));
      assert.ok(plain.reasoningText.length > 0);
      const streamed = streamText(call('thinker', more));
      await streamed.consumeStream();
      assert.equal(await streamed.reasoningText, plain.reasoningText);
    },
  },
  caching: {
    async 'tokens that were read from a cache'() {
      const { usage } = await generateText(call('cached'));
      assert.equal(usage.inputTokenDetails.cacheReadTokens, usage.inputTokens);
    },
  },
  errors: {
    async 'an unknown model'() {
      for (const error of await failure(call('no-such-model'))) {
        assert.ok(APICallError.isInstance(error));
        assert.equal(error.statusCode, 404);
        assert.equal(error.isRetryable, false);
        assert.match(error.message, /no-such-model/);
      }
    },
    async 'a provider that fails'() {
      for (const error of await failure(call('down'))) {
        assert.equal(error.statusCode, 502);
        assert.equal(error.isRetryable, true);
      }
    },
    async 'a stream that breaks'() {
      const parts = [];
      for await (const part of streamText(call('cut', { onError() {} })).fullStream) parts.push(part);
      assert.ok(parts.some(({ type }) => type === 'text-delta'));
      assert.ok(parts.some(({ type }) => type === 'error'));
    },
  },
  routing: {
    async 'another provider steps in'() {
      assert.match((await generateText(call('covered'))).text, SIMULATED);
    },
  },
  embeddings: {
    async 'of several texts'() {
      const model = provider.embeddingModel('simulated');
      const { embeddings, usage } = await embedMany({ model, values: ['one', 'two'], maxRetries: 0 });
      assert.equal(embeddings.length, 2);
      assert.equal(typeof embeddings[1][0], 'number');
      assert.ok(usage.tokens > 0);
    },
  },
};

/** What our provider adds. */
const OWN = {
  routing: {
    async options() {
      for (const [optimize, expected] of [
        ['cost-focus', 'thrifty'],
        ['ttft-focus', 'prompt'],
        ['tps-focus', 'rapid'],
      ]) {
        const providerOptions = { auriko: { routing: { optimize } } };
        const result = await generateText(call('contested', { providerOptions }));
        const { routing } = result.finalStep.providerMetadata.auriko;
        assert.deepEqual([routing.provider, routing.routing_strategy], [expected, optimize]);
      }
    },
    async 'cost and request of a stream'() {
      const result = streamText(call());
      await result.consumeStream();
      const { auriko } = (await result.finalStep).providerMetadata;
      assert.equal(auriko.routing.provider, 'sim');
      assert.ok(auriko.cost.usd > 0);
      assert.match(auriko.requestId, /^req_/);
    },
    async 'a wish that nobody meets'() {
      const providerOptions = { auriko: { routing: { max_cost_per_1m: 0.001 } } };
      const [error] = await failure(call('contested', { providerOptions }));
      assert.equal(error.statusCode, 400);
      assert.match(error.message, /cheap/);
    },
  },
  reasoning: {
    async 'signed thinking goes back'() {
      const more = { providerOptions: { auriko: { reasoningEffort: 'low' } } };
      const first = await generateText(call('thinker', more));
      const messages = [
        { role: 'user', content: 'Hello there' },
        ...first.response.messages,
        { role: 'user', content: 'Go on' },
      ];
      const sent = [];
      const watched = createAuriko({
        ...settings,
        fetch: (url, init) => {
          sent.push(String(init.body));
          return fetch(url, init);
        },
      });
      const second = await generateText({ ...more, model: watched('thinker'), maxRetries: 0, messages });
      assert.match(second.text, SIMULATED);
      assert.match(sent[0], /"signature":"sim_[0-9a-f]{16}"/);
    },
  },
};

const groups = { ...BOTH };
if (which === 'auriko') {
  for (const [group, cases] of Object.entries(OWN)) groups[group] = { ...groups[group], ...cases };
}
globalThis.AI_SDK_LOG_WARNINGS = false;
await run(groups);
