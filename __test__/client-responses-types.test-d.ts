// What the compiler promises of the SDK's routing options, Responses and runs of tools. Compiled by `npm run typecheck`,
// never run.

import {
  type ApiPromise,
  Auriko,
  type DataPolicy,
  GatewayOptions,
  type MetricPercentile,
  Mode,
  Optimize,
  parseRoutingMetadata,
  type Response,
  type ResponseCreateParams,
  type ResponseStream,
  type ResponseStreamEvent,
  type RoutingMetadata,
  RoutingOptions,
  type RunnableTool,
  type ToolRunner,
  tool,
} from '../ts/client/index.js';

declare function takes<T>(value: T): void;

/** Holds only when the types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_isSame: Same<A, B>): void {}

const client = new Auriko({ apiKey: 'key' });
const messages = [{ role: 'user' as const, content: 'hi' }];

// Editors offer exactly the 20 routing fields, as a type and in the constructor.
type RoutingField =
  | 'optimize'
  | 'weights'
  | 'max_cost_per_1m'
  | 'max_ttft_ms'
  | 'min_throughput_tps'
  | 'ttft_percentile'
  | 'throughput_percentile'
  | 'providers'
  | 'exclude_providers'
  | 'prefer'
  | 'mode'
  | 'allow_fallbacks'
  | 'max_fallback_attempts'
  | 'timeout_ms'
  | 'deadline_ms'
  | 'data_policy'
  | 'only_byok'
  | 'only_platform'
  | 'require_parameters'
  | 'tier';
same<keyof RoutingOptions, RoutingField>(true);
same<keyof NonNullable<ConstructorParameters<typeof RoutingOptions>[0]>, RoutingField>(true);
same<keyof GatewayOptions, 'routing' | 'models' | 'metadata'>(true);

// Constants and literals are the same thing.
same<Optimize, NonNullable<RoutingOptions['optimize']>>(true);
same<Mode, NonNullable<RoutingOptions['mode']>>(true);
same<DataPolicy, NonNullable<RoutingOptions['data_policy']>>(true);
same<MetricPercentile, NonNullable<RoutingOptions['ttft_percentile']>>(true);
same<(typeof Optimize)[keyof typeof Optimize], Optimize>(true);
same<(typeof Mode)[keyof typeof Mode], Mode>(true);
same<(typeof DataPolicy)[keyof typeof DataPolicy], DataPolicy>(true);
same<(typeof MetricPercentile)[keyof typeof MetricPercentile], MetricPercentile>(true);

// Plain and checked options are taken alike, with null in the latter.
const plain: RoutingOptions = { optimize: Optimize.COST_FOCUS, data_policy: 'zdr', providers: ['a'] };
const checked = new RoutingOptions({ ...plain, mode: Mode.FALLBACK, max_ttft_ms: null });
takes<number | undefined>(checked.max_ttft_ms);
takes<RoutingOptions | undefined>(checked.toObject());
takes<RoutingOptions>(checked);
new GatewayOptions({ routing: plain, models: ['a'] });
const gateway = new GatewayOptions({ routing: checked, metadata: { tags: ['t'] } });
void client.chat.completions.create({ messages, model: 'm', gateway });
void client.chat.completions.create({ messages, model: 'm', gateway: { routing: checked } });
void client.responses.create({ input: 'hi', model: 'm', gateway: { routing: plain } });
void client.responses.create({ input: 'hi', model: 'm', extraBody: { ...checked.toExtraBody() } });

// Wrong names and values are errors.
// @ts-expect-error a strategy that does not exist
new RoutingOptions({ optimize: 'cheapest' });
// @ts-expect-error a field that does not exist
new RoutingOptions({ max_cost: 1 });
// @ts-expect-error a field in camelCase
new RoutingOptions({ maxTtftMs: 1 });
// @ts-expect-error a weight that does not exist
new RoutingOptions({ weights: { speed: 1 } });
// @ts-expect-error a percentile that does not exist
new RoutingOptions({ ttft_percentile: 'p99' });
// @ts-expect-error a policy that does not exist
takes<RoutingOptions>({ data_policy: 'strict' });
// @ts-expect-error checked options do not change
checked.prefer = 'a';
// @ts-expect-error a label that does not exist
new GatewayOptions({ metadata: { userId: 'u' } });
// @ts-expect-error a strategy that does not exist, in a request
void client.responses.create({ input: 'hi', model: 'm', gateway: { routing: { optimize: 'speed' } } });
takes<RoutingMetadata | undefined>(parseRoutingMetadata({}));

// `stream` decides what comes back.
takes<ApiPromise<Response>>(client.responses.create({ model: 'm', input: 'hi' }));
takes<ApiPromise<ResponseStream>>(client.responses.create({ model: 'm', input: 'hi', stream: true }));
declare const params: ResponseCreateParams;
takes<ApiPromise<Response | ResponseStream>>(client.responses.create(params));

// Requests.
void client.responses.create({
  model: 'm',
  input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'https://a.test', detail: 'low' }] }],
  tools: [
    { type: 'function', name: 'f' },
    { type: 'web_search', search_context_size: 'low' },
    { type: 'mcp' },
  ],
  tool_choice: 'required',
  reasoning: { effort: 'minimal', summary: 'auto' },
  text: { format: { type: 'json_schema', name: 'n', schema: {}, strict: true } },
});
// @ts-expect-error an effort that does not exist
void client.responses.create({ model: 'm', input: 'hi', reasoning: { effort: 'huge' } });
// @ts-expect-error the service keeps nothing
void client.responses.create({ model: 'm', input: 'hi', store: true });
// @ts-expect-error a function tool is flat here
takes<ResponseCreateParams['tools']>([{ type: 'function', function: { name: 'f' } }]);
// @ts-expect-error the format is flat here
takes<ResponseCreateParams['text']>({ format: { type: 'json_schema', json_schema: {} } });
// @ts-expect-error no input
void client.responses.create({ model: 'm' });
// @ts-expect-error a part of chat completions
takes<ResponseCreateParams['input']>([{ role: 'user', content: [{ type: 'text', text: 'hi' }] }]);

// Replies: output goes back as input, and kinds of items are told apart.
declare const response: Response;
void client.responses.create({
  model: 'm',
  input: [...response.output, { type: 'function_call_output', call_id: 'c', output: '1' }],
});
takes<string>(response.output_text);
for (const item of response.output) {
  if (item.type === 'function_call') takes<string>(item.arguments);
  if (item.type === 'reasoning') takes<string>(item.summary.map(({ text }) => text).join(''));
}

// Events are narrowed by their type.
declare const event: ResponseStreamEvent;
switch (event.type) {
  case 'response.output_text.delta':
    takes<string>(event.delta);
    break;
  case 'response.output_item.done':
    takes<number>(event.output_index);
    break;
  case 'response.completed':
  case 'response.incomplete':
  case 'response.failed':
    takes<Response>(event.response);
    break;
  // @ts-expect-error an event that does not exist
  case 'response.done':
    break;
}

// Tools: arguments are what `parse` returns.
const typed = tool({
  name: 'weather',
  parse: (text) => JSON.parse(text) as { city: string },
  function: async ({ city }, runner) => {
    takes<string>(city);
    takes<ToolRunner>(runner);
  },
});
takes<RunnableTool>(typed);
tool<{ city: string }>({ name: 'weather', function: ({ city }) => city.length });
tool({ name: 'weather', function: (args) => takes<Record<string, unknown>>(args) });
// @ts-expect-error `parse` returns a number
tool({ name: 'n', parse: (text) => Number(text), function: (args: string) => args });
const runner = client.chat.completions.runTools(
  {
    model: 'm',
    messages,
    tools: [typed, { function: { name: 'raw', function: (args: string) => args.length } }],
  },
  {
    maxChatCompletions: 3,
    onToolError: (error) => {
      takes<unknown>(error);
      return undefined;
    },
  },
);
takes<Promise<string | null>>(runner.finalContent());
takes<Promise<number | undefined>>(runner.totalCostUsd());
runner.on('content', (delta, snapshot) => takes<string>(delta + snapshot));
runner.on('toolResult', ({ content }) => takes<string>(content));
// @ts-expect-error an event that does not exist
runner.on('contents', () => {});
// @ts-expect-error a tool without its function
client.chat.completions.runTools({ model: 'm', messages, tools: [{ function: { name: 'f' } }] });
