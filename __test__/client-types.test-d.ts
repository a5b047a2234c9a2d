// What the compiler promises about the SDK: closed sets in requests, open ones in replies. Compiled by
// `npm run typecheck`, never run.

import type {
  ApiKeyUsage,
  ApiList,
  ApiPromise,
  BudgetInfo,
  ChatCompletion,
  ChatCompletionChunk,
  ChatMessage,
  CompletionStream,
  ContentPart,
  CreatedApiKey,
  EmbeddingList,
  GatewayOptions,
  ModelList,
  RequestOptions,
  ResponseHeaders,
  WithResponse,
} from '../ts/client/index.js';
import { Auriko } from '../ts/client/index.js';

declare function takes<T>(value: T): void;

const client = new Auriko({ apiKey: 'key' });
const messages: ChatMessage[] = [{ role: 'user', content: 'hi' }];
const { completions } = client.chat;

// `stream` decides what comes back, and what came with it is typed alike.
takes<ApiPromise<ChatCompletion>>(completions.create({ model: 'm', messages }));
takes<ApiPromise<ChatCompletion>>(completions.create({ model: 'm', messages, stream: false }));
takes<ApiPromise<CompletionStream>>(completions.create({ model: 'm', messages, stream: true }));
takes<Promise<WithResponse<ChatCompletion>>>(completions.create({ model: 'm', messages }).withResponse());
takes<Promise<Response>>(completions.create({ model: 'm', messages, stream: true }).asResponse());
declare const isStream: boolean;
takes<ApiPromise<ChatCompletion | CompletionStream>>(
  completions.create({ model: 'm', messages, stream: isStream }),
);
// @ts-expect-error a stream is no completion
takes<ApiPromise<ChatCompletion>>(completions.create({ model: 'm', messages, stream: true }));

// Every request field.
void completions.create({
  model: 'm:ttft',
  messages: [
    { role: 'system', content: 's', name: 'n' },
    { role: 'developer', content: 'd' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 't', cache_control: { type: 'ephemeral' } },
        { type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'low' } },
      ],
    },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' }, provider_signature: 's' },
      ],
      reasoning: [
        { type: 'thinking', thinking: 't', signature: 's' },
        { type: 'redacted', data: 'd' },
      ],
      reasoning_content: 't',
      refusal: null,
    },
    { role: 'tool', tool_call_id: 'a', content: 'r' },
    { role: 'function', name: 'f', content: null },
  ],
  stream_options: { include_usage: true },
  temperature: 1,
  top_p: 1,
  top_k: 1,
  min_p: 0.1,
  top_a: 0.1,
  repetition_penalty: 1.1,
  max_tokens: 5,
  max_completion_tokens: 5,
  reasoning_effort: 'xhigh',
  reasoning: { exclude: true },
  frequency_penalty: 0,
  presence_penalty: 0,
  stop: ['a', 'b'],
  seed: 1,
  n: 2,
  tools: [
    {
      type: 'function',
      function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
    },
  ],
  tool_choice: { type: 'function', function: { name: 'f' } },
  parallel_tool_calls: false,
  response_format: { type: 'json_schema', json_schema: { name: 'n', schema: {}, strict: true } },
  logprobs: true,
  top_logprobs: 3,
  logit_bias: { '1': -100 },
  user: 'u',
  web_search_options: { search_context_size: 'low' },
  verbosity: 'low',
  prompt_cache_key: 'k',
  prompt_cache_retention: '24h',
  safety_identifier: 's',
  gateway: {
    routing: {
      optimize: 'tps-focus',
      weights: { cost: 1 },
      max_cost_per_1m: 1,
      max_ttft_ms: 1,
      min_throughput_tps: 1,
      ttft_percentile: 'p95',
      throughput_percentile: 'p50',
      providers: ['a'],
      exclude_providers: ['b'],
      prefer: 'a',
      mode: 'fallback',
      allow_fallbacks: true,
      max_fallback_attempts: 2,
      timeout_ms: 1,
      deadline_ms: 2,
      data_policy: 'zdr',
      only_byok: true,
      only_platform: false,
      require_parameters: true,
      tier: 'priority',
    },
    metadata: { tags: ['a'], user_id: 'u', trace_id: 't', custom_fields: { k: 'v' } },
  },
  extensions: { anthropic: { a: 1 }, someone_else: { b: 2 } },
  functions: [{ name: 'f' }],
  function_call: 'auto',
  extraBody: { anything: true },
});

