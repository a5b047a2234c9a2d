// What cases are made of.

export const CHAT = {
  call: 'chat.completions.create',
  params: { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] },
};
export const CHAT_STREAM = { ...CHAT, params: { ...CHAT.params, stream: true } };
export const RESPONSE = { call: 'responses.create', params: { model: 'gpt-4o', input: 'Hi' } };
export const RESPONSE_STREAM = { ...RESPONSE, params: { ...RESPONSE.params, stream: true } };

/** A reply with the error envelope. */
export function failure(status, type, code, more = {}, headers = {}) {
  return {
    status,
    headers,
    json: { error: { message: `It is ${code}.`, type, code, param: null, ...more } },
  };
}

export const BUSY = failure(429, 'rate_limit_error', 'rate_limit_exceeded');

/** A whole chat completion. */
export function completion(message = { content: 'Hello' }, more = {}) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_760_000_000,
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    ...more,
  };
}

/** A chunk of a streamed one. */
export function chunk(delta, more = {}) {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, delta, finish_reason: null }],
    ...more,
  };
}

export const LAST = chunk({}, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
export const USAGE = chunk(
  {},
  {
    choices: [],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    routing_metadata: routing(),
  },
);
export const DONE = 'data: [DONE]\n\n';

/** Routing metadata of routing.md §8. */
export function routing(more = {}) {
  return {
    provider: 'openai',
    provider_model_id: 'gpt-4o-2024-08-06',
    model_canonical: 'gpt-4o',
    routing_strategy: 'cost-focus',
    cost: { usd: 0.000105 },
    ...more,
  };
}

/** Server-sent events of JSON values; text goes as it is. */
export function sse(...items) {
  return items.map((item) => (typeof item === 'string' ? item : `data: ${JSON.stringify(item)}\n\n`));
}

/** A reply that streams. */
export function stream(...items) {
  return { frames: sse(...items) };
}

/** A whole object of the Responses API. */
export function response(more = {}) {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1_760_000_000,
    model: 'gpt-4o-2024-08-06',
    status: 'completed',
    output: [
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Hello', annotations: [] }],
      },
    ],
    usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
    ...more,
  };
}
