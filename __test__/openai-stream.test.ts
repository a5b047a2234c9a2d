// Streams of `AurikoOpenAI`: what ends them, what counts as an error inside them, and what leaving them does.

import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import {
  APIConnectionError,
  AurikoOpenAI,
  type AurikoOpenAIOptions,
  AurikoStream,
  isConnectionFailure,
  isRateLimit,
  mapOpenAIError,
} from '../ts/openai/index.js';
import { at, BEGIN, completed, events, message, RESPONSE_USAGE, textDelta } from './helpers/responses.js';
import { chunk, ending, envelope, frames, scriptedServer, sse } from './helpers/scripted-server.js';

type Script = Parameters<typeof scriptedServer>[0];

const question = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }], stream: true as const };
const HELLO = frames(chunk({ content: 'Hello' }));
const FINISH = frames(chunk({}, { finish_reason: 'stop' }));

/** What a loop over a chat stream came to. */
async function chat(script: Script, options: AurikoOpenAIOptions = {}) {
  const server = await scriptedServer(script);
  const client = new AurikoOpenAI({ apiKey: 'ak_test_key', baseURL: server.url, maxRetries: 0, ...options });
  const stream = await client.chat.completions.create(question);
  return { server, client, stream, ...(await outcome(stream)) };
}

async function responses(wire: string) {
  const server = await scriptedServer(sse(wire));
  const client = new AurikoOpenAI({ apiKey: 'ak_test_key', baseURL: server.url, maxRetries: 0 });
  const stream = await client.responses.create({ model: 'm', input: 'hi', stream: true });
  return { client, stream, ...(await outcome(stream)) };
}

async function outcome<Item>(stream: AsyncIterable<Item>) {
  const items: Item[] = [];
  let thrown: unknown;
  try {
    for await (const item of stream) items.push(item);
  } catch (error) {
    thrown = error;
  }
  return { items, thrown };
}

