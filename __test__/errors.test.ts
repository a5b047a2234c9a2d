// Typed errors (errors.md, ai-sdk-provider.md §6.1 and §6.2).

import { readFileSync } from 'node:fs';
import { APICallError } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../ts/error-codes.js';
import {
  APIConnectionError,
  APIStatusError,
  AurikoAPIError,
  AuthenticationError,
  abortReason,
  BadRequestError,
  ConflictError,
  errorFromFailure,
  errorFromReply,
  errorFromStreamError,
  InternalServerError,
  malformedChunk,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from '../ts/errors.js';
import type { TransportFailure } from '../ts/events.js';
import { VERSION } from '../ts/version.js';
import { envelope } from './helpers/scripted-server.js';

const CLASSES = {
  APIConnectionError,
  APIStatusError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
};
const CONTEXT = {
  url: 'https://user:pw@api.test/v1/chat/completions?token=1#x',
  requestBody: '{"model":"m"}',
};
const KEY = 'ak_live_0123456789';

const fromReply = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  errorFromReply({ status, headers }, typeof body === 'string' ? body : JSON.stringify(body), CONTEXT);
const fromFailure = (failure: Partial<TransportFailure>) =>
  errorFromFailure({ kind: 'connect', message: 'it failed', ...failure }, CONTEXT);

describe('classes of wire codes', () => {
  const dispatched = Object.entries(ERROR_CODES).map(([code, { type, status, retryable }]) => {
    // Codes that occur only inside streams come under status 200.
    const error = fromReply(status === 0 ? 200 : status, envelope(type, code));
    return { code, type, status, retryable, error };
  });

  it('are 63', () => {
    expect(dispatched).toHaveLength(63);
  });

  it.each(dispatched)('$code is retryable: $retryable', ({ code, type, retryable, error }) => {
    expect(error).toMatchObject({
      code,
      type,
      isRetryable: retryable,
      docUrl: `https://docs.auriko.ai/errors/${code}`,
    });
    expect(APICallError.isInstance(error)).toBe(true);
  });

  it('are those of the specification', ({ skip }) => {
    const specification = readSpecification();
    if (specification === undefined) {
      console.warn('Not compared with ../shared/spec/errors.json, which is not there.');
      return skip();
    }
    const rows = dispatched.map(({ code, type, status, retryable, error }) => ({
      code,
      type,
      status,
      retryable,
      sdk_class: error.name,
    }));
    expect(rows).toEqual(specification);
  });

  it.each<[string, number, keyof typeof CLASSES]>([
    ['invalid_request_error', 400, 'BadRequestError'],
    ['invalid_request_error', 405, 'BadRequestError'],
    ['invalid_request_error', 422, 'BadRequestError'],
    ['invalid_request_error', 409, 'ConflictError'],
    ['authentication_error', 401, 'AuthenticationError'],
    ['authentication_error', 500, 'AuthenticationError'],
    ['permission_error', 403, 'PermissionDeniedError'],
    ['not_found_error', 404, 'NotFoundError'],
    ['rate_limit_error', 429, 'RateLimitError'],
    ['rate_limit_error', 503, 'RateLimitError'],
    ['api_error', 500, 'InternalServerError'],
    ['api_error', 502, 'APIStatusError'],
    ['api_error', 404, 'APIStatusError'],
  ])('go by type, then by status: %s with %i', (type, status, name) => {
    const error = fromReply(status, envelope(type, 'brand_new'));
    expect(error.constructor).toBe(CLASSES[name]);
    expect(error.name).toBe(name);
    expect(error.statusCode).toBe(status);
  });
});

describe('retryability of unknown codes goes by status', () => {
  it.each([
    [400, false],
    [404, false],
    [408, true],
    [409, true],
    [422, false],
    [429, true],
    [500, true],
    [503, true],
  ])('%i: %s', (status, isRetryable) => {
    expect(fromReply(status, envelope('api_error', 'brand_new')).isRetryable).toBe(isRetryable);
    expect(fromReply(status, 'not json').isRetryable).toBe(isRetryable);
  });
});

describe('markers', () => {
  const error = fromReply(429, envelope('rate_limit_error', 'rate_limit_exceeded'));

  it('tell the class and its ancestors, and no other', () => {
    const held = [AurikoAPIError, APIStatusError, RateLimitError].map((type) => type.isInstance(error));
    const others = [APIConnectionError, BadRequestError, InternalServerError].map((type) =>
      type.isInstance(error),
    );
    expect([held, others]).toEqual([
      [true, true, true],
      [false, false, false],
    ]);
    expect(error).toBeInstanceOf(Error);
  });

  it.each(Object.keys(CLASSES))('of %s hold for objects of another copy of the package', (name) => {
    const foreign = { [Symbol.for(`auriko.error.${name}`)]: true };
    const type = CLASSES[name as keyof typeof CLASSES];
    expect(type.isInstance(foreign)).toBe(true);
    expect(type.isInstance({})).toBe(false);
    expect(type.isInstance(null)).toBe(false);
    expect(type.isInstance('x')).toBe(false);
  });

  it('do not take other API errors for ours', () => {
    const other = new APICallError({ message: 'x', url: 'u', requestBodyValues: {} });
    expect(AurikoAPIError.isInstance(other)).toBe(false);
  });
});

describe('messages', () => {
  it.each<[Record<string, unknown>, string]>([
    [{ message: 'It failed' }, 'It failed'],
    [{ message: 'It failed', provider: 'acme' }, '[acme] It failed'],
    [{ message: 'It failed', suggestion: 'Try less.' }, 'It failed. Try less.'],
    [{ message: 'It failed.', suggestion: 'Try less.', provider: 'acme' }, '[acme] It failed. Try less.'],
  ])('%j', (more, message) => {
    expect(fromReply(400, envelope('invalid_request_error', 'invalid_request', more)).message).toBe(message);
  });

  it('fields are those of the envelope and the headers', () => {
    const more = { param: 'messages', doc_url: 'https://d.test', provider: 'acme', suggestion: 's' };
    const headers = { 'x-request-id': 'r', 'retry-after': '2' };
    expect(fromReply(429, envelope('rate_limit_error', 'rate_limit_exceeded', more), headers)).toMatchObject({
      param: 'messages',
      docUrl: 'https://d.test',
      provider: 'acme',
      suggestion: 's',
      requestId: 'r',
      retryAfterMs: 2000,
      retryAfterSeconds: 2,
      responseHeaders: headers,
      data: { code: 'rate_limit_exceeded' },
      body: { error: { code: 'rate_limit_exceeded' } },
    });
  });
});

describe('bodies that are no envelope', () => {
  const MALFORMED = 'Server returned a malformed error response (HTTP 502).';
  it.each<[string, string, string, unknown]>([
    ['HTML', '<html><h1>Bad gateway</h1></html>', MALFORMED, '<html><h1>Bad gateway</h1></html>'],
    ['nothing', '', MALFORMED, null],
    ['an array', '[1]', MALFORMED, [1]],
    ['short text', 'upstream connect error', 'upstream connect error', 'upstream connect error'],
    ['an object without error', '{"a":1}', MALFORMED, { a: 1 }],
    ['FastAPI text', '{"detail":"Not authenticated"}', 'Not authenticated', { detail: 'Not authenticated' }],
    [
      'FastAPI validation',
      '{"detail":[{"loc":["body"],"msg":"field required"},{"msg":"too long"}]}',
      'field required; too long',
      { detail: [{ loc: ['body'], msg: 'field required' }, { msg: 'too long' }] },
    ],
    [
      "OpenAI's null code",
      '{"error":{"message":"Bad","type":"server_error","code":null}}',
      'Bad',
      { error: { message: 'Bad', type: 'server_error', code: null } },
    ],
    ['an error that is text', '{"error":"no route"}', 'no route', { error: 'no route' }],
    ['a message beside', '{"message":"no route"}', 'no route', { message: 'no route' }],
  ])('%s', (_name, body, message, kept) => {
    const error = fromReply(502, body);
    expect(error).toMatchObject({
      name: 'APIStatusError',
      type: 'api_error',
      code: 'malformed_response',
      message,
    });
    expect(error.body).toEqual(kept);
    expect(error.isRetryable).toBe(true);
  });

  it.each(['type', 'code', 'message'])('an envelope without a proper %s counts as malformed', (field) => {
    const { error } = envelope('invalid_request_error', 'invalid_request') as {
      error: Record<string, unknown>;
    };
    expect(fromReply(400, { error: { ...error, [field]: '' } }).code).toBe('malformed_response');
    expect(fromReply(400, { error: { ...error, [field]: 7 } }).code).toBe('malformed_response');
  });

  it('keep the first 4096 characters of text', () => {
    const { body, responseBody } = fromReply(502, `<html>${'x'.repeat(10_000)}`);
    expect(String(body)).toHaveLength(4096);
    expect(responseBody).toHaveLength(4096);
  });
});

describe('failures without a reply', () => {
  it.each<[string, Partial<TransportFailure>, Record<string, unknown>]>([
    [
      'connect, with the native code',
      { kind: 'connect', cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) },
      { code: 'api_connection_error', isRetryable: true, message: expect.stringContaining('(ECONNREFUSED)') },
    ],
    [
      'connect, with the code of a deeper cause',
      { kind: 'connect', cause: new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } }) },
      { message: expect.stringContaining('(ENOTFOUND)') },
    ],
    [
      'connect, with a text',
      { kind: 'connect', cause: 'dns error' },
      { message: expect.stringContaining('(dns error)'), cause: { message: 'dns error' } },
    ],
    [
      'connect, with the text and the code of the core',
      { kind: 'connect', cause: 'tcp connect error', systemCode: 'ECONNREFUSED' },
      {
        message: expect.stringContaining('(ECONNREFUSED)'),
        cause: { message: 'tcp connect error', code: 'ECONNREFUSED' },
      },
    ],
    [
      'the connect limit',
      { kind: 'timeout', limit: 'connect', limitMs: 5 },
      {
        code: 'connect_timeout',
        isRetryable: true,
        message: 'no connection within 5 ms (limit connect); raise `timeout.connectMs`',
      },
    ],
    [
      'the first-byte limit',
      { kind: 'timeout', limit: 'first-byte', limitMs: 5 },
      {
        code: 'first_byte_timeout',
        isRetryable: true,
        message: 'no response within 5 ms (limit firstByte); raise `timeout.firstByteMs`',
      },
    ],
    [
      'the idle limit',
      { kind: 'timeout', limit: 'idle', limitMs: 5 },
      {
        code: 'idle_timeout',
        isRetryable: true,
        message: 'nothing new on the stream within 5 ms (limit idle); raise `timeout.idleMs`',
      },
    ],
    [
      'the total limit',
      { kind: 'timeout', limit: 'total', limitMs: 5 },
      {
        code: 'total_timeout',
        isRetryable: false,
        message: 'the call did not end within 5 ms (limit total); raise `timeout.totalMs`',
      },
    ],
    ['a broken connection', { kind: 'interrupted' }, { code: 'stream_interrupted', isRetryable: true }],
    [
      'a request that can not be sent',
      { kind: 'request' },
      { code: 'api_connection_error', isRetryable: false, message: 'it failed' },
    ],
  ])('%s', (_name, failure, expected) => {
    const error = fromFailure(failure);
    expect(APIConnectionError.isInstance(error)).toBe(true);
    expect(error).toMatchObject(expected);
    expect(error.statusCode).toBeUndefined();
    // `ai` takes errors of these names for aborts and never retries them.
    expect(['AbortError', 'ResponseAborted', 'TimeoutError']).not.toContain(error.name);
  });

  it.each(['AbortError', 'ResponseAborted', 'TimeoutError'])(
    'a cause named %s is kept in its words only: `ai` looks into causes, too',
    (name) => {
      const { cause } = fromFailure({ kind: 'connect', cause: new DOMException('the words', name) });
      expect(cause).toMatchObject({ name: 'Error', message: 'the words' });
    },
  );

  it('an event over the size limit is no connection error', () => {
    expect(fromFailure({ kind: 'too-large' })).toMatchObject({
      name: 'APIStatusError',
      code: 'event_too_large',
      isRetryable: false,
    });
  });
});

