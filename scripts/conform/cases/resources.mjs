// The other resources, and the headers of replies.

import { CHAT, CHAT_STREAM, chunk, completion, DONE, LAST, stream } from '../parts.mjs';

const MODEL = {
  id: 'gpt-4o-2024-08-06',
  object: 'model',
  created: 1_776_656_101,
  owned_by: 'auriko',
  context_window: 128_000,
  supported_endpoints: ['chat_completions', 'responses'],
  providers: [{ name: 'openai', input_price: 2.5, output_price: 10, data_policy: 'no_training' }],
};
const LIST = { object: 'list', data: [MODEL], catalog_version: '9950bdc087663c7b', catalog_age_seconds: 120 };
const TIER = {
  name: 'standard',
  input_price: 2.5,
  output_price: 10,
  cache_read_price: 1.25,
  price_variants: [{ role: 'input', price: 5, constraints: { context: '>200k' }, description: 'long' }],
};
const DIRECTORY = {
  generated_at: '2026-11-22T00:00:00Z',
  models: {
    'gpt-4o': {
      family: 'gpt-4o',
      display_name: 'GPT-4o',
      author: 'openai',
      providers: [
        {
          provider: 'openai',
          provider_model_id: 'gpt-4o-2024-08-06',
          context_window: 128_000,
          capabilities: { tools: true },
          input_modalities: ['text', 'image'],
          tiers: [TIER],
          data_policy: 'no_training',
        },
      ],
    },
  },
};
const REGISTRY = {
  models: [
    {
      id: 'gpt-4o',
      family: 'gpt-4o',
      display_name: 'GPT-4o',
      capabilities: { tools: true },
      input_modalities: ['text'],
      output_modalities: ['text'],
      providers: ['openai'],
      has_free_provider: false,
    },
  ],
  count: 1,
  playground_defaults: [],
};
const PROVIDERS = {
  providers: [
    { id: 'openai', display_name: 'OpenAI', description: 'd', icon: 'i', data_policy: 'no_training' },
  ],
  count: 1,
};
const ME = {
  credential_type: 'api_key',
  status: 'active',
  profile: 'inference',
  key_id: 'key_1',
  key_prefix: 'ak_live_abcdefgh',
  key_name: 'k',
  workspace: { id: 'ws_1', name: 'w' },
  scopes: ['inference'],
  rate_limits: { inference_rpm: 60, management_reads_rpm: 60, management_writes_rpm: 10 },
  expires_at: null,
  created_at: '2026-01-01T00:00:00Z',
};

const calls = [
  ['models', { call: 'models.list' }, LIST],
  ['models of chat completions', { call: 'models.list', params: { endpoint: 'chat_completions' } }, LIST],
  ['models of responses', { call: 'models.list', params: { endpoint: 'responses' } }, LIST],
  ['one model', { call: 'models.retrieve', args: ['gpt-4o'] }, MODEL],
  ['a model with a slash in its id', { call: 'models.retrieve', args: ['openai/gpt-4o'] }, MODEL],
  ['a model with a colon in its id', { call: 'models.retrieve', args: ['ft:gpt-4o:org'] }, MODEL],
  ['a model with a question mark in its id', { call: 'models.retrieve', args: ['a?b'] }, MODEL],
  ['the directory', { call: 'models.list_directory' }, DIRECTORY],
  ['the registry of models', { call: 'models.list_registry' }, REGISTRY],
  ['the registry of providers', { call: 'models.list_providers' }, PROVIDERS],
  ['the key', { call: 'me.get' }, ME],
].map(([what, call, json]) => ({ name: what, ...call, replies: [{ json }] }));

const broken = [
  ['models.list', { object: 'list' }],
  ['models.list_directory', {}],
  ['models.list_registry', { count: 1 }],
  ['models.list_providers', []],
  ['me.get', 'x'],
].map(([call, json]) => ({ name: `${call}, not as published`, call, replies: [{ json }] }));

const ALL = {
  'x-request-id': 'req_1',
  'retry-after': '1.5',
  'x-ratelimit-limit-requests': '60',
  'x-ratelimit-remaining-requests': '59',
  'x-ratelimit-reset-requests': '2026-11-22T00:00:00Z',
  'x-credits-balance-microdollars': '1000000',
  'x-token-count-model': 'gpt-4o',
};
const headers = [
  ['all', ALL],
  ['none', {}],
  ['numbers with spaces', { 'x-ratelimit-limit-requests': ' 60 ', 'retry-after': ' 2 ' }],
  ['fractions where whole numbers belong', { 'x-ratelimit-limit-requests': '6.5' }],
  ['words where numbers belong', { 'x-ratelimit-remaining-requests': 'many', 'retry-after': 'soon' }],
  ['negative numbers', { 'x-credits-balance-microdollars': '-5', 'x-ratelimit-remaining-requests': '-1' }],
  ['exponents', { 'x-ratelimit-limit-requests': '1e3', 'retry-after': '1e1' }],
  ['an HTTP date', { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }],
].flatMap(([what, values]) => [
  { name: `headers of a reply: ${what}`, ...CHAT, replies: [{ json: completion(), headers: values }] },
  {
    name: `headers of a stream: ${what}`,
    ...CHAT_STREAM,
    replies: [{ ...stream(chunk({ content: 'a' }), LAST, DONE), headers: values }],
  },
]);

export default [...calls, ...broken, ...headers];