describe('the end of a chat stream', () => {
  it.each([
    ['[DONE]', HELLO + FINISH + frames('[DONE]'), 2],
    ['[DONE] without a finish reason', HELLO + frames('[DONE]'), 1],
    ['a finish reason without [DONE]', HELLO + FINISH, 2],
    ['a last event without its blank line', HELLO + FINISH.trimEnd(), 2],
    [
      'a last event without any line end, carriage returns',
      (HELLO + FINISH).replaceAll('\n', '\r\n').trimEnd(),
      2,
    ],
    ['keep-alives of both kinds', `: ping\n\ndata:\n\n${HELLO}data: : ping\n\n${FINISH}`, 2],
    ['events after [DONE]', HELLO + FINISH + frames('[DONE]', chunk({ content: 'late' })), 2],
    ['no event but [DONE]', frames('[DONE]'), 0],
  ])('%s', async (_, wire, count) => {
    const { items, thrown } = await chat(sse(wire));
    expect(thrown).toBeUndefined();
    expect(items.length).toBe(count);
  });

  it('is the same whatever the split of the bytes', async () => {
    const wire = HELLO + frames(chunk({ content: 'ä€😀' })) + FINISH + frames('[DONE]');
    const bytes = new TextEncoder().encode(wire);
    for (let size = 1; size < 40; size += 7) {
      const pieces = [];
      for (let from = 0; from < bytes.length; from += size) pieces.push(bytes.subarray(from, from + size));
      const { items, thrown } = await chat(sse(...pieces));
      expect(thrown).toBeUndefined();
      expect(items.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Helloä€😀');
    }
  });

  it('leaves the connection to be used again', async () => {
    const script: Script = async (exchange) => {
      exchange.head(200, {
        'content-type': 'text/event-stream',
        connection: 'keep-alive',
        'content-length': '14',
      });
      exchange.write(frames('[DONE]'));
    };
    const { server, stream } = await chat(script);
    expect(stream.controller.signal.aborted).toBe(false);
    expect(server.openConnections()).toBe(1);
  });
});

describe('a cut stream throws', () => {
  it.each([
    ['after some text', HELLO],
    ['inside an event', HELLO + FINISH.slice(0, 30)],
    ['before anything', ''],
    ['after a comment', ': ping\n\n'],
  ])('%s', async (_, wire) => {
    const { items, thrown, stream } = await chat(sse(wire));
    expect(items.length).toBe(wire.startsWith(HELLO) ? 1 : 0);
    expect(thrown).toBeInstanceOf(OpenAI.APIConnectionError);
    expect(thrown).toMatchObject({ isRetryable: true, message: expect.stringContaining('broke before') });
    expect(isConnectionFailure(thrown)).toBe(true);
    expect(mapOpenAIError(thrown)).toMatchObject({ code: 'stream_interrupted', requestId: 'req_test' });
    expect(stream.controller.signal.aborted).toBe(true);
  });

  it('when the connection is reset', async () => {
    let cut = () => {};
    const server = await scriptedServer((exchange) => {
      cut = exchange.cut;
      exchange.head(200, { 'content-type': 'text/event-stream' });
      exchange.write(HELLO);
    });
    const client = new AurikoOpenAI({ apiKey: 'ak_test', baseURL: server.url, maxRetries: 0 });
    const iterator = (await client.chat.completions.create(question))[Symbol.asyncIterator]();
    expect((await iterator.next()).done).toBe(false);
    cut();
    const thrown: unknown = await iterator.next().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(OpenAI.APIConnectionError);
    expect(mapOpenAIError(thrown)).toMatchObject({ code: 'stream_interrupted' });
  });

  it('in the helper of .stream() too', async () => {
    const server = await scriptedServer(sse(frames(chunk({ role: 'assistant', content: 'Hel' }))));
    const client = new AurikoOpenAI({ apiKey: 'ak_test', baseURL: server.url, maxRetries: 0 });
    const runner = client.chat.completions.stream(question);
    await expect(runner.finalChatCompletion()).rejects.toBeInstanceOf(OpenAI.APIConnectionError);
  });

  it('when nothing new is said for idleMs, whatever the keep-alives', async () => {
    const script: Script = async (exchange) => {
      exchange.head(200, { 'content-type': 'text/event-stream' });
      exchange.write(HELLO);
      const ping = setInterval(() => exchange.write(': ping\n\n'), 10);
      await exchange.closed;
      clearInterval(ping);
    };
    const { items, thrown, server } = await chat(script, { idleMs: 60 });
    expect(items.length).toBe(1);
    expect(thrown).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(thrown).toMatchObject({ message: expect.stringContaining('raise `idleMs`') });
    expect(mapOpenAIError(thrown)).toMatchObject({ code: 'idle_timeout', isRetryable: true });
    await expect.poll(() => server.openConnections()).toBe(0);
  });
});

describe('an error inside a chat stream', () => {
  const limited = envelope('rate_limit_error', 'rate_limit_exceeded', {
    provider: 'groq',
    suggestion: 'Slow down.',
    doc_url: 'https://docs.test/rate',
  });

  it.each([
    ['under the key `error`', frames(limited)],
    ['named by the event', `event: error\n${frames(limited)}`],
    ['named by the event, flat', `event: error\n${frames(limited['error'])}`],
    ['flat, by its object', frames({ object: 'error', ...(limited['error'] as object) })],
    ['without a blank line', frames(limited).trimEnd()],
  ])('%s is of the class of its code', async (_, wire) => {
    const { items, thrown, stream } = await chat(sse(HELLO, wire));
    expect(items.length).toBe(1);
    expect(thrown).toBeInstanceOf(OpenAI.RateLimitError);
    expect(thrown).toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      type: 'rate_limit_error',
      provider: 'groq',
      suggestion: 'Slow down.',
      docUrl: 'https://docs.test/rate',
      isRetryable: true,
      requestID: 'req_test',
    });
    expect(mapOpenAIError(thrown)).toMatchObject({
      name: 'RateLimitError',
      provider: 'groq',
      requestId: 'req_test',
    });
    expect(stream.controller.signal.aborted).toBe(true);
  });

  it('with a code that only streams have is a plain APIError', async () => {
    const { thrown } = await chat(sse(HELLO, frames(envelope('api_error', 'stream_duration_exceeded'))));
    expect(thrown).toBeInstanceOf(OpenAI.APIError);
    expect(thrown).toMatchObject({ status: undefined, code: 'stream_duration_exceeded' });
    expect(mapOpenAIError(thrown)).toMatchObject({ name: 'APIStatusError' });
  });

  it.each([
    ['text', 'event: error\ndata: out of memory\n\n', 'out of memory'],
    ['text in JSON', `event: error\n${frames(JSON.stringify('no luck'))}`, 'no luck'],
    ['an error that is text', frames({ error: 'no luck' }), 'no luck'],
    ['an error without a code', frames({ error: { message: 'no luck' } }), 'no luck'],
  ])('%s keeps its words', async (_, wire, words) => {
    const { thrown } = await chat(sse(HELLO, wire));
    expect(thrown).toBeInstanceOf(OpenAI.APIError);
    expect(thrown).toMatchObject({ message: expect.stringContaining(words) });
    expect(mapOpenAIError(thrown)).toMatchObject({ code: 'malformed_response' });
  });

  it('that is no JSON is reported without its content', async () => {
    const { thrown } = await chat(sse(HELLO, 'data: {"secret\n\n', FINISH));
    expect(thrown).toBeInstanceOf(OpenAI.APIError);
    expect(String(thrown)).not.toContain('secret');
    expect(mapOpenAIError(thrown)).toMatchObject({ code: 'malformed_chunk' });
  });

  it('loses the key that it quotes', async () => {
    const quoting = envelope('authentication_error', 'invalid_api_key', {
      message: 'not a key: ak_test_key',
    });
    const { thrown } = await chat(sse(HELLO, frames(quoting)));
    expect(thrown).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(String(thrown)).toContain('not a key: <key>');
    expect(JSON.stringify(thrown)).not.toContain('ak_test_key');
  });
});

