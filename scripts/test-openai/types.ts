// Compiled by `npm run test:openai` in a project that has one major of `openai` and this package, as a module and as a
// CommonJS program.

import { AurikoOpenAI, aurikoOpenAI, getRouting } from '@auriko/ai-sdk-provider/openai';
import OpenAI from 'openai';

const messages = [{ role: 'user' as const, content: 'hi' }];
const gateway = { routing: { optimize: 'ttft' as const } };

export async function program(client: OpenAI): Promise<(string | number | undefined)[]> {
  const { chat, responses } = client;
  const completion = await chat.completions.create({
    model: 'm',
    messages,
    gateway,
    extensions: { openai: {} },
  });
  const stream = await chat.completions.create({ model: 'm', messages, gateway, stream: true });
  for await (const chunk of stream) console.log(chunk.routing_metadata?.provider);
  const response = await responses.create({ model: 'm', input: 'hi', gateway });
  const events = await responses.create({ model: 'm', input: 'hi', stream: true });
  // @ts-expect-error
  await chat.completions.create({ model: 'm', messages, gateway: { routing: { optimize: 'fastest' } } });
  return [
    completion.routing_metadata?.cost?.usd,
    getRouting(completion)?.provider,
    stream.routing?.provider,
    stream.usage?.completion_tokens,
    response.routing_metadata?.provider,
    events.usage?.output_tokens,
  ];
}

export const plain: OpenAI = new OpenAI(aurikoOpenAI({ maxRetries: 0 }));
export const ours = new AurikoOpenAI({ idleMs: 1000, maxRetries: 0 });

export function explain(error: unknown): string | undefined {
  return error instanceof OpenAI.RateLimitError ? error.suggestion : undefined;
}

// Fails when the declarations turned into `any` because something they import is missing.
// @ts-expect-error
export const wrong: number = ours.chat.completions.create({ model: 'm', messages });
