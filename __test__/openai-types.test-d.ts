// What the compiler promises of the bridge: Auriko's fields in the OpenAI package's types. Compiled by
// `npm run typecheck`, never run; `npm run test:openai` compiles its like against each major of the package.

import OpenAI, { type ClientOptions } from 'openai';
import type { Stream } from 'openai/core/streaming';
import {
  type AurikoAPIError,
  AurikoOpenAI,
  AurikoStream,
  aurikoOpenAI,
  getRouting,
  mapOpenAIError,
  NotFoundError,
  parseRoutingMetadata,
  type RoutingMetadata,
} from '../ts/openai/index.js';

declare function takes<T>(value: T): void;

// Options.
takes<ClientOptions>(aurikoOpenAI());
takes<string>(aurikoOpenAI({ baseURL: 'https://a.test' }).baseURL);
new OpenAI(aurikoOpenAI({ apiKey: async () => 'key', maxRetries: 0, defaultHeaders: { a: 'b' } }));
new AurikoOpenAI({ idleMs: 1000, onResponse: ({ routing }) => takes<RoutingMetadata | undefined>(routing) });
// @ts-expect-error a misspelt option
new AurikoOpenAI({ baseUrl: 'https://a.test' });
// @ts-expect-error an option of OpenAI's own service
new AurikoOpenAI({ organization: 'org' });
// @ts-expect-error an option of the subclass alone
aurikoOpenAI({ onResponse() {} });

// Any program for the OpenAI client takes it.
const client = new AurikoOpenAI();
takes<OpenAI>(client);
takes<AurikoOpenAI>(client.withOptions({ idleMs: 5, timeout: 5 }));

// Requests, on both clients.
const messages = [{ role: 'user' as const, content: 'hi' }];
declare const plainClient: OpenAI;
for (const { chat, responses } of [client, plainClient]) {
  const completion = await chat.completions.create({
    model: 'm',
    messages,
    gateway: { routing: { optimize: 'ttft', max_cost_per_1m: 5 }, metadata: { tags: ['a'] } },
    extensions: { openai: { store: false } },
  });
  takes<string | undefined>(completion.routing_metadata?.provider);
  takes<number | undefined>(completion.routing_metadata?.cost?.usd);
  chat.completions.create({
    model: 'm',
    messages,
    // @ts-expect-error a strategy that does not exist
    gateway: { routing: { optimize: 'fastest' } },
  });
  chat.completions.create({
    model: 'm',
    messages,
    // @ts-expect-error a field that does not exist
    gateway: { routing: { max_cost: 5 } },
  });
  chat.completions.stream({ model: 'm', messages, gateway: { models: ['a'] } });
  chat.completions.parse({ model: 'm', messages, gateway: { models: ['a'] } });

  const response = await responses.create({ model: 'm', input: 'hi', gateway: { routing: {} } });
  takes<string | undefined>(response.routing_metadata?.model_canonical);

  const stream = await chat.completions.create({ model: 'm', messages, stream: true });
  takes<RoutingMetadata | undefined>(stream.routing);
  takes<number | undefined>(stream.usage?.completion_tokens);
  // @ts-expect-error a count that chat completions do not have
  takes<number | undefined>(stream.usage?.output_tokens);
  for await (const { routing_metadata } of stream) takes<RoutingMetadata | undefined>(routing_metadata);

  const events = await responses.create({ model: 'm', input: 'hi', stream: true });
  takes<number | undefined>(events.usage?.output_tokens);
  // @ts-expect-error a count that the Responses API does not have
  takes<number | undefined>(events.usage?.completion_tokens);
}

// What is read of replies.
declare const chunks: Stream<OpenAI.ChatCompletionChunk>;
takes<RoutingMetadata | undefined>(getRouting(chunks));
takes<RoutingMetadata | undefined>(parseRoutingMetadata({}));
if (chunks instanceof AurikoStream) takes<RoutingMetadata | undefined>(chunks.routing);

// Errors of the OpenAI package carry what Auriko says; mapped ones are narrowed as everywhere.
declare const thrown: unknown;
if (thrown instanceof OpenAI.RateLimitError) {
  takes<string | undefined>(thrown.provider);
  takes<number | undefined>(thrown.retryAfterMs);
  takes<AurikoAPIError | InstanceType<typeof OpenAI.RateLimitError>>(mapOpenAIError(thrown));
}
const mapped = mapOpenAIError(thrown);
if (NotFoundError.isInstance(mapped)) takes<string>(mapped.code);
