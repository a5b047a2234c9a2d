// Call settings as the request body (ai-sdk-provider.md §3.1), row by row.

import { InvalidArgumentError, type LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { convertCall, type RequestDefaults } from '../ts/ai-sdk/request-body.js';

type Options = Partial<LanguageModelV4CallOptions>;
type Auriko = NonNullable<LanguageModelV4CallOptions['providerOptions']>[string];

const PROMPT: LanguageModelV4CallOptions['prompt'] = [
  { role: 'user', content: [{ type: 'text', text: 'hi' }] },
];
const BASE = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

const convert = (options: Options = {}, defaults: RequestDefaults = {}, isStream = false) =>
  convertCall('m', { prompt: PROMPT, ...options }, defaults, isStream);
const withOptions = (auriko: Auriko, defaults?: RequestDefaults) =>
  convert({ providerOptions: { auriko } }, defaults);

const TOOL = { type: 'function', name: 'f', inputSchema: { type: 'object' } } as const;
const WIRE_TOOL = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };

describe('call settings', () => {
  it.each<[string, Options, Record<string, unknown>]>([
    ['nothing more than model and messages', {}, {}],
    ['maxOutputTokens', { maxOutputTokens: 7 }, { max_completion_tokens: 7 }],
    [
      'sampling settings, zeros included',
      { temperature: 0, topP: 0.5, topK: 3, presencePenalty: 0, frequencyPenalty: -1, seed: 0 },
      { temperature: 0, top_p: 0.5, top_k: 3, presence_penalty: 0, frequency_penalty: -1, seed: 0 },
    ],
    ['stop sequences', { stopSequences: ['a', 'b'] }, { stop: ['a', 'b'] }],
    ['no empty stop list', { stopSequences: [] }, {}],
    ['no text format', { responseFormat: { type: 'text' } }, {}],
    [
      'JSON without schema',
      { responseFormat: { type: 'json' } },
      { response_format: { type: 'json_object' } },
    ],
    [
      'a JSON schema with defaults',
      { responseFormat: { type: 'json', schema: { type: 'object' } } },
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'response', schema: { type: 'object' }, strict: true },
        },
      },
    ],
    [
      'a JSON schema with name and description, not strict',
      {
        responseFormat: { type: 'json', name: 'n', description: 'd', schema: { type: 'object' } },
        providerOptions: { auriko: { strictJsonSchema: false } },
      },
      {
        response_format: {
          type: 'json_schema',
          json_schema: { name: 'n', description: 'd', schema: { type: 'object' }, strict: false },
        },
      },
    ],
    ['function tools', { tools: [TOOL] }, { tools: [WIRE_TOOL] }],
    [
      'description and strictness of a tool',
      { tools: [{ ...TOOL, description: 'd', strict: false }] },
      { tools: [{ type: 'function', function: { ...WIRE_TOOL.function, description: 'd', strict: false } }] },
    ],
    ['no empty list of tools, and no choice among none', { tools: [], toolChoice: { type: 'auto' } }, {}],
    ...(['auto', 'none', 'required'] as const).map((type): [string, Options, Record<string, unknown>] => [
      `tool choice ${type}`,
      { tools: [TOOL], toolChoice: { type } },
      { tools: [WIRE_TOOL], tool_choice: type },
    ]),
    [
      'the choice of one tool',
      { tools: [TOOL], toolChoice: { type: 'tool', toolName: 'f' } },
      { tools: [WIRE_TOOL], tool_choice: { type: 'function', function: { name: 'f' } } },
    ],
  ])('send %s', (_name, options, more) => {
    const { body, warnings } = convert(options);
    expect(body).toEqual({ ...BASE, ...more });
    expect(warnings).toEqual([]);
  });

  it('`stream` is set in streams only, whatever extraBody says', () => {
    const streamed = { ...BASE, stream: true, stream_options: { include_usage: true } };
    expect(convert({}, {}, true).body).toEqual(streamed);
    const providerOptions = { auriko: { extraBody: { stream: true } } };
    expect(convert({ providerOptions }).body).toEqual(BASE);
  });

  it('the settings that are not of the wire stay out of the body', () => {
    const options = {
      headers: { a: 'b' },
      includeRawChunks: true,
      abortSignal: new AbortController().signal,
    };
    expect(convert(options).body).toEqual(BASE);
  });
});

