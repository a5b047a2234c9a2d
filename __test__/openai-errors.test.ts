// Errors of the bridge: the OpenAI package's classes with what Auriko says, ours behind them, and the mapping of errors
// that a plain OpenAI client threw.

import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../ts/error-codes.js';
import {
  AurikoAPIError,
  AurikoOpenAI,
  aurikoOpenAI,
  isAuthentication,
  isBadRequest,
  isConflict,
  isConnectionFailure,
  isNotFound,
  isPermissionDenied,
  isRateLimit,
  isRetryable,
  isServerError,
  mapOpenAIError,
  NotFoundError,
} from '../ts/openai/index.js';
import { frames, json, scriptedServer, sse, text } from './helpers/scripted-server.js';

type Script = Parameters<typeof scriptedServer>[0];

const KEY = 'ak_test_key';
const question = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] };

const CLIENTS = [
  ['AurikoOpenAI', (baseURL: string) => new AurikoOpenAI({ apiKey: KEY, baseURL, maxRetries: 0 })],
  ['OpenAI', (baseURL: string) => new OpenAI(aurikoOpenAI({ apiKey: KEY, baseURL, maxRetries: 0 }))],
] as const;

async function thrownBy(make: (baseURL: string) => OpenAI, script: Script): Promise<unknown> {
  const server = await scriptedServer(script);
  return make(server.url)
    .chat.completions.create(question)
    .then(
      () => undefined,
      (error: unknown) => error,
    );
}

/** The OpenAI package's class of a status. */
function openAIClass(status: number) {
  const classes: Record<number, unknown> = {
    400: OpenAI.BadRequestError,
    401: OpenAI.AuthenticationError,
    403: OpenAI.PermissionDeniedError,
    404: OpenAI.NotFoundError,
    409: OpenAI.ConflictError,
    422: OpenAI.UnprocessableEntityError,
    429: OpenAI.RateLimitError,
  };
  return classes[status] ?? (status >= 500 ? OpenAI.InternalServerError : OpenAI.APIError);
}

/** Our class of a type and status (errors.md §3). */
function ourClass(type: string, status: number): string {
  if (type === 'invalid_request_error') return status === 409 ? 'ConflictError' : 'BadRequestError';
  if (type === 'api_error') return status === 500 ? 'InternalServerError' : 'APIStatusError';
  const names: Record<string, string> = {
    authentication_error: 'AuthenticationError',
    permission_error: 'PermissionDeniedError',
    not_found_error: 'NotFoundError',
    rate_limit_error: 'RateLimitError',
  };
  return names[type] ?? 'unknown';
}

const GUARDS = {
  isAuthentication,
  isBadRequest,
  isConflict,
  isConnectionFailure,
  isNotFound,
  isPermissionDenied,
  isRateLimit,
  isServerError,
};

function guardsOf(error: unknown): string[] {
  return Object.entries(GUARDS)
    .filter(([, guard]) => guard(error))
    .map(([name]) => name);
}

const HTTP_CODES = Object.entries(ERROR_CODES).filter(([, { status }]) => status >= 400);

