// Embedding models (ai-sdk-provider.md §3.7): what is sent, what is read, and how it fails.

import { InvalidResponseDataError, TooManyEmbeddingValuesForCallError } from '@ai-sdk/provider';
import { embed, embedMany } from 'ai';
import { describe, expect, it } from 'vitest';
import { type AurikoProviderSettings, createAuriko } from '../ts/index.js';
import { envelope, json, type ScriptedServer, scriptedServer, text } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

/** Vectors that 32-bit floats hold exactly. */
const A = [0.5, -1.25, 3];
const B = [1, 0, -0.0625];

/** As servers send it: little-endian 32-bit floats in base64. */
function base64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => {
    bytes.writeFloatLE(value, index * 4);
  });
  return bytes.toString('base64');
}

const entry = (index: number, embedding: unknown) => ({ object: 'embedding', index, embedding });
const reply = (data: unknown, more: Record<string, unknown> = {}) => ({
  object: 'list',
  data,
  model: 'e-1',
  usage: { prompt_tokens: 7, total_tokens: 7 },
  ...more,
});

const rejection = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => {
      throw new Error('it did not reject');
    },
    (reason: unknown) => reason,
  );

describe.each(transports)('embeddings over %s', (_name, transport) => {
  const modelOf = (server: ScriptedServer, more: AurikoProviderSettings = {}) =>
    createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url, ...more }).embeddingModel('e');
  const bodyOf = (server: ScriptedServer, index = 0) => JSON.parse(server.requests[index]?.body ?? '');

  it('are asked for as base64, at the embeddings path, with key and headers', async () => {
    const server = await scriptedServer(json(200, reply([entry(0, base64(A)), entry(1, base64(B))])));
    const { embeddings } = await modelOf(server, { headers: { 'x-a': 'provider' } }).doEmbed({
      values: ['one', 'two'],
      headers: { 'x-b': 'call' },
    });
    expect(embeddings).toEqual([A, B]);
    const [request] = server.requests;
    expect([request?.method, request?.path]).toEqual(['POST', '/v1/embeddings']);
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer ak_test',
      'content-type': 'application/json',
      'x-a': 'provider',
      'x-b': 'call',
    });
    expect(bodyOf(server)).toEqual({ model: 'e', input: ['one', 'two'], encoding_format: 'base64' });
  });

  it('come back as plain numbers from servers that know no base64', async () => {
    const server = await scriptedServer(json(200, reply([entry(0, [0.1, 0.2])])));
    expect((await modelOf(server).doEmbed({ values: ['one'] })).embeddings).toEqual([[0.1, 0.2]]);
  });

  it('are put in the order of the values', async () => {
    const server = await scriptedServer(json(200, reply([entry(1, base64(B)), entry(0, A)])));
    expect((await modelOf(server).doEmbed({ values: ['one', 'two'] })).embeddings).toEqual([A, B]);
  });

  it('keep the order of the reply when it has no indexes', async () => {
    const server = await scriptedServer(json(200, reply([{ embedding: A }, { embedding: B }])));
    expect((await modelOf(server).doEmbed({ values: ['one', 'two'] })).embeddings).toEqual([A, B]);
  });

  it('give usage, headers and metadata, and the warnings of the gateway', async () => {
    const routing_metadata = { provider: 'p', warnings: [{ type: 'note', message: 'slow' }] };
    const body = reply([entry(0, A)], { routing_metadata });
    const server = await scriptedServer(json(200, body, { 'x-request-id': 'r1' }));
    const result = await modelOf(server).doEmbed({ values: ['one'] });
    expect(result.usage).toEqual({ tokens: 7 });
    expect(result.providerMetadata).toEqual({ auriko: { requestId: 'r1', routing: routing_metadata } });
    expect(result.warnings).toEqual([{ type: 'other', message: 'slow' }]);
    expect(result.response?.headers).toMatchObject({ 'x-request-id': 'r1' });
    expect(result.response).not.toHaveProperty('body');
  });

  it.each<[string, unknown, number | undefined]>([
    ['total tokens alone', { total_tokens: 4 }, 4],
    ['no usage', undefined, undefined],
    ['a usage without numbers', { prompt_tokens: 'many' }, undefined],
  ])('report the tokens of %s', async (_case, usage, tokens) => {
    const server = await scriptedServer(json(200, reply([entry(0, A)], { usage })));
    const result = await modelOf(server).doEmbed({ values: ['one'] });
    expect(result.usage).toEqual(tokens === undefined ? undefined : { tokens });
  });

  it('send every option, and the AI SDK wins over ours', async () => {
    const server = await scriptedServer(json(200, reply([entry(0, A)])));
    const model = modelOf(server, { routing: { optimize: 'cost' }, metadata: { userId: 'u' } });
    const auriko = {
      dimensions: 256,
      user: 'end-user',
      routing: { providers: ['openai'] },
      extraBody: { input_type: 'query' },
    };
    await model.doEmbed({ values: ['one'], providerOptions: { auriko } });
    await model.doEmbed({ values: ['one'], dimensions: 512, providerOptions: { auriko } });
    expect(bodyOf(server)).toEqual({
      model: 'e',
      input: ['one'],
      encoding_format: 'base64',
      dimensions: 256,
      user: 'end-user',
      input_type: 'query',
      gateway: { routing: { optimize: 'cost', providers: ['openai'] }, metadata: { user_id: 'u' } },
    });
    expect(bodyOf(server, 1).dimensions).toBe(512);
  });

  it.each<[string, unknown]>([
    ['an unknown option', { dimension: 3 }],
    ['no whole dimensions', { dimensions: 0.5 }],
  ])('refuse %s before anything is sent', async (_case, auriko) => {
    const server = await scriptedServer(json(200, reply([])));
    // The cast stands for JavaScript callers.
    const providerOptions = { auriko: auriko as { dimensions: number } };
    const error = await rejection(modelOf(server).doEmbed({ values: ['one'], providerOptions }));
    expect(error).toMatchObject({ name: 'AI_InvalidArgumentError', argument: 'providerOptions' });
    expect(server.requests).toEqual([]);
  });

  it('refuse more than 2048 values before anything is sent', async () => {
    const server = await scriptedServer(json(200, reply([])));
    const values = Array.from({ length: 2049 }, () => 'x');
    const error = await rejection(modelOf(server).doEmbed({ values }));
    expect(TooManyEmbeddingValuesForCallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ provider: 'auriko.embedding', modelId: 'e', maxEmbeddingsPerCall: 2048 });
    expect(server.requests).toEqual([]);
  });

  it.each<[string, unknown, RegExp]>([
    ['too few', [entry(0, A)], /1 of 2/],
    ['too many', [entry(0, A), entry(1, A), entry(2, A)], /3 of 2/],
    ['no list', undefined, /none of 2/],
    ['the same index twice', [entry(0, A), entry(0, B)], /index 0/],
    ['an index out of range', [entry(0, A), entry(2, B)], /index 2/],
    ['an entry that is no object', [entry(0, A), 'x'], /1 .* not an object/],
    ['no embedding', [entry(0, A), entry(1, null)], /neither/],
    ['holes among the numbers', [entry(0, A), entry(1, [1, null])], /neither/],
    ['text that is no base64', [entry(0, A), entry(1, '*')], /not base64/],
    ['half a float', [entry(0, A), entry(1, 'AAAA')], /not base64 of 32-bit floats/],
  ])('refuse a reply with %s', async (_case, data, message) => {
    const server = await scriptedServer(json(200, reply(data)));
    const error = await rejection(modelOf(server).doEmbed({ values: ['one', 'two'] }));
    expect(InvalidResponseDataError.isInstance(error)).toBe(true);
    expect(String(error)).toMatch(message);
  });

  it('fail with the typed errors of chat', async () => {
    const server = await scriptedServer(
      json(404, envelope('not_found_error', 'model_not_found')),
      json(200, envelope('rate_limit_error', 'rate_limit_exceeded')),
      text(200, '<html>'),
    );
    const model = modelOf(server);
    const call = () => rejection(model.doEmbed({ values: ['one'] }));
    expect(await call()).toMatchObject({ name: 'NotFoundError', statusCode: 404, isRetryable: false });
    expect(await call()).toMatchObject({ name: 'RateLimitError', statusCode: 429, isRetryable: true });
    expect(await call()).toMatchObject({ name: 'APIStatusError', code: 'invalid_response' });
  });

  it('end with the abort, and close the connection', async () => {
    let closed: Promise<void> | undefined;
    const controller = new AbortController();
    const cause = new Error('changed my mind');
    const server = await scriptedServer((exchange) => {
      closed = exchange.closed;
      controller.abort(cause);
    });
    const model = modelOf(server);
    const error = await rejection(model.doEmbed({ values: ['one'], abortSignal: controller.signal }));
    expect(error).toMatchObject({ name: 'AbortError', cause });
    await closed;
    await rejection(model.doEmbed({ values: ['one'], abortSignal: controller.signal }));
    expect(server.requests).toHaveLength(1);
  });

  it('keep to the limits of the call', async () => {
    const server = await scriptedServer(() => {});
    const providerOptions = { auriko: { timeout: { firstByteMs: 30 } } };
    const error = await rejection(modelOf(server).doEmbed({ values: ['one'], providerOptions }));
    expect(error).toMatchObject({ code: 'first_byte_timeout', isRetryable: true });
  });

  it('work through embed and embedMany', async () => {
    const server = await scriptedServer(json(200, reply([entry(0, base64(A))])));
    const one = await embed({ model: modelOf(server), value: 'one', dimensions: 3 });
    expect([one.embedding, one.usage.tokens]).toEqual([A, 7]);
    expect(bodyOf(server).dimensions).toBe(3);
    const batches = await scriptedServer(
      json(200, reply(Array.from({ length: 2048 }, (_, index) => entry(index, base64(A))))),
      json(200, reply([entry(0, base64(B)), entry(1, base64(B))])),
    );
    const values = Array.from({ length: 2050 }, (_, index) => String(index));
    const many = await embedMany({ model: modelOf(batches), values, maxParallelCalls: 1 });
    expect(many.embeddings).toHaveLength(2050);
    expect([many.embeddings[0], many.embeddings[2049], many.usage.tokens]).toEqual([A, B, 14]);
    expect(batches.requests.map(({ body }) => JSON.parse(body).input.length)).toEqual([2048, 2]);
  });

  it('speak of a provider by its own name', async () => {
    const server = await scriptedServer(json(200, reply([entry(0, A)]), { 'x-request-id': 'r1' }));
    const model = modelOf(server, { name: 'mine' });
    expect(model.provider).toBe('mine.embedding');
    const providerOptions = { auriko: { dimensions: 1, user: 'u' }, mine: { dimensions: 2 } };
    const { providerMetadata } = await model.doEmbed({ values: ['one'], providerOptions });
    expect(bodyOf(server)).toMatchObject({ dimensions: 2, user: 'u' });
    expect(providerMetadata).toEqual({ mine: { requestId: 'r1' } });
    const error = await rejection(model.doEmbed({ values: ['one'], providerOptions: { mine: { typo: 1 } } }));
    expect(error).toMatchObject({ message: expect.stringContaining('providerOptions.mine.typo') });
  });
});

it('the provider makes embedding models by both names', () => {
  const auriko = createAuriko({ apiKey: 'ak_test' });
  for (const model of [auriko.embeddingModel('e'), auriko.textEmbeddingModel('e')]) {
    expect(model).toMatchObject({
      specificationVersion: 'v4',
      provider: 'auriko.embedding',
      modelId: 'e',
      maxEmbeddingsPerCall: 2048,
      supportsParallelCalls: true,
    });
  }
});
