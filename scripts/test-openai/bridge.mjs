// What `AurikoOpenAI` adds to the OpenAI client, on the major that is installed.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import {
  AurikoAPIError,
  AurikoOpenAI,
  AurikoStream,
  getRouting,
  isNotFound,
  mapOpenAIError,
  parseRoutingMetadata,
} from '@auriko/ai-sdk-provider/openai';

const model = 'simulated';
const messages = [{ role: 'user', content: 'Say something.' }];

async function failure(stream) {
  const chunks = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
  } catch (error) {
    return { chunks, error };
  }
  return { chunks, error: undefined };
}

export const ADDITIONS = {
  async 'routing on replies, copies, streams and helpers'({ client }) {
    const plain = await client.chat.completions.create({ model, messages });
    assert.equal(getRouting(plain).provider, 'sim');
    assert.equal(Object.getOwnPropertySymbols(plain).length, 1);
    const format = { type: 'json_schema', json_schema: { name: 'o', schema: { type: 'object' } } };
    const { routing_metadata: _, ...parsed } = await client.chat.completions.parse({
      model,
      messages,
      response_format: format,
    });
    assert.equal(getRouting(parsed).provider, 'sim');
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    assert.ok(stream instanceof AurikoStream);
    assert.equal(stream.routing, undefined);
    for await (const _ of stream);
    assert.equal(stream.routing.provider, 'sim');
    assert.ok(stream.usage.total_tokens > 0);
    const final = await client.chat.completions.stream({ model, messages }).finalChatCompletion();
    assert.equal(getRouting(final).provider, 'sim');
    const { data } = await client.chat.completions.create({ model, messages }).withResponse();
    assert.equal(getRouting(data).provider, 'sim');
  },
  async 'routing per request'({ client }) {
    const names = ['simulated', 'eager', 'simulated', 'eager'];
    const replies = await Promise.all(
      names.map((name) => client.chat.completions.create({ model: name, messages })),
    );
    assert.deepEqual(
      replies.map((reply) => getRouting(reply).model_canonical),
      names,
    );
  },
  async 'routing of the Responses API and of embeddings'({ at }) {
    const responses = at('/v1/responses').responses;
    assert.ok(getRouting(await responses.create({ model, input: 'hi' })).provider);
    const stream = await responses.create({ model, input: 'hi', stream: true });
    let last;
    for await (const event of stream) last = event;
    assert.ok(stream.routing.provider && parseRoutingMetadata(last).provider);
    assert.ok(stream.usage.output_tokens > 0);
    assert.equal((await at('/v1/embeddings').embeddings.create({ model, input: 'a' })).data.length, 1);
  },
  async 'onResponse, also through withOptions()'({ gateway }) {
    const seen = [];
    const client = new AurikoOpenAI({
      apiKey: 'ak_test',
      baseURL: gateway,
      onResponse: (info) => seen.push(info),
    });
    await client.withOptions({ maxRetries: 1 }).chat.completions.create({ model, messages });
    for await (const _ of await client.chat.completions.create({ model, messages, stream: true }));
    assert.deepEqual(
      seen.map(({ routing, isComplete, path }) => [routing.provider, isComplete, path]),
      Array(2).fill(['sim', true, '/chat/completions']),
    );
  },
  async 'gateway fields reach the gateway'({ client }) {
    const gateway = { models: ['simulated'], routing: { optimize: 'ttft' } };
    const reply = await client.chat.completions.create({ model: '', messages, gateway });
    assert.equal(getRouting(reply).routing_strategy, 'ttft');
  },
  async 'errors say what to do'({ client, OpenAI }) {
    await assert.rejects(client.chat.completions.create({ model: 'missing-model', messages }), (error) => {
      assert.ok(error instanceof OpenAI.NotFoundError && isNotFound(error));
      assert.match(error.suggestion, /Available/);
      assert.match(error.docUrl, /model_not_found/);
      assert.ok(AurikoAPIError.isInstance(error.cause) && mapOpenAIError(error) === error.cause);
      return true;
    });
  },
  async 'a cut stream throws'({ standIn, client, OpenAI }) {
    for (const [from, name] of [
      [standIn, 'cut'],
      [client, 'cut'],
    ]) {
      const { chunks, error } = await failure(
        await from.chat.completions.create({ model: name, messages, stream: true }),
      );
      assert.ok(chunks.length > 0);
      assert.ok(error instanceof OpenAI.APIError && AurikoAPIError.isInstance(mapOpenAIError(error)));
    }
    const helper = standIn.chat.completions.stream({ model: 'cut', messages });
    await assert.rejects(helper.finalChatCompletion(), (error) => error instanceof OpenAI.APIConnectionError);
  },
  async 'errors inside a stream throw, whatever their form'({ standIn, OpenAI }) {
    for (const name of ['error', 'error-event']) {
      const stream = await standIn.chat.completions.create({ model: name, messages, stream: true });
      const { chunks, error } = await failure(stream);
      assert.equal(chunks.length, 1);
      assert.ok(error instanceof OpenAI.RateLimitError);
      assert.equal(error.provider, 'groq');
      assert.equal(mapOpenAIError(error).code, 'rate_limit_exceeded');
    }
  },
  async 'a last event without its blank line counts'({ standIn }) {
    const request = { model: 'no-blank-line', messages, stream: true };
    const stream = await standIn.chat.completions.create(request);
    const { chunks, error } = await failure(stream);
    assert.equal(error, undefined);
    assert.equal(chunks.length, 2);
    assert.equal(stream.routing.provider, 'stand-in');
  },
  async 'nothing of an OpenAI environment is sent'({ standInUrl, standInRequests }) {
    const foreign = {
      OPENAI_API_KEY: 'sk-openai',
      OPENAI_ADMIN_KEY: 'sk-admin',
      OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
      OPENAI_ORG_ID: 'org-1',
      OPENAI_PROJECT_ID: 'project-1',
    };
    Object.assign(process.env, foreign);
    try {
      const client = new AurikoOpenAI({ apiKey: 'ak_mine', baseURL: standInUrl });
      await client.withOptions({ timeout: 5000 }).embeddings.create({ model, input: 'a' });
    } finally {
      for (const name of Object.keys(foreign)) delete process.env[name];
    }
    const { headers } = standInRequests.at(-1);
    assert.equal(headers.authorization, 'Bearer ak_mine');
    assert.doesNotMatch(JSON.stringify(headers), /sk-|org-1|project-1/);
  },
  async 'CommonJS programs'({ gateway }) {
    const require = createRequire(import.meta.url);
    const bridge = require('@auriko/ai-sdk-provider/openai');
    const { OpenAI } = require('openai');
    const options = { apiKey: 'ak_test', baseURL: gateway, maxRetries: 0 };
    for (const client of [new bridge.AurikoOpenAI(options), new OpenAI(bridge.aurikoOpenAI(options))]) {
      assert.ok((await client.chat.completions.create({ model, messages })).routing_metadata);
      await assert.rejects(
        client.chat.completions.create({ model: 'missing-model', messages }),
        bridge.isNotFound,
      );
    }
  },
};