describe('a stream of the Responses API', () => {
  it('ends with its terminal event, and knows its usage and routing', async () => {
    const routing_metadata = {
      provider: 'p',
      provider_model_id: 'm-1',
      model_canonical: 'm',
      routing_strategy: 'balanced',
    };
    const wire = events(...BEGIN, textDelta(0, 'Hello'), completed([message('Hello')], { routing_metadata }));
    const { items, thrown, stream } = await responses(wire);
    expect(thrown).toBeUndefined();
    expect(items.length).toBe(BEGIN.length + 2);
    if (!(stream instanceof AurikoStream)) throw new Error('not our stream');
    expect(stream.routing).toEqual(routing_metadata);
    expect(stream.usage).toEqual(RESPONSE_USAGE);
  });

  it('throws when it is cut', async () => {
    const { items, thrown } = await responses(events(...BEGIN, textDelta(0, 'Hel')));
    expect(items.length).toBe(BEGIN.length + 1);
    expect(thrown).toBeInstanceOf(OpenAI.APIConnectionError);
  });

  it.each([
    ['flat', { type: 'error', code: 'rate_limit_exceeded', message: 'slow', provider: 'groq', param: null }],
    [
      'with a key of its own',
      {
        type: 'error',
        error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'slow', provider: 'groq' },
      },
    ],
  ])('throws its `error` event, %s', async (_, event) => {
    const { items, thrown } = await responses(events(...BEGIN, event));
    expect(items.length).toBe(BEGIN.length);
    expect(thrown).toBeInstanceOf(OpenAI.RateLimitError);
    expect(thrown).toMatchObject({ provider: 'groq', code: 'rate_limit_exceeded' });
    expect(isRateLimit(thrown)).toBe(true);
  });

  it('passes on what the SDK knows nothing of', async () => {
    const strange = at(0, 'brand_new.delta', { delta: 'x' });
    const { items, thrown } = await responses(events(...BEGIN, strange, completed()));
    expect(thrown).toBeUndefined();
    expect(items[BEGIN.length]).toMatchObject(strange);
  });
});

describe('leaving a stream', () => {
  /** Text, then silence until the client goes away. */
  const endless: Script = (exchange) => sse(HELLO)({ ...exchange, end: () => {} });

  it('break closes the connection', async () => {
    const server = await scriptedServer(endless);
    const client = new AurikoOpenAI({ apiKey: 'ak_test', baseURL: server.url });
    for await (const _ of await client.chat.completions.create(question)) break;
    await expect.poll(() => server.openConnections()).toBe(0);
  });

  it.each(['stream', 'signal'] as const)('an abort of the %s ends the loop without an error', async (by) => {
    const server = await scriptedServer(endless);
    const client = new AurikoOpenAI({ apiKey: 'ak_test', baseURL: server.url });
    const controller = new AbortController();
    const stream = await client.chat.completions.create(question, { signal: controller.signal });
    let count = 0;
    for await (const _ of stream) {
      count += 1;
      (by === 'stream' ? stream.controller : controller).abort();
    }
    expect(count).toBe(1);
    await expect.poll(() => server.openConnections()).toBe(0);
  });

  it('an abort while the loop waits ends it', async () => {
    const server = await scriptedServer(endless);
    const client = new AurikoOpenAI({ apiKey: 'ak_test', baseURL: server.url });
    const stream = await client.chat.completions.create(question);
    const iterator = stream[Symbol.asyncIterator]();
    expect((await iterator.next()).done).toBe(false);
    const waiting = iterator.next();
    stream.controller.abort();
    expect((await waiting).done).toBe(true);
  });

  it('a stream is read once', async () => {
    const { stream } = await chat(sse(HELLO + FINISH));
    const { thrown } = await outcome(stream);
    expect(thrown).toBeInstanceOf(OpenAI.OpenAIError);
    expect(String(thrown)).toContain('tee()');
  });

  it('works with a body that is no web stream', async () => {
    const { Readable } = await import('node:stream');
    const pieces = [HELLO.slice(0, 20), Buffer.from(HELLO.slice(20)), FINISH];
    const fetch = async () => {
      const response = new Response(null, { headers: { 'content-type': 'text/event-stream' } });
      Object.defineProperty(response, 'body', { value: Readable.from(pieces) });
      return response;
    };
    const client = new AurikoOpenAI({ apiKey: 'ak_test', fetch });
    const { items, thrown } = await outcome(await client.chat.completions.create(question));
    expect([items.length, thrown]).toEqual([2, undefined]);
  });
});

it('errors of a stream are this package’s too', async () => {
  const { thrown } = await chat(sse(frames(...ending().slice(1, 2))));
  expect(mapOpenAIError(thrown)).toBeInstanceOf(APIConnectionError);
});