describe('reasoning', () => {
  it.each<[LanguageModelV4CallOptions['reasoning'], string | undefined, boolean]>([
    [undefined, undefined, false],
    ['provider-default', undefined, false],
    ['none', 'off', false],
    ['low', 'low', true],
    ['medium', 'medium', true],
    ['high', 'high', true],
    ['xhigh', 'xhigh', true],
  ])('%s is sent as %s', (reasoning, effort, isReasoning) => {
    const call = convert(reasoning === undefined ? {} : { reasoning });
    expect(call.body.reasoning_effort).toBe(effort);
    expect(call.isReasoning).toBe(isReasoning);
    expect(call.warnings).toEqual([]);
  });

  it('minimal is sent as low, with a warning', () => {
    const { body, warnings } = convert({ reasoning: 'minimal' });
    expect(body.reasoning_effort).toBe('low');
    expect(warnings).toMatchObject([{ type: 'compatibility', feature: 'reasoning' }]);
  });

  it('providerOptions win and go unchanged, without a warning about what is not sent', () => {
    const { body, warnings } = convert({
      reasoning: 'minimal',
      providerOptions: { auriko: { reasoningEffort: 'minimal' } },
    });
    expect(body.reasoning_effort).toBe('minimal');
    expect(warnings).toEqual([]);
  });

  it('can be left out of the reply', () => {
    expect(withOptions({ reasoning: { exclude: true } }).body.reasoning).toEqual({ exclude: true });
  });
});

describe('tools that can not be sent as they are', () => {
  it('provider tools are left out with a warning that names them', () => {
    const { body, warnings } = convert({
      tools: [{ type: 'provider', id: 'openai.web_search', name: 'web', args: {} }, TOOL],
    });
    expect(body.tools).toEqual([WIRE_TOOL]);
    expect(warnings).toMatchObject([{ type: 'unsupported', feature: 'provider tool openai.web_search' }]);
  });

  it('examples are left out with a warning that names the tool', () => {
    const { body, warnings } = convert({ tools: [{ ...TOOL, inputExamples: [{ input: { a: 1 } }] }] });
    expect(body.tools).toEqual([WIRE_TOOL]);
    expect(warnings).toMatchObject([{ type: 'unsupported', feature: 'inputExamples of tool f' }]);
  });
});

describe('providerOptions.auriko', () => {
  it.each<[string, Auriko, Record<string, unknown>]>([
    ['parallelToolCalls', { parallelToolCalls: false }, { parallel_tool_calls: false }],
    ['logprobs', { logprobs: true }, { logprobs: true }],
    ['a number of logprobs', { logprobs: 0 }, { logprobs: true, top_logprobs: 0 }],
    ['no logprobs', { logprobs: false }, {}],
    ['logitBias', { logitBias: { '50256': -100 } }, { logit_bias: { '50256': -100 } }],
    [
      'sampling extras',
      { minP: 0, topA: 1, repetitionPenalty: 1.1 },
      { min_p: 0, top_a: 1, repetition_penalty: 1.1 },
    ],
    [
      'texts',
      { user: 'u', verbosity: 'low', promptCacheKey: 'k' },
      { user: 'u', verbosity: 'low', prompt_cache_key: 'k' },
    ],
    ['cache retention', { promptCacheRetention: '24h' }, { prompt_cache_retention: '24h' }],
    ['safetyIdentifier', { safetyIdentifier: 's' }, { safety_identifier: 's' }],
    [
      'webSearchOptions unchanged',
      { webSearchOptions: { searchContext: 1 } },
      { web_search_options: { searchContext: 1 } },
    ],
    [
      'extensions unchanged',
      { extensions: { openai: { someKey: 1 } } },
      { extensions: { openai: { someKey: 1 } } },
    ],
    [
      'routing',
      {
        routing: {
          optimize: 'ttft',
          maxCostPer1m: 2.5,
          weights: { cost: 1 },
          excludeProviders: ['a'],
          onlyByok: true,
        },
      },
      {
        gateway: {
          routing: {
            optimize: 'ttft',
            max_cost_per_1m: 2.5,
            weights: { cost: 1 },
            exclude_providers: ['a'],
            only_byok: true,
          },
        },
      },
    ],
    [
      'metadata, whose own keys stay',
      { metadata: { userId: 'u', customFields: { camelCase: 'x' } } },
      { gateway: { metadata: { user_id: 'u', custom_fields: { camelCase: 'x' } } } },
    ],
  ])('send %s', (_name, auriko, more) => {
    expect(withOptions(auriko).body).toEqual({ ...BASE, ...more });
  });

  it.each<[string, Auriko, Auriko]>([
    ['options', { parallelToolCalls: true, minP: 0.1 }, { parallel_tool_calls: true, min_p: 0.1 }],
    [
      'routing',
      { routing: { maxCostPer1m: 1, maxTtftMs: 2, deadlineMs: 3, requireParameters: true } },
      { routing: { max_cost_per_1m: 1, max_ttft_ms: 2, deadline_ms: 3, require_parameters: true } },
    ],
    ['metadata', { metadata: { traceId: 't' } }, { metadata: { trace_id: 't' } }],
  ])('%s may be written in snake case', (_name, camel, snake) => {
    expect(withOptions(snake).body).toEqual(withOptions(camel).body);
  });

  it('a list of models replaces the model', () => {
    const { model: _model, ...rest } = BASE;
    expect(withOptions({ models: ['a', 'b'] }).body).toEqual({ ...rest, gateway: { models: ['a', 'b'] } });
  });

  it('null and undefined options are none', () => {
    expect(convert({ providerOptions: { auriko: {} } }).body).toEqual(BASE);
    expect(convert({ providerOptions: { openai: { parallelToolCalls: true } } }).body).toEqual(BASE);
  });

  it('time limits go to the transport, not on the wire', () => {
    const { body, options } = withOptions({ timeout: { idleMs: 5 } });
    expect(body).toEqual(BASE);
    expect(options.timeout).toEqual({ idleMs: 5 });
  });

  it.each<[string, Auriko, string]>([
    ['an unknown key', { parallelToolCall: true }, 'parallelToolCall '],
    ['an unknown routing key', { routing: { optimise: 'cost' } }, 'routing.optimise'],
    ['an unknown metadata key', { metadata: { tag: [] } }, 'metadata.tag'],
    ['an inherited key', { routing: { toString: 'x' } }, 'routing.toString'],
    ['an unknown limit', { timeout: { idle: 1 } }, 'timeout.idle'],
    ['a negative limit', { timeout: { idleMs: -1 } }, 'timeout.idleMs'],
    ['a wrong type', { parallelToolCalls: 'yes' }, 'parallelToolCalls'],
    ['null where it means nothing', { user: null }, 'user'],
    ['too many logprobs', { logprobs: 21 }, 'logprobs'],
    ['half a logprob', { logprobs: 1.5 }, 'logprobs'],
    ['minP above 1', { minP: 1.1 }, 'minP'],
    ['topA below 0', { topA: -0.1 }, 'topA'],
    ['repetitionPenalty of 0', { repetitionPenalty: 0 }, 'repetitionPenalty'],
    ['no models', { models: [] }, 'models'],
    ['eleven models', { models: Array.from({ length: 11 }, () => 'm') }, 'models'],
    ['an unknown retention', { promptCacheRetention: '1h' }, 'promptCacheRetention'],
    ['a bias that is no number', { logitBias: { '1': 'x' } }, 'logitBias.1'],
    ['an extension that is no object', { extensions: { openai: 1 } }, 'extensions.openai'],
    ['an extraBody that is no object', { extraBody: [] }, 'extraBody'],
    ['an unknown preset', { routing: { optimize: 'fast' } }, 'routing.optimize'],
    ['weights of 0', { routing: { weights: { cost: 0 } } }, 'routing.weights'],
    ['a negative weight', { routing: { weights: { cost: -1, ttft: 1 } } }, 'routing.weights.cost'],
    ['maxCostPer1m of 0', { routing: { maxCostPer1m: 0 } }, 'maxCostPer1m'],
    ['no fallback attempts', { routing: { maxFallbackAttempts: 0 } }, 'maxFallbackAttempts'],
    ['20 fallback attempts', { routing: { maxFallbackAttempts: 20 } }, 'maxFallbackAttempts'],
    ['both key rules', { routing: { onlyByok: true, onlyPlatform: true } }, 'onlyByok'],
    ['a deadline before the timeout', { routing: { timeoutMs: 2, deadlineMs: 1 } }, 'deadlineMs'],
  ])('%s is refused by name', (_name, auriko, named) => {
    const act = () => withOptions(auriko);
    expect(act).toThrow(InvalidArgumentError);
    expect(act).toThrow(named);
    expect(act).toThrow(expect.objectContaining({ argument: 'providerOptions' }));
  });
});

