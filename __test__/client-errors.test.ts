// The errors of the SDK as its callers see them: the hierarchy, the dispatch by type and status, and errors from codes.

import { type AddressInfo, createServer } from 'node:net';
import { APICallError } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import {
  APIConnectionError,
  APIStatusError,
  Auriko,
  AurikoAPIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  isRetryable,
  mapErrorFromCode,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ResponseHeaders,
} from '../ts/client/index.js';
import { ERROR_CODES } from '../ts/error-codes.js';
import { chunk, envelope, frames, json, scriptedServer, sse, text } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const messages = [{ role: 'user' as const, content: 'a private question' }];

const STATUS_CLASSES = {
  BadRequestError,
  AuthenticationError,
  PermissionDeniedError,
  NotFoundError,
  ConflictError,
  RateLimitError,
  InternalServerError,
};
const CLASSES = { ...STATUS_CLASSES, APIStatusError };

describe('the hierarchy', () => {
  it('has the root above connection and status errors, and the seven below the latter', () => {
    expect(Object.getPrototypeOf(APIConnectionError)).toBe(AurikoAPIError);
    expect(Object.getPrototypeOf(APIStatusError)).toBe(AurikoAPIError);
    for (const one of Object.values(STATUS_CLASSES)) expect(Object.getPrototypeOf(one)).toBe(APIStatusError);
  });
});

describe.each(transports)('over %s', (_, transport) => {
  const failureOf = async (script: Parameters<typeof scriptedServer>[0], stream = false) => {
    const server = await scriptedServer(script);
    const client = new Auriko({ transport, apiKey: 'ak_test', baseURL: server.url, maxRetries: 0 });
    const call = async () => {
      if (!stream) return client.chat.completions.create({ model: 'm', messages });
      return (await client.chat.completions.create({ model: 'm', messages, stream })).finalCompletion();
    };
    return call().then(
      () => {
        throw new Error('it did not reject');
      },
      (error: unknown) => error,
    );
  };

  it.each([
    ['invalid_request_error', 400, 'BadRequestError'],
    ['invalid_request_error', 405, 'BadRequestError'],
    ['invalid_request_error', 413, 'BadRequestError'],
    ['invalid_request_error', 422, 'BadRequestError'],
    ['invalid_request_error', 409, 'ConflictError'],
    ['authentication_error', 401, 'AuthenticationError'],
    ['authentication_error', 400, 'AuthenticationError'],
    ['permission_error', 403, 'PermissionDeniedError'],
    ['not_found_error', 404, 'NotFoundError'],
    ['rate_limit_error', 429, 'RateLimitError'],
    ['rate_limit_error', 503, 'RateLimitError'],
    ['api_error', 500, 'InternalServerError'],
    ['api_error', 502, 'APIStatusError'],
    ['api_error', 503, 'APIStatusError'],
    ['api_error', 504, 'APIStatusError'],
  ] as const)('%s with status %i is %s', async (type, status, name) => {
    const error = await failureOf(json(status, envelope(type, 'some_code')));
    expect(error).toBeInstanceOf(CLASSES[name]);
    expect(error).toBeInstanceOf(APICallError);
    expect(error).toMatchObject({ name, type, code: 'some_code', statusCode: status });
  });

  it('has every attribute of its reply, and nothing of its request', async () => {
    const body = envelope('rate_limit_error', 'rate_limit_exceeded', {
      message: 'Slow down.',
      param: 'messages',
      provider: 'openai',
      doc_url: 'https://example.test/doc',
      suggestion: 'Wait.',
    });
    const error = await failureOf(json(429, body, { 'x-request-id': 'req_9', 'retry-after': '7' }));
    if (!RateLimitError.isInstance(error)) throw new Error('it is no RateLimitError');
    expect(error).toMatchObject({
      message: '[openai] Slow down. Wait.',
      statusCode: 429,
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      param: 'messages',
      body,
      requestId: 'req_9',
      docUrl: 'https://example.test/doc',
      retryAfterSeconds: 7,
      retryAfterMs: 7000,
      provider: 'openai',
      suggestion: 'Wait.',
    });
    expect(error.responseHeaders).toMatchObject({ 'x-request-id': 'req_9' });
    expect(error.requestBodyValues).toBeUndefined();
  });

  it.each([
    ['no envelope', '{"detail":"odd"}', 'odd', { detail: 'odd' }],
    ['a page', '<html>gone</html>', undefined, '<html>gone</html>'],
    ['nothing', '', undefined, null],
    ['a long text', 'x'.repeat(5000), undefined, 'x'.repeat(4096)],
    [
      'a null code',
      JSON.stringify(envelope('api_error', '', { code: null, message: 'm' })),
      'm',
      expect.anything(),
    ],
    ['an unknown type', JSON.stringify(envelope('odd_error', 'c', { message: 'm' })), 'm', expect.anything()],
  ])('%s is a malformed reply', async (__, reply, message, body) => {
    const error = await failureOf(text(404, reply));
    expect(error).toMatchObject({
      name: 'APIStatusError',
      type: 'api_error',
      code: 'malformed_response',
      statusCode: 404,
      message: message ?? expect.stringContaining('malformed error response'),
      body,
    });
  });

  it('no server is a connection error', async () => {
    // A port that was free a moment ago.
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const client = new Auriko({ transport, apiKey: 'k', baseURL: `http://127.0.0.1:${port}`, maxRetries: 0 });
    const error: unknown = await client.me.get().then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(APIConnectionError);
    expect(error).not.toBeInstanceOf(APIStatusError);
    expect(error).toMatchObject({ code: 'api_connection_error', type: 'api_error', isRetryable: true });
    expect(isRetryable(error)).toBe(true);
  });

  it('an api_error inside a stream is never an InternalServerError', async () => {
    const error = await failureOf(
      sse(frames(chunk({ content: 'a' }), envelope('api_error', 'internal_error'))),
      true,
    );
    expect(error).toMatchObject({ name: 'APIStatusError', code: 'internal_error', requestId: 'req_test' });
  });
});

