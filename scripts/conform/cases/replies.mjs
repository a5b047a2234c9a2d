// Good replies: every field of the wire, and what is not as it should be.

import { CHAT, completion, routing } from '../parts.mjs';

const good = {
  'a plain one': completion(),
  'without usage': completion({ content: 'x' }, { usage: undefined }),
  'content null': completion({ content: null }),
  'tool calls': completion({
    content: null,
    tool_calls: [
      {
        id: 'call_1',
        type: 'function',
        function: { name: 'f', arguments: '{"a":1}' },
        provider_signature: 'sig',
      },
      { id: 'call_2', type: 'function', function: { name: 'g', arguments: '' } },
    ],
  }),
  'signed reasoning': completion({
    content: 'x',
    reasoning_content: 'hm',
    reasoning: [
      { type: 'thinking', thinking: 'hm', signature: 's' },
      { type: 'redacted', data: 'd' },
    ],
  }),
  'a refusal': completion({ content: null, refusal: 'No.' }),
  'images and annotations': completion({
    content: 'x',
    images: [{ type: 'image', mime_type: 'image/png', data: 'AA==', thought_signature: 't' }],
    annotations: [{ type: 'url_citation', url_citation: { url: 'https://a.test', title: 't' } }],
  }),
  'several choices': completion(
    {},
    {
      choices: [0, 1].map((index) => ({
        index,
        message: { role: 'assistant', content: `c${index}` },
        finish_reason: 'length',
        native_finish_reason: 'max_tokens',
        logprobs: { content: [{ token: 'c', logprob: -0.1, bytes: [99], top_logprobs: [] }] },
      })),
    },
  ),
  'all counts': completion(
    {},
    {
      usage: {
        prompt_tokens: 30,
        completion_tokens: 20,
        total_tokens: 50,
        prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 5, text_tokens: 15 },
        completion_tokens_details: { reasoning_tokens: 8, text_tokens: 12 },
      },
    },
  ),
  'all routing metadata': completion(
    {},
    {
      system_fingerprint: 'fp_1',
      service_tier: 'default',
      routing_metadata: routing({
        cost: { usd: 0.000105, cache_savings_percent: 42, cache_savings_usd: 0.00008, hosted_tool_usd: 0.01 },
        ttft_ms: 312,
        throughput_tps: 9.2,
        warnings: [
          { type: 'unsupported_parameter', code: 'parameter_dropped', message: '`seed` was dropped.' },
        ],
      }),
    },
  ),
  'an unknown strategy': completion({}, { routing_metadata: routing({ routing_strategy: 'brand-new' }) }),
  'an unknown warning': completion(
    {},
    {
      routing_metadata: routing({ warnings: [{ type: 'brand_new', code: 'c', message: 'm' }] }),
    },
  ),
  'an unknown finish word': completion(
    {},
    {
      choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'pondering' }],
    },
  ),
  'unknown fields everywhere': completion(
    { content: 'x', mood: 'good' },
    {
      weather: { sky: 'blue' },
      routing_metadata: routing({ planet: 'earth' }),
    },
  ),
  'no choices': completion({}, { choices: [] }),
  'choices missing': completion({}, { choices: undefined }),
  'choices as an object': completion({}, { choices: {} }),
  'an id that is a number': completion({}, { id: 7 }),
};

export default [
  ...Object.entries(good).map(([what, json]) => ({ name: `a reply: ${what}`, ...CHAT, replies: [{ json }] })),
  { name: 'a reply that is not JSON', ...CHAT, replies: [{ text: '<html>ok</html>' }] },
  { name: 'an empty reply', ...CHAT, replies: [{ text: '' }] },
  { name: 'a reply that is a list', ...CHAT, replies: [{ json: [] }] },
  { name: 'a reply that is null', ...CHAT, replies: [{ json: null }] },
];
