// What the compiler promises: options, results and errors. Compiled by `npm run typecheck`, never run.

import type { APICallError, EmbeddingModelV4, LanguageModelV4, ProviderV4 } from '@ai-sdk/provider';
import { Auriko, type ChatCompletion, type CompletionStream } from '../ts/client/index.js';
import type { Gateway } from '../ts/gateway/index.js';
import {
  AurikoAPIError,
  type AurikoLanguageModelChatOptions,
  type AurikoProvider,
  createAuriko,
  type Transport,
} from '../ts/index.js';

declare function takes<T>(value: T): void;

// The provider and its models are what `ai` expects.
declare const provider: AurikoProvider;
takes<ProviderV4>(provider);
takes<LanguageModelV4>(provider('any id'));
takes<LanguageModelV4>(provider.responses('any id'));
takes<EmbeddingModelV4>(provider.embeddingModel('any id'));

// Settings are checked, names and values.
createAuriko({ apiKey: async () => 'key', timeout: { idleMs: 1 }, coalesce: { everyMs: 33 } });
// @ts-expect-error a misspelt setting
createAuriko({ baseUrl: 'https://a.test' });
// @ts-expect-error a transport that does not exist
createAuriko({ transport: 'grpc' });
// @ts-expect-error a limit that does not exist
createAuriko({ timeout: { idle: 1 } });
declare const gateway: Gateway;
createAuriko({ transport: gateway });
takes<Transport>(gateway);

// Options of a call.
const options = {
  routing: { optimize: 'ttft', maxCostPer1m: 5, dataPolicy: 'zdr' },
  reasoningEffort: 'high',
  logprobs: 3,
} satisfies AurikoLanguageModelChatOptions;
takes<AurikoLanguageModelChatOptions>(options);
// @ts-expect-error a strategy that does not exist
takes<AurikoLanguageModelChatOptions>({ routing: { optimize: 'fastest' } });
// @ts-expect-error a field that does not exist
takes<AurikoLanguageModelChatOptions>({ routing: { maxCost: 5 } });

// Errors are narrowed by `isInstance`, and are errors of the AI SDK too.
declare const thrown: unknown;
if (AurikoAPIError.isInstance(thrown)) {
  takes<APICallError>(thrown);
  takes<string>(thrown.code);
  takes<number | undefined>(thrown.retryAfterMs);
}

// The SDK: `stream` decides what comes back, and routing fields keep their wire names.
const client = new Auriko({ apiKey: 'key' });
const messages = [{ role: 'user' as const, content: 'hi' }];
takes<Promise<ChatCompletion>>(client.chat.completions.create({ model: 'm', messages }));
takes<Promise<CompletionStream>>(client.chat.completions.create({ model: 'm', messages, stream: true }));
// @ts-expect-error a strategy that does not exist
void client.chat.completions.create({ messages, model: 'm', gateway: { routing: { optimize: 'fastest' } } });
// @ts-expect-error a role that does not exist
void client.chat.completions.create({ model: 'm', messages: [{ role: 'robot', content: 'hi' }] });
