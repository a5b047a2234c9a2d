// Every code of the registry, and every way in which an error body can be wrong, on several statuses.

import { ERROR_CODES } from '../../../dist/error-codes.js';
import { BUSY, CHAT, CHAT_STREAM, failure, RESPONSE } from '../parts.mjs';

// Codes without a status occur inside streams only.
const registry = Object.entries(ERROR_CODES).filter(([, { status }]) => status >= 400);

const codes = registry.map(([code, { type, status }]) => ({
  name: `code ${code}`,
  ...CHAT,
  client: { max_retries: 1 },
  replies: [failure(status, type, code, { suggestion: 'Do it right.' }, { 'x-request-id': 'req_1' })],
}));

const ERROR = { message: 'm', type: 'invalid_request_error', code: 'invalid_request' };

const bodies = {
  'an HTML page': { text: '<html>Bad gateway</html>' },
  'an empty body': { text: '' },
  'long text': { text: 'x'.repeat(5000) },
  'an array': { json: [1, 2] },
  'a string': { json: 'no' },
  'an object without error': { json: { detail: 'no' } },
  'error null': { json: { error: null } },
  'error text': { json: { error: 'no' } },
  'an unknown type': { json: { error: { ...ERROR, type: 'strange_error' } } },
  'no type': { json: { error: { message: 'm', code: 'c' } } },
  'code null': { json: { error: { ...ERROR, code: null } } },
  'an empty code': { json: { error: { ...ERROR, code: '' } } },
  'a number as code': { json: { error: { ...ERROR, code: 7 } } },
  'no message': { json: { error: { type: ERROR.type, code: 'c' } } },
  'an empty message': { json: { error: { ...ERROR, message: '' } } },
  'an unknown code': { json: { error: { ...ERROR, code: 'brand_new' } } },
  'further fields': { json: { error: { ...ERROR, extra: { a: 1 } }, trace: 't' } },
  'a number as param': { json: { error: { ...ERROR, param: 7 } } },
  'a documentation link': { json: { error: { ...ERROR, doc_url: 'https://docs.test/x', param: 'model' } } },
  'a provider': {
    json: { error: { ...ERROR, type: 'api_error', code: 'upstream_error', provider: 'groq' } },
  },
};

const envelopes = [400, 404, 503].flatMap((status) =>
  Object.entries(bodies).map(([what, body]) => ({
    name: `${status} with ${what}`,
    ...CHAT,
    client: { max_retries: 1 },
    replies: [{ status, ...body }],
  })),
);

/** Type and status need not agree: the type decides (errors.md §3). */
const dispatch = [
  ['invalid_request_error', 409],
  ['invalid_request_error', 422],
  ['invalid_request_error', 500],
  ['authentication_error', 403],
  ['permission_error', 401],
  ['not_found_error', 400],
  ['rate_limit_error', 503],
  ['api_error', 500],
  ['api_error', 502],
  ['api_error', 418],
].map(([type, status]) => ({
  name: `type ${type} with status ${status}`,
  ...CHAT,
  client: { max_retries: 0 },
  replies: [failure(status, type, 'some_code')],
}));

const elsewhere = [
  ['a stream', CHAT_STREAM],
  ['a response', RESPONSE],
  ['models', { call: 'models.list' }],
  ['one model', { call: 'models.retrieve', args: ['gpt-4o'] }],
  ['the key', { call: 'me.get' }],
].map(([name, call]) => ({ name: `429 for ${name}`, ...call, replies: [BUSY] }));

export default [...codes, ...envelopes, ...dispatch, ...elsewhere];