describe('what an error keeps', () => {
  const context = { ...CONTEXT, secret: KEY, head: { status: 200, headers: { 'x-echo': `Bearer ${KEY}` } } };
  const echo = JSON.stringify(
    envelope('authentication_error', 'invalid_api_key', { message: `wrong key ${KEY}`, param: KEY }),
  );

  it.each<[string, AurikoAPIError]>([
    ['an envelope', errorFromReply({ status: 401, headers: { 'x-echo': KEY } }, echo, context)],
    ['text', errorFromReply({ status: 502, headers: {} }, `no ${KEY}`, context)],
    ['a stream error', errorFromStreamError({ message: `no ${KEY}`, deep: [{ key: KEY }] }, context)],
    ['a failure', errorFromFailure({ kind: 'connect', message: KEY, cause: `bad header ${KEY}` }, context)],
    ['the request', malformedChunk('x', { ...context, requestBody: JSON.stringify({ user: KEY }) })],
  ])('is never the key: %s', (_name, error) => {
    const seen = [
      error.message,
      error.stack,
      String(error.cause),
      JSON.stringify(error),
      JSON.stringify(error.requestBodyValues),
    ];
    expect(seen.join('\n')).not.toContain(KEY);
  });

  it('is the URL without user, password, query and fragment', () => {
    expect(fromReply(400, '').url).toBe('https://api.test/v1/chat/completions');
  });

  it('is the request with payloads replaced by their length', () => {
    const payload = 'A'.repeat(5000);
    const requestBody = JSON.stringify({
      a: `data:image/png;base64,${payload}`,
      b: payload,
      c: 'short',
      d: `${'word '.repeat(500)}`,
    });
    const { requestBodyValues } = errorFromReply({ status: 400, headers: {} }, '', {
      ...CONTEXT,
      requestBody,
    });
    expect(requestBodyValues).toEqual({
      a: 'data:image/png;base64,<5000 characters>',
      b: '<5000 characters of base64>',
      c: 'short',
      d: 'word '.repeat(500),
    });
  });

  it('is a request that is parsed once', () => {
    const error = fromReply(400, '');
    expect(error.requestBodyValues).toEqual({ model: 'm' });
    expect(error.requestBodyValues).toBe(error.requestBodyValues);
  });
});