describe.each(CLIENTS)('%s', (_, make) => {
  it.each(HTTP_CODES)('%s keeps both classes', async (code, { type, status, retryable }) => {
    const error = {
      message: `about ${code}`,
      type,
      code,
      param: 'model',
      provider: 'groq',
      suggestion: 'Wait.',
    };
    const reply = json(status, { error }, { 'x-request-id': 'req_test', 'retry-after-ms': '1500' });
    const thrown = await thrownBy(make, reply);
    expect(thrown).toBeInstanceOf(openAIClass(status));
    expect(thrown).toMatchObject({ status, code, type, param: 'model', requestID: 'req_test' });
    const mapped = mapOpenAIError(thrown);
    expect(mapped).toMatchObject({
      name: ourClass(type, status),
      statusCode: status,
      code,
      type,
      param: 'model',
      provider: 'groq',
      suggestion: 'Wait.',
      docUrl: `https://docs.auriko.ai/errors/${code}`,
      requestId: 'req_test',
      retryAfterMs: 1500,
      isRetryable: retryable,
    });
    expect(isRetryable(thrown)).toBe(retryable);
    expect(guardsOf(thrown)).toEqual(guardsOf(mapped));
    expect(guardsOf(thrown).length).toBeGreaterThan(0);
  });

  it.each([
    [429, '<html>slow down</html>', 'isRateLimit'],
    [503, '', 'isServerError'],
    [401, 'who are you?', 'isAuthentication'],
    [422, '{"detail":[{"msg":"field required"}]}', 'isBadRequest'],
    [404, '[1]', 'isNotFound'],
    [409, '{"error":{"message":"taken","type":"strange","code":"taken"}}', 'isConflict'],
    [403, '"no"', 'isPermissionDenied'],
  ])('%i with a malformed body is still told', async (status, body, guard) => {
    const thrown = await thrownBy(make, text(status, body));
    expect(thrown).toBeInstanceOf(openAIClass(status));
    expect(mapOpenAIError(thrown)).toMatchObject({ code: 'malformed_response', statusCode: status });
    expect(guardsOf(thrown)).toEqual([guard]);
  });

  it('a lost connection is told', async () => {
    const thrown = await thrownBy(make, (exchange) => exchange.cut());
    expect(thrown).toBeInstanceOf(OpenAI.APIConnectionError);
    expect(mapOpenAIError(thrown)).toMatchObject({
      name: 'APIConnectionError',
      code: 'api_connection_error',
    });
    expect(guardsOf(thrown)).toEqual(['isConnectionFailure']);
    expect(isRetryable(thrown)).toBe(true);
  });

  it('a time limit is told', async () => {
    const silent: Script = () => {};
    const server = await scriptedServer(silent);
    const client = make(server.url).withOptions({ timeout: 20 });
    const thrown: unknown = await client.chat.completions.create(question).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(mapOpenAIError(thrown)).toMatchObject({ message: expect.stringContaining('timed out') });
  });

  it('an abort stays what it is', async () => {
    const server = await scriptedServer(() => {});
    const controller = new AbortController();
    const call = make(server.url).chat.completions.create(question, { signal: controller.signal });
    const thrown = call.then(
      () => undefined,
      (error: unknown) => error,
    );
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort();
    expect(await thrown).toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(mapOpenAIError(await thrown)).toBe(await thrown);
    expect(guardsOf(await thrown)).toEqual([]);
  });
});

