// The shapes in which a streamed completion can arrive.

import { CHAT_STREAM, chunk, DONE, LAST, sse, stream, USAGE } from '../parts.mjs';

const A = chunk({ role: 'assistant', content: 'a' });
const B = chunk({ content: 'b' });
const text = (value) => JSON.stringify(value);

const errors = [
  [
    'the whole envelope',
    { error: { message: 'm', type: 'api_error', code: 'upstream_error', provider: 'groq' } },
  ],
  ['a rate limit', { error: { message: 'm', type: 'rate_limit_error', code: 'rate_limit_exceeded' } }],
  ['an unknown type', { error: { message: 'm', type: 'odd', code: 'x' } }],
  ['text', { error: 'm' }],
  ['null', { error: null }],
  ['no code', { error: { message: 'm', type: 'api_error' } }],
].map(([what, error]) => [`an error inside: ${what}`, stream(A, error, B, DONE)]);

const shapes = [
  ['text', stream(A, B, LAST, USAGE, DONE)],
  ['nothing but the end', stream(DONE)],
  ['usage and routing metadata on their own', stream(A, LAST, USAGE, DONE)],
  ['usage on the last chunk', stream(A, { ...LAST, usage: USAGE.usage }, DONE)],
  [
    'two usages: the last counts',
    stream(
      A,
      { ...B, usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } },
      LAST,
      USAGE,
      DONE,
    ),
  ],
  ['comments and keep-alives', stream(': hi\n\n', A, ':\n\n', B, ': x\n', LAST, DONE)],
  ['event names', stream(`event: chunk\ndata: ${text(A)}\n\n`, LAST, DONE)],
  ['ids and retry times', stream(`id: 1\nretry: 10\ndata: ${text(A)}\n\n`, LAST, DONE)],
  ['no space after the colon', stream(`data:${text(A)}\n\n`, LAST, 'data:[DONE]\n\n')],
  ['two spaces after the colon', stream(`data:  ${text(A)}\n\n`, LAST, DONE)],
  [
    'data over several lines',
    stream(`data: {"id":"c","created":1,"model":"m",\ndata: "choices":[]}\n\n`, LAST, DONE),
  ],
  ['CRLF line ends', { frames: sse(A, B, LAST, DONE).map((frame) => frame.replaceAll('\n', '\r\n')) }],
  [
    'CRLF cut between its two halves',
    { frames: [`data: ${text(A)}\r`, '\n\r', `\ndata: ${text(B)}\r\n\r\n`, DONE] },
  ],
  [
    'one byte at a time',
    { frames: [...Buffer.from(sse(A, LAST, DONE).join(''))].map((byte) => Buffer.from([byte])) },
  ],
  [
    'an umlaut cut in two',
    { frames: halves(`data: ${text(chunk({ content: 'ü' }))}\n\n`).concat(sse(LAST, DONE)) },
  ],
  ['no blank line at the end', { frames: [...sse(A, LAST), 'data: [DONE]'] }],
  ['a last chunk without its blank line', { frames: [...sse(A, LAST), `data: ${text(USAGE)}`] }],
  ['no [DONE] after the finish word', { frames: sse(A, LAST, USAGE) }],
  ['an end without a finish word', { frames: sse(A, B) }],
  ['a connection that breaks', { frames: sse(A, B), cut: true }],
  ['words after [DONE]', stream(A, LAST, DONE, B)],
  ['a chunk that is not JSON', stream(A, 'data: {"id":\n\n', DONE)],
  ['a chunk that is a list', stream(A, [1], DONE)],
  ['a chunk without choices', stream(A, { id: 'c', created: 1, model: 'm' }, LAST, DONE)],
  ['empty data', stream(A, 'data:\n\n', LAST, DONE)],
  ['unknown fields', stream({ ...A, mood: 'good' }, LAST, DONE)],
  [
    'tool calls',
    stream(
      chunk({
        tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }],
      }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"a":' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '1}' } }] }),
      LAST,
      DONE,
    ),
  ],
  ['reasoning', stream(chunk({ reasoning_content: 'hm' }), A, LAST, DONE)],
  [
    'several choices',
    stream(
      chunk(
        {},
        { choices: [0, 1].map((index) => ({ index, delta: { content: `c${index}` }, finish_reason: null })) },
      ),
      LAST,
      DONE,
    ),
  ],
];

export default [...shapes, ...errors].map(([what, reply]) => ({
  name: `a stream: ${what}`,
  ...CHAT_STREAM,
  client: { max_retries: 1 },
  replies: [{ ...reply, headers: { 'x-request-id': 'req_1' } }],
}));

/** Cut in the middle of its only character of two bytes. */
function halves(frame) {
  const bytes = Buffer.from(frame);
  const at = bytes.indexOf(0xc3) + 1;
  return [bytes.subarray(0, at), bytes.subarray(at)];
}