describe('aborts', () => {
  const aborted = (reason?: unknown) => abortReason(AbortSignal.abort(reason));

  it.each(['AbortError', 'TimeoutError', 'ResponseAborted'])('keep a reason that `ai` knows: %s', (name) => {
    const reason = Object.assign(new Error('x'), { name });
    expect(aborted(reason)).toBe(reason);
  });

  it.each<[string, unknown]>([
    ['an error', new Error('mine')],
    ['a text', 'mine'],
    ['null', null],
  ])('wrap %s in an AbortError with the reason as its cause', (_name, reason) => {
    expect(aborted(reason)).toMatchObject({ name: 'AbortError', cause: reason });
  });

  it('keep the default reason', () => {
    expect(aborted()).toMatchObject({ name: 'AbortError' });
  });
});

it('the version is that of package.json', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(VERSION).toBe(version);
});

interface Row {
  readonly code: string;
  readonly type: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly sdk_class: string;
}

function readSpecification(): Row[] | undefined {
  try {
    const text = readFileSync(new URL('../../shared/spec/errors.json', import.meta.url), 'utf8');
    const rows = JSON.parse(text) as (Row & { typical_cause: string })[];
    return rows.map(({ typical_cause: _cause, ...row }) => row);
  } catch {
    return undefined;
  }
}
