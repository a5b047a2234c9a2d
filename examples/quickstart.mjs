// Streams one completion and says where it ran and what it cost. The environment decides which service answers:
// the hosted one (AURIKO_API_KEY, AURIKO_BASE_URL), vendors through the gateway in this process, or the simulator.

import { createAuriko } from '@auriko/ai-sdk-provider';
import { createGateway } from '@auriko/ai-sdk-provider/gateway';
import { streamText } from 'ai';

const { name, auriko, model } = chooseService();
console.log(`Service: ${name}\nModel:   ${model}\n`);

const started = performance.now();
let firstTokenMs;
let failure;
const result = streamText({
  model: auriko(model),
  prompt: 'In three sentences: what does an LLM router do?',
  onError: ({ error }) => {
    failure = error;
  },
});
for await (const text of result.textStream) {
  firstTokenMs ??= performance.now() - started;
  process.stdout.write(text);
}
if (failure) {
  console.error(`\n${failure.name}: ${failure.message}`);
  process.exit(1);
}

const { inputTokens, outputTokens } = await result.usage;
const { auriko: details } = (await result.finalStep).providerMetadata;
console.log(`\n
provider  ${details.routing?.provider ?? 'not reported'}
model     ${details.routing?.provider_model_id ?? model}
usage     ${inputTokens} tokens in, ${outputTokens} tokens out
cost      ${details.cost?.usd === undefined ? 'unknown' : `$${details.cost.usd}`}
first token after ${firstTokenMs?.toFixed(0)} ms`);

function chooseService() {
  const model = process.env.AURIKO_MODEL;
  if (process.env.AURIKO_API_KEY) {
    const name = process.env.AURIKO_BASE_URL ?? 'Auriko, hosted';
    return { name, auriko: createAuriko(), model: model ?? 'gpt-4o-mini' };
  }
  const gateway = createGateway();
  const { models, notice } = gateway.describe();
  return { name: notice, auriko: createAuriko({ transport: gateway }), model: model ?? models[0].id };
}
