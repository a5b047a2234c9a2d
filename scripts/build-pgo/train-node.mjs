// A Node process that uses the addon as applications do: AI SDK streams, the SDK, the embedded gateway. It loads the
// addon that NAPI_RS_NATIVE_LIBRARY_PATH names. Argument: the mock upstream's `host:port`.

import { auriko } from '../../benches/gateway/configurations.mjs';
import { requestBody, SCENARIOS } from '../../benches/gateway/scenarios.mjs';
import { Auriko } from '../../dist/client/index.js';
import { createGateway } from '../../dist/gateway/index.js';
import { createAuriko } from '../../dist/index.js';

const AT_ONCE = 32;
const [, , upstream] = process.argv;
const http = { apiKey: 'ak_test_training', baseURL: `http://${upstream}/v1`, transport: 'native' };

for (const settings of [http, { transport: createGateway(auriko.object(upstream)) }]) {
  const client = new Auriko({ ...settings, maxRetries: 0 });
  const models = createAuriko(settings);
  await repeat(100, () => plain(client, SCENARIOS['plain 16']));
  await repeat(20, () => sdkStream(client, SCENARIOS['stream 32x200']));
  await repeat(20, () => modelStream(models, SCENARIOS['stream 32x200']));
  await repeat(1, () => modelStream(models, SCENARIOS['stream 32x200@10ms']));
}

async function repeat(rounds, call) {
  for (let round = 0; round < rounds; round++) await Promise.all(Array.from({ length: AT_ONCE }, call));
}

async function plain(client, scenario) {
  const { choices } = await client.chat.completions.create(requestBody(scenario));
  expectPieces(choices[0].message.content, scenario);
}

async function sdkStream(client, scenario) {
  let text = '';
  for await (const { choices } of await client.chat.completions.create(requestBody(scenario))) {
    text += choices[0]?.delta?.content ?? '';
  }
  expectPieces(text, scenario);
}

async function modelStream(models, scenario) {
  const [{ content }] = requestBody(scenario).messages;
  const { stream } = await models(scenario.model).doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: content }] }],
    maxOutputTokens: scenario.tokens,
  });
  let text = '';
  for await (const part of stream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'text-delta') text += part.delta;
  }
  expectPieces(text, scenario);
}

function expectPieces(text, { tokens }) {
  const pieces = text.split(' token').length - 1;
  if (pieces !== tokens) throw new Error(`a reply holds ${pieces} pieces of text instead of ${tokens}`);
}
