// The Responses API: whole and streamed.

import { RESPONSE, RESPONSE_STREAM, response, routing, sse, stream } from '../parts.mjs';

const whole = {
  'a plain one': response(),
  'a function call': response({
    output: [
      {
        type: 'function_call',
        id: 'fc_1',
        call_id: 'call_1',
        name: 'f',
        arguments: '{}',
        status: 'completed',
      },
    ],
  }),
  reasoning: response({
    output: [{ type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }] }],
  }),
  'an unknown item': response({
    output: [{ type: 'web_search_call', id: 'ws_1', status: 'completed', action: { q: 'x' } }],
  }),
  'an incomplete one': response({
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
  }),
  'a failed one': response({ status: 'failed', output: [], error: { code: 'server_error', message: 'm' } }),
  'counts and routing metadata': response({
    usage: {
      input_tokens: 3,
      output_tokens: 2,
      total_tokens: 5,
      input_tokens_details: { cached_tokens: 1, cache_write_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 1 },
    },
    routing_metadata: routing(),
  }),
  'unknown fields': response({ mood: 'good' }),
  'no output': response({ output: undefined }),
};

const created = {
  type: 'response.created',
  sequence_number: 0,
  response: response({ status: 'in_progress', output: [], usage: undefined }),
};
const added = {
  type: 'response.output_item.added',
  sequence_number: 1,
  output_index: 0,
  item: { type: 'message', id: 'msg_1', role: 'assistant', status: 'in_progress', content: [] },
};
const delta = {
  type: 'response.output_text.delta',
  sequence_number: 2,
  item_id: 'msg_1',
  output_index: 0,
  content_index: 0,
  delta: 'Hello',
};
const completed = {
  type: 'response.completed',
  sequence_number: 9,
  response: response({ routing_metadata: routing() }),
};
const terminal = (word) => ({
  type: `response.${word}`,
  sequence_number: 9,
  response: response({ status: word }),
});
const error = (more) => ({ type: 'error', sequence_number: 3, message: 'm', ...more });

const streams = [
  ['text', stream(created, added, delta, completed)],
  ['[DONE] at the end', stream(created, delta, completed, 'data: [DONE]\n\n')],
  [
    'event names',
    { frames: sse(created, delta, completed).map((frame, index) => `event: e${index}\n${frame}`) },
  ],
  ['incomplete', stream(created, delta, terminal('incomplete'))],
  ['failed', stream(created, terminal('failed'))],
  [
    'an unknown event',
    stream(created, { type: 'response.brand_new', sequence_number: 2, a: { b: 1 } }, completed),
  ],
  ['a known event of another shape', stream(created, { ...delta, delta: 7 }, completed)],
  ['words after the terminal event', stream(created, completed, delta)],
  [
    'function arguments',
    stream(
      created,
      {
        type: 'response.function_call_arguments.delta',
        sequence_number: 1,
        item_id: 'fc_1',
        output_index: 0,
        delta: '{}',
      },
      {
        type: 'response.function_call_arguments.done',
        sequence_number: 2,
        item_id: 'fc_1',
        output_index: 0,
        arguments: '{}',
      },
      completed,
    ),
  ],
  [
    'a summary',
    stream(
      created,
      {
        type: 'response.reasoning_summary_text.delta',
        sequence_number: 1,
        item_id: 'rs_1',
        output_index: 0,
        summary_index: 0,
        delta: 'hm',
      },
      completed,
    ),
  ],
  ['an error with a known code', stream(created, error({ code: 'rate_limit_exceeded', param: 'model' }))],
  [
    'an error of a provider',
    stream(
      created,
      error({ code: 'upstream_error', provider: 'groq', suggestion: 's', doc_url: 'https://d.test' }),
    ),
  ],
  ['an error with an unknown code', stream(created, error({ code: 'brand_new' }))],
  ['an error without a code', stream(created, error({}), completed)],
  ['an end without a terminal event', stream(created, delta)],
  ['a connection that breaks', { ...stream(created, delta), cut: true }],
  ['an event that is not JSON', stream(created, 'data: {\n\n', completed)],
];

export default [
  ...Object.entries(whole).map(([what, json]) => ({
    name: `a response: ${what}`,
    ...RESPONSE,
    replies: [{ json }],
  })),
  ...streams.map(([what, reply]) => ({
    name: `a streamed response: ${what}`,
    ...RESPONSE_STREAM,
    client: { max_retries: 1 },
    replies: [{ ...reply, headers: { 'x-request-id': 'req_1' } }],
  })),
];
