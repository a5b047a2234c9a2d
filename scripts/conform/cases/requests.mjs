// What is sent, and what is refused before anything is.

import { CHAT, completion, RESPONSE, response } from '../parts.mjs';

const GOOD = [{ json: completion() }];
const messages = CHAT.params.messages;
const ROUTING = { routing: { optimize: 'ttft', max_ttft_ms: 500, providers: ['openai', 'groq'] } };

const sent = {
  'every sampling parameter': {
    temperature: 0.5,
    top_p: 0.9,
    max_tokens: 10,
    max_completion_tokens: 12,
    frequency_penalty: 0.1,
    presence_penalty: -0.1,
    top_k: 40,
    min_p: 0.05,
    top_a: 0.1,
    repetition_penalty: 1.1,
    stop: ['x'],
    seed: 7,
    n: 1,
    logprobs: true,
    top_logprobs: 2,
    logit_bias: { 50256: -100 },
  },
  'the other parameters': {
    reasoning_effort: 'high',
    reasoning: { exclude: true },
    parallel_tool_calls: false,
    user: 'u',
    verbosity: 'low',
    prompt_cache_key: 'k',
    safety_identifier: 's',
    web_search_options: { a: 1 },
  },
  tools: {
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
    tool_choice: { type: 'function', function: { name: 'f' } },
  },
  'a format': {
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'n', schema: { type: 'object' }, strict: true },
    },
  },
  'false and zero': { temperature: 0, logprobs: false, seed: 0, stream: false },
  routing: { gateway: ROUTING },
  'an empty gateway': { gateway: {} },
  metadata: {
    gateway: { metadata: { tags: ['a'], user_id: 'u', trace_id: 't', custom_fields: { k: 'v' } } },
  },
  extensions: { extensions: { anthropic: { top_k: 5 } } },
  'an extra body': { extra_body: { brand_new: 1, temperature: 1 } },
  'an extra body that overrides': { temperature: 0.2, extra_body: { temperature: 1 } },
  'an extra gateway beside another': {
    gateway: ROUTING,
    extra_body: { gateway: { metadata: { trace_id: 't' }, routing: { optimize: 'cost' } } },
  },
  'an extra body that would stream': { extra_body: { stream: true } },
  'an extra body with another model': { extra_body: { model: 'other' } },
};

const lists = [
  ['a list of models', { messages, gateway: { models: ['a', 'b'] } }],
  ['both model and models', { ...CHAT.params, gateway: { models: ['a'] } }],
  ['neither model nor models', { messages }],
  ['neither, with a gateway', { messages, gateway: ROUTING }],
  ['models in the extra body only', { messages, extra_body: { gateway: { models: ['a'] } } }],
  ['an empty list of models', { messages, gateway: { models: [] } }],
  ['extensions.thinking', { ...CHAT.params, extensions: { thinking: { a: 1 } } }],
];

const ofResponses = [
  [
    'every setting',
    {
      instructions: 'i',
      max_output_tokens: 10,
      temperature: 0.5,
      top_p: 0.9,
      parallel_tool_calls: true,
      reasoning: { effort: 'low' },
      text: { format: { type: 'json_object' } },
      user: 'u',
      tools: [{ type: 'function', name: 'f', parameters: {} }],
      tool_choice: 'auto',
    },
  ],
  ['items', { input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }] }],
  ['a gateway', { gateway: ROUTING }],
  ['an extra body', { extra_body: { brand_new: 1, gateway: { metadata: { trace_id: 't' } } } }],
  ['both model and models', { gateway: { models: ['a'] } }],
  ['neither', { model: undefined }],
];

export default [
  ...Object.entries(sent).map(([what, params]) => ({
    name: `a request: ${what}`,
    ...CHAT,
    params: { ...CHAT.params, ...params },
    replies: GOOD,
  })),
  ...lists.map(([what, params]) => ({ name: `a request: ${what}`, ...CHAT, params, replies: GOOD })),
  ...ofResponses.map(([what, params]) => ({
    name: `a response: ${what}`,
    ...RESPONSE,
    params: { ...RESPONSE.params, ...params },
    replies: [{ json: response() }],
  })),
  { name: 'an empty key', ...CHAT, client: { api_key: '' }, replies: GOOD },
];
