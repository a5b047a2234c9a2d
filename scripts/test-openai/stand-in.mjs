// A server for what the gateway does not do: endpoints that it does not have yet, and streams that break. Models are
// named after what they do.

import { createServer } from 'node:http';

const ROUTING = {
  provider: 'stand-in',
  provider_model_id: 'm-1',
  model_canonical: 'm',
  routing_strategy: 'cost-focus',
};
const LIMITED = {
  message: 'slow down',
  type: 'rate_limit_error',
  code: 'rate_limit_exceeded',
  provider: 'groq',
};
const HELLO = `data: ${JSON.stringify(chunk({ role: 'assistant', content: 'Hello' }))}\n\n`;
const FINISH = `data: ${JSON.stringify({ ...chunk({}, 'stop'), routing_metadata: ROUTING })}`;

/** What each model's stream consists of. */
const STREAMS = {
  cut: HELLO,
  error: `${HELLO}data: ${JSON.stringify({ error: LIMITED })}\n\n`,
  'error-event': `${HELLO}event: error\ndata: ${JSON.stringify(LIMITED)}\n\n`,
  'no-blank-line': HELLO + FINISH,
};

/** Starts the server; resolves to `{ url, requests, close }`. */
export async function startStandIn() {
  const requests = [];
  const server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = JSON.parse(Buffer.concat(pieces).toString() || '{}');
    requests.push({ path: request.url, headers: request.headers, body });
    response.setHeader('x-request-id', 'req_stand_in');
    if (request.url === '/v1/embeddings') return sendJson(response, embeddings(body));
    if (request.url === '/v1/responses') return respond(response, body);
    return sendStream(response, STREAMS[body.model] ?? '');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function embeddings({ input, encoding_format }) {
  const vectors = [input].flat().map((text) => [text.length, 0.5, -1]);
  const encode = (vector) =>
    encoding_format === 'base64' ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector;
  return {
    object: 'list',
    model: 'm-1',
    data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: encode(vector) })),
    usage: { prompt_tokens: 2, total_tokens: 2 },
    routing_metadata: ROUTING,
  };
}

function respond(response, { stream }) {
  const content = { type: 'output_text', text: 'Hello', annotations: [] };
  const item = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [content] };
  const usage = {
    input_tokens: 1,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 3,
  };
  const whole = { id: 'resp_1', object: 'response', created_at: 1, model: 'm-1', status: 'completed' };
  const reply = { ...whole, output: [item], usage, error: null, routing_metadata: ROUTING };
  if (!stream) return sendJson(response, reply);
  const begun = { ...whole, status: 'in_progress', output: [], error: null };
  const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  const events = [
    { type: 'response.created', response: begun },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    },
    { type: 'response.content_part.added', ...place, part: { ...content, text: '' } },
    { type: 'response.output_text.delta', ...place, delta: 'Hello', logprobs: [] },
    { type: 'response.output_text.done', ...place, text: 'Hello', logprobs: [] },
    { type: 'response.content_part.done', ...place, part: content },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: reply },
  ].map((event, index) => ({ ...event, sequence_number: index }));
  return sendStream(
    response,
    events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  );
}

function chunk(delta, finish_reason = null) {
  const choices = [{ index: 0, delta, finish_reason }];
  return { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm-1', choices };
}

function sendJson(response, value) {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
}

function sendStream(response, text) {
  response.setHeader('content-type', 'text/event-stream').end(text);
}