describe('isRetryable', () => {
  it.each([
    ['rate_limit_exceeded', true],
    ['budget_exhausted', false],
    ['insufficient_quota', false],
    ['internal_error', false],
    ['upstream_error', true],
    ['model_not_found', false],
  ] as const)('%s: %s', (code, expected) => {
    expect(isRetryable(mapErrorFromCode(code, 'm'))).toBe(expected);
  });

  it('is false for other errors', () => {
    for (const value of [new Error('x'), undefined, { isRetryable: true }]) {
      expect(isRetryable(value)).toBe(false);
    }
  });
});

describe('mapErrorFromCode', () => {
  it.each(Object.entries(ERROR_CODES))(
    '%s has class, type, status and retryability of the registry',
    (code, row) => {
      const error = mapErrorFromCode(code, 'about it');
      expect(error).toMatchObject({
        code,
        type: row.type,
        message: 'about it',
        isRetryable: row.retryable,
        docUrl: `https://docs.auriko.ai/errors/${code}`,
      });
      expect(error.statusCode).toBe(row.status === 0 ? undefined : row.status);
    },
  );

  it('an unknown code is an internal error', () => {
    const error = mapErrorFromCode('brand_new', 'm');
    expect(error).toBeInstanceOf(InternalServerError);
    expect(error).toMatchObject({ code: 'brand_new', type: 'api_error', statusCode: 500, docUrl: undefined });
  });

  it('takes the details, and reads the headers in any case', () => {
    const details = {
      param: 'model',
      docUrl: 'https://example.test',
      provider: 'p',
      suggestion: 'Try m.',
      responseHeaders: { 'X-Request-ID': 'req_1', 'Retry-After': '2' },
    };
    const expected = {
      message: '[p] Gone. Try m.',
      param: 'model',
      docUrl: 'https://example.test',
      provider: 'p',
      suggestion: 'Try m.',
      requestId: 'req_1',
      retryAfterSeconds: 2,
    };
    expect(mapErrorFromCode('model_not_found', 'Gone.', details)).toMatchObject(expected);
    const responseHeaders = new ResponseHeaders({ 'x-request-id': 'req_1', 'retry-after': '2' });
    expect(mapErrorFromCode('model_not_found', 'Gone.', { ...details, responseHeaders })).toMatchObject(
      expected,
    );
  });
});

describe('ResponseHeaders', () => {
  it('reads the seven typed headers, and any other by name', () => {
    const headers = new ResponseHeaders({
      'x-request-id': 'req_1',
      'retry-after': '1.5',
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '2026-01-01T00:00:00Z',
      'x-credits-balance-microdollars': '-5',
      'x-token-count-model': 'm',
      'x-budget-daily-limit': '10.00',
    });
    expect({
      requestId: headers.requestId,
      retryAfterSeconds: headers.retryAfterSeconds,
      rateLimitLimit: headers.rateLimitLimit,
      rateLimitRemaining: headers.rateLimitRemaining,
      rateLimitReset: headers.rateLimitReset,
      creditsBalanceMicrodollars: headers.creditsBalanceMicrodollars,
      tokenCountModel: headers.tokenCountModel,
    }).toEqual({
      requestId: 'req_1',
      retryAfterSeconds: 1.5,
      rateLimitLimit: 60,
      rateLimitRemaining: 0,
      rateLimitReset: '2026-01-01T00:00:00Z',
      creditsBalanceMicrodollars: -5,
      tokenCountModel: 'm',
    });
    expect([headers.get('X-BUDGET-Daily-Limit'), headers.get('toString')]).toEqual(['10.00', null]);
  });

  it.each(['', ' ', 'x', '1.5', '0x10', '1e3', 'Infinity', '1_000'])('%j is no whole number', (value) => {
    const headers = new ResponseHeaders({ 'x-ratelimit-limit-requests': value });
    expect(headers.rateLimitLimit).toBeNull();
  });

  it.each(['', 'soon', 'Infinity', 'NaN', '0x10', 'Wed, 21 Oct 2026 07:28:00 GMT'])(
    '%j is no number of seconds',
    (value) => {
      expect(new ResponseHeaders({ 'retry-after': value }).retryAfterSeconds).toBeNull();
    },
  );
});