describe('AurikoOpenAI', () => {
  const make = CLIENTS[0][1];
  const error = {
    message: 'There is no model `m`.',
    type: 'not_found_error',
    code: 'model_not_found',
    provider: 'groq',
    suggestion: 'Available: n.',
    doc_url: 'https://docs.test/model',
  };

  it('adds what Auriko says, and our error as the cause', async () => {
    const thrown = await thrownBy(make, json(404, { error }, { 'retry-after': '2' }));
    expect(thrown).toBeInstanceOf(OpenAI.NotFoundError);
    expect(thrown).toMatchObject({
      message: '404 There is no model `m`.',
      provider: 'groq',
      suggestion: 'Available: n.',
      docUrl: 'https://docs.test/model',
      retryAfterMs: 2000,
      isRetryable: false,
      error,
    });
    expect(thrown).toHaveProperty('cause', mapOpenAIError(thrown));
    expect(NotFoundError.isInstance(mapOpenAIError(thrown))).toBe(true);
    expect(Object.keys(thrown as object)).not.toContain('cause');
  });

  it('says nothing that the server did not say', async () => {
    const thrown = await thrownBy(make, json(400, { error: { ...error, provider: null } }));
    expect(thrown).not.toHaveProperty('provider');
    expect(thrown).not.toHaveProperty('retryAfterMs');
  });

  it.each([
    ['in JSON', json(401, { error: { ...error, message: `wrong key ${KEY}` }, echo: [KEY] })],
    ['in text', text(401, `wrong key ${KEY}`)],
  ])('never quotes the key that a server echoes %s', async (_, script) => {
    const thrown = await thrownBy(make, script);
    const seen = [thrown, mapOpenAIError(thrown)].flatMap((value) => {
      const known = value as Error;
      return [known.message, String(known.stack), JSON.stringify(known, Object.getOwnPropertyNames(known))];
    });
    expect(seen.join('\n')).toContain('wrong key <key>');
    expect(seen.join('\n')).not.toContain(KEY);
  });

  it('leaves retries to the OpenAI package, which obeys x-should-retry', async () => {
    const reply = json(429, { error }, { 'x-should-retry': 'false', 'retry-after-ms': '1' });
    const server = await scriptedServer(reply);
    const client = new AurikoOpenAI({ apiKey: KEY, baseURL: server.url });
    await expect(client.chat.completions.create(question)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    expect(server.requests.length).toBe(1);
    const again = await scriptedServer(json(429, { error }, { 'retry-after-ms': '1' }));
    const other = new AurikoOpenAI({ apiKey: KEY, baseURL: again.url });
    await expect(other.chat.completions.create(question)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    expect(again.requests.length).toBe(3);
  });
});

describe('mapOpenAIError', () => {
  it.each([
    ['undefined', undefined],
    ['text', 'no'],
    ['a bug', new TypeError('x is not a function')],
    ['an object', { status: 429 }],
    ['an error with a status of its own', Object.assign(new Error('other'), { status: 429 })],
  ])('leaves %s alone', (_, value) => {
    expect(mapOpenAIError(value)).toBe(value);
    expect(guardsOf(value)).toEqual([]);
    expect(isRetryable(value)).toBe(false);
  });

  it('gives our own errors back', async () => {
    const mapped = mapOpenAIError(await thrownBy(CLIENTS[1][1], json(404, {})));
    expect(AurikoAPIError.isInstance(mapped)).toBe(true);
    expect(mapOpenAIError(mapped)).toBe(mapped);
  });

  it('keeps the error of a plain client as the cause', async () => {
    const thrown = await thrownBy(CLIENTS[1][1], json(404, {}));
    expect(mapOpenAIError(thrown)).toHaveProperty('cause', thrown);
  });

  it('tells an error of another copy of the package by its shape', () => {
    const inner = { message: 'slow', type: 'rate_limit_error', code: 'rate_limit_exceeded' };
    const headers = { 'Retry-After-Ms': '5' };
    const shape = { status: 429, headers, error: inner, requestID: 'req_other' };
    const mapped = mapOpenAIError(Object.assign(new Error('429 slow'), shape));
    expect(mapped).toMatchObject({ name: 'RateLimitError', code: 'rate_limit_exceeded', retryAfterMs: 5 });
    const lost = { status: undefined, headers: undefined, error: undefined, requestID: undefined };
    expect(guardsOf(Object.assign(new Error('Connection error.'), lost))).toEqual(['isConnectionFailure']);
    const aborted = Object.assign(new Error('Request was aborted.'), lost);
    expect(mapOpenAIError(aborted)).toBe(aborted);
  });

  it('maps an error that a plain client threw inside a stream', async () => {
    const inner = {
      message: 'slow',
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
      provider: 'groq',
    };
    const server = await scriptedServer(sse(frames({ error: inner })));
    const client = CLIENTS[1][1](server.url);
    const stream = await client.chat.completions.create({ ...question, stream: true });
    const thrown: unknown = await stream[Symbol.asyncIterator]()
      .next()
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ status: undefined, code: 'rate_limit_exceeded' });
    expect(mapOpenAIError(thrown)).toMatchObject({ name: 'RateLimitError', provider: 'groq', cause: thrown });
    expect(guardsOf(thrown)).toEqual(['isRateLimit']);
  });
});