describe('defaults of the provider', () => {
  const defaults: RequestDefaults = {
    routing: { optimize: 'cost', max_ttft_ms: 100 },
    metadata: { tags: ['a'], user_id: 'u' },
  };

  it('apply when the call says nothing', () => {
    expect(convert({}, defaults).body.gateway).toEqual(defaults);
  });

  it("give way to the call's own field by field", () => {
    const auriko = { routing: { optimize: 'tps' }, metadata: { tags: ['b'] }, models: ['x'] };
    expect(withOptions(auriko, defaults).body.gateway).toEqual({
      routing: { optimize: 'tps', max_ttft_ms: 100 },
      metadata: { tags: ['b'], user_id: 'u' },
      models: ['x'],
    });
  });

  it('are not changed by a call, and empty ones are not sent', () => {
    withOptions({ routing: { optimize: 'tps' } }, defaults);
    expect(defaults.routing).toEqual({ optimize: 'cost', max_ttft_ms: 100 });
    expect(convert({}, { routing: {}, metadata: {} }).body).toEqual(BASE);
  });
});

describe('extraBody', () => {
  it('replaces and adds fields last, unchecked', () => {
    const extraBody = { temperature: 2, anything: { deep: [1] }, model: 'other' };
    const { body } = convert({ temperature: 1, providerOptions: { auriko: { extraBody } } });
    expect(body).toEqual({ ...BASE, temperature: 2, anything: { deep: [1] }, model: 'other' });
  });

  it('is merged into `gateway` child by child', () => {
    const auriko = { routing: { optimize: 'cost' }, extraBody: { gateway: { experimental: 1 } } };
    expect(withOptions(auriko).body.gateway).toEqual({ routing: { optimize: 'cost' }, experimental: 1 });
  });
});