// Wrong values of closed sets, wrong shapes and misspelt fields.
const base = { model: 'm', messages } as const;
// @ts-expect-error a role that does not exist
takes<ChatMessage>({ role: 'robot', content: 'hi' });
// @ts-expect-error a tool's result without its call
takes<ChatMessage>({ role: 'tool', content: 'hi' });
// @ts-expect-error a level of detail that does not exist
takes<ContentPart>({ type: 'image_url', image_url: { url: 'u', detail: 'max' } });
// @ts-expect-error another cache
takes<ContentPart>({ type: 'text', text: 't', cache_control: { type: 'for ever' } });
// @ts-expect-error messages are required
void completions.create({ model: 'm' });
// @ts-expect-error an effort that does not exist
void completions.create({ ...base, reasoning_effort: 'huge' });
// @ts-expect-error a choice that does not exist
void completions.create({ ...base, tool_choice: 'any' });
// @ts-expect-error another kind of tool
void completions.create({ ...base, tools: [{ type: 'web_search' }] });
// @ts-expect-error a schema without its name
void completions.create({ ...base, response_format: { type: 'json_schema', json_schema: { schema: {} } } });
// @ts-expect-error a number as text
void completions.create({ ...base, temperature: '1' });
// @ts-expect-error another retention
void completions.create({ ...base, prompt_cache_retention: '1h' });
// @ts-expect-error a misspelt field
void completions.create({ ...base, max_token: 1 });
// @ts-expect-error gone: reasoning_effort says it
void completions.create({ ...base, extensions: { thinking: { enabled: true } } });
// @ts-expect-error a strategy that does not exist
takes<GatewayOptions>({ routing: { optimize: 'fastest' } });
// @ts-expect-error a mode that does not exist
takes<GatewayOptions>({ routing: { mode: 'race' } });
// @ts-expect-error a policy that does not exist
takes<GatewayOptions>({ routing: { data_policy: 'strict' } });
// @ts-expect-error a percentile that does not exist
takes<GatewayOptions>({ routing: { ttft_percentile: 'p99' } });
// @ts-expect-error the provider's spelling
takes<GatewayOptions>({ routing: { maxTtftMs: 5 } });
// @ts-expect-error labels have fixed names
takes<GatewayOptions>({ metadata: { label: 'a' } });

// Replies: open sets, unknown fields, and a message that can be sent back.
declare const completion: ChatCompletion;
declare const chunk: ChatCompletionChunk;
takes<string | null | undefined>(completion.choices[0]?.finish_reason);
completion.choices[0] = { index: 0, message: { role: 'assistant' }, finish_reason: 'a new reason' };
takes<unknown>(completion.a_new_field);
takes<ResponseHeaders>(completion.responseHeaders);
takes<number | undefined>(completion.usage?.prompt_tokens_details?.cached_tokens);
takes<number | undefined>(completion.routing_metadata?.cost?.usd);
takes<string | undefined>(completion.routing_metadata?.warnings?.[0]?.type);
takes<number | undefined>(completion.choices[0]?.logprobs?.content?.[0]?.logprob);
takes<string | null | undefined>(chunk.choices[0]?.delta.reasoning_content);
takes<string | undefined>(chunk.choices[0]?.delta.tool_calls?.[0]?.function?.arguments);
for (const { message } of completion.choices) messages.push(message);

// Streams.
declare const stream: CompletionStream;
takes<AsyncIterable<ChatCompletionChunk>>(stream);
takes<AsyncDisposable>(stream);
takes<Promise<ChatCompletion>>(stream.finalCompletion());
takes<[CompletionStream, CompletionStream]>(stream.tee());
takes<ReadableStream<Uint8Array>>(stream.toReadableStream());

// Options of a call; undefined is as good as absent.
takes<RequestOptions>({ timeout: 5, maxRetries: undefined, query: { a: 1, b: undefined } });
takes<RequestOptions>({ timeout: { idleMs: 5 }, idempotencyKey: 'k', headers: { a: undefined } });
// @ts-expect-error a misspelt limit
takes<RequestOptions>({ timeout: { idle: 5 } });

// Resources.
takes<ApiPromise<ModelList>>(client.models.list({ endpoint: 'responses' }));
// @ts-expect-error an endpoint that does not exist
void client.models.list({ endpoint: 'embeddings' });
takes<ApiPromise<EmbeddingList>>(client.embeddings.create({ model: 'e', input: [[1, 2]] }));
// @ts-expect-error a number is no input
void client.embeddings.create({ model: 'e', input: 5 });
takes<ApiPromise<CreatedApiKey>>(client.apiKeys.create('w', { name: 'n', scopes: ['keys:read', 'a:new'] }));
takes<ApiPromise<ApiKeyUsage>>(client.apiKeys.usage('w', 'k', { period: 'week' }));
// @ts-expect-error a period that does not exist
void client.apiKeys.usage('w', 'k', { period: 'year' });
takes<ApiPromise<ApiList<BudgetInfo>>>(client.budgets.list('w'));
void client.budgets.create('w', {
  scope_type: 'workspace',
  period: 'daily',
  limit_usd: 1,
  include_byok: true,
});
void client.budgets.create('w', { scope_type: 'api_key', scope_id: 'k', period: 'weekly', limit_usd: 1 });
// @ts-expect-error a key's budget without its key
void client.budgets.create('w', { scope_type: 'api_key', period: 'daily', limit_usd: 1 });
// @ts-expect-error a workspace's budget with a provider
void client.budgets.create('w', {
  scope_type: 'workspace',
  scope_provider: 'p',
  period: 'daily',
  limit_usd: 1,
});
// @ts-expect-error scope and period can't be changed
void client.budgets.update('w', 'b', { period: 'daily' });
// @ts-expect-error a provider's key can't be changed
void client.byokKeys.update('w', 'k', { api_key: 'sk-0123456789' });
// @ts-expect-error the client's properties can only be read
client.maxRetries = 3;
