// The Responses API of the SDK: what is sent, whole replies, streams and each way for them to end.

import { describe, expect, it, vi } from 'vitest';
import {
  Auriko,
  type AurikoOptions,
  type ResponseCreateParams,
  type ResponseStream,
  type ResponseStreamEvent,
} from '../ts/client/index.js';
import {
  added,
  at,
  BEGIN,
  completed,
  done,
  events,
  message,
  RESPONSE_USAGE,
  rejection,
  response,
  textDelta,
} from './helpers/responses.js';
import { type Exchange, envelope, json, scriptedServer, sse, text } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

type Json = Record<string, unknown>;

const ROUTING = {
  provider: 'p',
  provider_model_id: 'm-1',
  model_canonical: 'm',
  routing_strategy: 'cost',
};
const CALL = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{}' };
const SEARCH = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { query: 'q' } };
const TEXT_STREAM: Json[] = [
  ...BEGIN,
  added(0, { type: 'message', id: 'i0', role: 'assistant', status: 'in_progress', content: [] }),
  at(0, 'content_part.added', { item_id: 'i0', content_index: 0, part: { type: 'output_text', text: '' } }),
  textDelta(0, 'hé'),
  textDelta(0, 'llo'),
  at(0, 'output_text.done', { item_id: 'i0', content_index: 0, text: 'héllo', logprobs: [] }),
  at(0, 'content_part.done', {
    item_id: 'i0',
    content_index: 0,
    part: { type: 'output_text', text: 'héllo' },
  }),
  done(0, message('héllo')),
  completed([message('héllo')], { routing_metadata: ROUTING }),
];

/** The events as the wire numbers them. */
const numbered = (list: readonly Json[]): Json[] =>
  list.map((event, sequence_number) => ({ ...event, sequence_number }));

async function readAll(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const seen: ResponseStreamEvent[] = [];
  for await (const event of stream) seen.push(event);
  return seen;
}

describe.each(transports)('over %s', (_, transport) => {
  const clientAt = (baseURL: string, options: AurikoOptions = {}) =>
    new Auriko({ transport, apiKey: 'ak_test', baseURL, maxRetries: 0, ...options });
  const create = (baseURL: string, params: Partial<ResponseCreateParams> = {}) =>
    clientAt(baseURL).responses.create({ model: 'm', input: 'hi', ...params, stream: false });
  const open = async (wire: string): Promise<ResponseStream> => {
    const server = await scriptedServer(sse(wire));
    return clientAt(server.url).responses.create({ model: 'm', input: 'hi', stream: true });
  };

  describe('whole replies', () => {
    it('come as they are, with text and headers aside', async () => {
      const wire = response([message('a'), CALL, message('b'), SEARCH], {
        routing_metadata: ROUTING,
        own: { kept: true },
      });
      const server = await scriptedServer(json(200, wire, { 'x-request-id': 'req_1' }));
      const reply = await create(server.url);
      expect(JSON.stringify(reply)).toBe(JSON.stringify(wire));
      expect(Object.keys(reply)).toEqual(Object.keys(wire));
      expect(reply.output_text).toBe('ab');
      expect(reply.routing_metadata).toEqual(ROUTING);
      expect(reply.usage).toEqual(RESPONSE_USAGE);
      expect(reply.responseHeaders.requestId).toBe('req_1');
    });

    it.each([
      ['the wire’s text', response([message('a')], { output_text: 'own' }), 'own'],
      ['no text', response([CALL]), ''],
      ['strange parts', response([null, { type: 'message', content: [1, { type: 'output_text' }] }]), ''],
      ['a refusal', response([message('', { content: [{ type: 'refusal', refusal: 'no' }] })]), ''],
    ])('output_text of %s', async (__, wire, expected) => {
      const server = await scriptedServer(json(200, wire));
      expect((await create(server.url)).output_text).toBe(expected);
    });

    it('an empty output_text of the wire is filled in, and stays a field', async () => {
      const server = await scriptedServer(json(200, response([message('a')], { output_text: '' })));
      expect(JSON.parse(JSON.stringify(await create(server.url)))).toMatchObject({ output_text: 'a' });
    });

    it('one that failed is no exception', async () => {
      const error = { code: 'upstream_error', message: 'm' };
      const server = await scriptedServer(json(200, response([], { status: 'failed', error })));
      expect(await create(server.url)).toMatchObject({ status: 'failed', error, output_text: '' });
    });

    it.each([
      ['not JSON', text(200, '<html>'), { code: 'invalid_response' }],
      ['without output', json(200, { id: 'r' }), { code: 'invalid_response' }],
      [
        'an error with status 200',
        json(200, envelope('api_error', 'upstream_error')),
        { code: 'upstream_error' },
      ],
      [
        'an error status',
        json(400, envelope('invalid_request_error', 'hosted_tool_not_supported')),
        { name: 'BadRequestError', code: 'hosted_tool_not_supported', statusCode: 400 },
      ],
    ])('%s rejects', async (__, script, error) => {
      const server = await scriptedServer(script);
      await expect(create(server.url)).rejects.toMatchObject(error);
    });

    it('withResponse() gives status and headers, asResponse() the text', async () => {
      const wire = response([message('a')]);
      const server = await scriptedServer(json(200, wire, { 'x-request-id': 'req_1' }));
      const { data, requestId } = await create(server.url).withResponse();
      expect([data.output_text, requestId]).toEqual(['a', 'req_1']);
      const raw = await create(server.url).asResponse();
      expect(await raw.text()).toBe(JSON.stringify(wire));
    });
  });

  describe('requests', () => {
    it('carry every field, and `gateway` of extraBody child by child', async () => {
      const server = await scriptedServer(json(200, response([])));
      const params: ResponseCreateParams = {
        input: [
          { role: 'user', content: [{ type: 'input_text', text: 'hi' }] },
          { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'x' },
          { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
          { type: 'function_call_output', call_id: 'c', output: '1' },
        ],
        model: 'm',
        instructions: 'be kind',
        tools: [
          { type: 'function', name: 'f', parameters: {} },
          { type: 'web_search', size: 'low' },
        ],
        tool_choice: { type: 'function', name: 'f' },
        parallel_tool_calls: false,
        max_output_tokens: 10,
        max_tool_calls: 2,
        temperature: 0,
        top_p: 1,
        top_k: 3,
        top_logprobs: 1,
        frequency_penalty: 0.5,
        presence_penalty: -0.5,
        reasoning: { effort: 'low', summary: 'auto' },
        text: { format: { type: 'json_schema', name: 'n', schema: {} } },
        user: 'u',
        metadata: { k: 'v' },
        include: ['reasoning.encrypted_content'],
        prompt_cache_key: 'k',
        safety_identifier: 's',
        truncation: 'auto',
        store: false,
        gateway: { routing: { optimize: 'cost' }, metadata: { tags: ['t'] } },
        extensions: { openai: { a: 1 } },
      };
      await clientAt(server.url).responses.create({
        ...params,
        stream: false,
        extraBody: { gateway: { routing: { prefer: 'p' } }, own: 1, stream: true },
      });
      const [request] = server.requests;
      expect([request?.method, request?.path]).toEqual(['POST', '/v1/responses']);
      expect(JSON.parse(request?.body ?? '')).toEqual({
        ...params,
        gateway: { routing: { prefer: 'p' }, metadata: { tags: ['t'] } },
        own: 1,
      });
    });

    it.each([
      [{ model: '' }, 'missing_required_parameter', 'model'],
      [{ gateway: { models: ['a'] } }, 'invalid_parameter_value', 'gateway.models'],
      [{ extensions: { thinking: {} as never } }, 'invalid_parameter_value', 'extensions.thinking'],
    ])('%j is refused without a request', async (params, code, param) => {
      const server = await scriptedServer(json(200, response([])));
      await expect(create(server.url, params)).rejects.toMatchObject({
        name: 'BadRequestError',
        code,
        param,
      });
      expect(server.requests.length).toBe(0);
    });
  });

  describe('streams', () => {
    it('give typed events in order, and the whole at the end', async () => {
      const stream = await open(events(...TEXT_STREAM));
      expect(stream.responseHeaders.requestId).toBe('req_test');
      const seen = await readAll(stream);
      expect(JSON.parse(JSON.stringify(seen))).toEqual(numbered(TEXT_STREAM));
      const texts = seen.map((event) => (event.type === 'response.output_text.delta' ? event.delta : ''));
      expect(texts.join('')).toBe('héllo');
      expect(stream.completedResponse).toBe(stream.completed_response);
      expect(stream.completedResponse).toMatchObject({ status: 'completed', output_text: 'héllo' });
      expect(stream.completedResponse?.responseHeaders.requestId).toBe('req_test');
      expect(stream.usage).toEqual(RESPONSE_USAGE);
      expect([stream.routing_metadata, stream.routingMetadata]).toEqual([ROUTING, ROUTING]);
      expect(await stream.finalResponse()).toBe(stream.completedResponse);
      expect(() => stream[Symbol.asyncIterator]()).toThrow(/only be iterated once/);
    });

    it('ask for a stream, whatever extraBody says', async () => {
      const server = await scriptedServer(sse(events(completed())));
      const params = { model: 'm', input: 'hi', extraBody: { stream: false } };
      await readAll(await clientAt(server.url).responses.create({ ...params, stream: true }));
      expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ model: 'm', input: 'hi', stream: true });
    });

    it.each([
      ['response.incomplete', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }],
      ['response.failed', { status: 'failed', error: { code: 'upstream_error', message: 'm' } }],
    ])('%s is an end, and no exception', async (type, more) => {
      const stream = await open(events(...BEGIN, { type, response: response([], more) }));
      expect((await readAll(stream)).at(-1)?.type).toBe(type);
      expect(stream.completedResponse).toMatchObject(more);
      expect(await stream.finalResponse()).toMatchObject(more);
    });

    it('tolerate [DONE] and anything else behind the last event', async () => {
      const stream = await open(`${events(...BEGIN, completed())}data: [DONE]\n\ndata: {"type":"x"}\n\n`);
      expect((await readAll(stream)).length).toBe(3);
    });

    it('keep unknown events, and `error` events that have no code', async () => {
      const odd = [
        { type: 'response.web_search_call.searching', item_id: 'x' },
        { type: 'error' },
        { own: 1 },
      ];
      const wire = odd.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
      const stream = await open(`${wire}${events(completed())}`);
      expect((await readAll(stream)).slice(0, 3)).toEqual(odd);
    });

    it('throw the `error` event, by its code alone, after what came before', async () => {
      const error = {
        type: 'error',
        code: 'rate_limit_exceeded',
        message: 'slow',
        provider: 'p',
        param: null,
      };
      const stream = await open(
        `${BEGIN.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: ${JSON.stringify(error)}\n\n`,
      );
      const seen: unknown[] = [];
      const thrown = await rejection(
        (async () => {
          for await (const event of stream) seen.push(event);
        })(),
      );
      expect(seen.length).toBe(2);
      expect(thrown).toMatchObject({
        name: 'RateLimitError',
        code: 'rate_limit_exceeded',
        statusCode: 429,
        provider: 'p',
        requestId: 'req_test',
      });
      expect(stream.completedResponse).toBeUndefined();
      expect(await rejection(stream.finalResponse())).toBe(thrown);
    });

    it.each([
      [
        'an unknown code',
        events({ type: 'error', code: 'brand_new', message: 'm' }),
        'InternalServerError',
        'brand_new',
      ],
      [
        'an event that is named error',
        'event: error\ndata: {"code":"upstream_error","message":"m"}\n\n',
        'APIStatusError',
        'upstream_error',
      ],
      [
        'an envelope',
        `data: ${JSON.stringify(envelope('api_error', 'upstream_error'))}\n\n`,
        'APIStatusError',
        'upstream_error',
      ],
      [
        'a cut before the last event',
        events(...TEXT_STREAM.slice(0, -1)),
        'APIConnectionError',
        'stream_interrupted',
      ],
      [
        '[DONE] before the last event',
        `${events(...BEGIN)}data: [DONE]\n\n`,
        'APIConnectionError',
        'stream_interrupted',
      ],
      ['an empty body', '', 'APIConnectionError', 'stream_interrupted'],
      ['broken JSON', `${events(...BEGIN)}data: {"type":\n\n`, 'APIStatusError', 'malformed_chunk'],
      [
        'an error without a code, then nothing',
        events(...BEGIN, { type: 'error', message: 'odd' }).replace(/event: error\n/, ''),
        'APIStatusError',
        'malformed_response',
      ],
    ])('%s is thrown', async (__, wire, name, code) => {
      await expect(readAll(await open(wire))).rejects.toMatchObject({ name, code });
      await expect((await open(wire)).finalResponse()).rejects.toMatchObject({ name, code });
    });

    it('a last event without a response ends, but has no final response', async () => {
      const stream = await open(events(...BEGIN, { type: 'response.completed' }));
      expect((await readAll(stream)).length).toBe(3);
      await expect(stream.finalResponse()).rejects.toMatchObject({ code: 'malformed_chunk' });
    });

    it('an error status rejects the call', async () => {
      const server = await scriptedServer(json(404, envelope('not_found_error', 'model_not_found')));
      const call = clientAt(server.url).responses.create({ model: 'm', input: 'hi', stream: true });
      await expect(call).rejects.toMatchObject({ name: 'NotFoundError', code: 'model_not_found' });
    });

    it('finalResponse() reads a stream that nobody reads, and waits for one that somebody does', async () => {
      const stream = await open(events(...TEXT_STREAM));
      expect(await stream.finalResponse()).toMatchObject({ output_text: 'héllo' });
      const other = await open(events(...TEXT_STREAM));
      const reading = readAll(other);
      expect((await other.finalResponse()).output_text).toBe('héllo');
      expect((await reading).length).toBe(TEXT_STREAM.length);
    });

    it('toReadableStream() gives a line for each event', async () => {
      const stream = await open(events(...TEXT_STREAM));
      const lines = (await new Response(stream.toReadableStream()).text()).trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(numbered(TEXT_STREAM));
    });

    it('asResponse() writes the events anew', async () => {
      const wire = events(...TEXT_STREAM);
      const server = await scriptedServer(sse(wire));
      const reply = await clientAt(server.url)
        .responses.create({ model: 'm', input: 'hi', stream: true })
        .asResponse();
      expect(await reply.text()).toBe(wire);
    });
  });

  describe('leaving a stream', () => {
    /** A stream that goes on for ever after two events. */
    async function endless(signal?: AbortSignal) {
      let exchange: Exchange | undefined;
      const server = await scriptedServer((opened) => {
        exchange = opened;
        opened.head(200);
        opened.write(events(...BEGIN));
      });
      const params = { model: 'm', input: 'hi', stream: true } as const;
      const stream = await clientAt(server.url).responses.create(params, { signal });
      return { stream, closed: () => exchange?.closed };
    }

    it('early closes the connection', async () => {
      const { stream, closed } = await endless();
      for await (const _event of stream) break;
      await closed();
      expect(stream.completedResponse).toBeUndefined();
      await expect(stream.finalResponse()).rejects.toMatchObject({ name: 'AbortError' });
    });

    it.each(['abort', 'close'] as const)('with %s() ends the iteration without an error', async (method) => {
      const { stream, closed } = await endless();
      let count = 0;
      for await (const _event of stream) {
        count += 1;
        if (count === 2) stream[method]();
      }
      expect(count).toBe(2);
      await closed();
    });

    it('by disposing of it closes the connection', async () => {
      const { stream, closed } = await endless();
      await stream[Symbol.asyncDispose]();
      await closed();
      expect(await readAll(stream)).toEqual([]);
    });

    it('by a signal throws its reason, to whoever waits', async () => {
      const controller = new AbortController();
      const { stream, closed } = await endless(controller.signal);
      const reason = new Error('enough');
      const final = rejection(
        (async () => {
          for await (const event of stream) if (event.sequence_number === 1) controller.abort(reason);
        })(),
      );
      expect(await final).toBe(reason);
      expect(await rejection(stream.finalResponse())).toBe(reason);
      await closed();
    });

    it.each([
      ['the stream', async (stream: ResponseStream) => void (await stream[Symbol.asyncIterator]().next())],
      ['its iterator', async (stream: ResponseStream) => void stream[Symbol.asyncIterator]()],
      ['its web stream', async (stream: ResponseStream) => void stream.toReadableStream()],
    ])('by forgetting %s lets the collector close the connection', async (__, use) => {
      const { gc } = globalThis;
      if (gc === undefined) throw new Error('the test process runs without --expose-gc');
      const server = await scriptedServer((opened) => {
        opened.head(200);
        opened.write(events(...BEGIN));
      });
      const params = { model: 'm', input: 'hi', stream: true } as const;
      await (async () => use(await clientAt(server.url).responses.create(params)))();
      expect(server.openConnections()).toBe(1);
      await vi.waitFor(
        () => {
          gc();
          expect(server.openConnections()).toBe(0);
        },
        { timeout: 10_000, interval: 20 },
      );
    });

    it('unread stops the server: the window bounds what is held', async () => {
      const filler = 'x'.repeat(64 * 1024);
      let written = 0;
      let exchange: Exchange | undefined;
      const server = await scriptedServer((opened) => {
        exchange = opened;
        opened.head(200);
        // As much as the socket takes; 64 MiB is far more than socket buffers and window together.
        for (let index = 0; index < 1024; index += 1) opened.write(events(textDelta(0, filler)));
        opened.write(events(completed()));
        opened.end();
      });
      const stream = await clientAt(server.url).responses.create({ model: 'm', input: 'hi', stream: true });
      const iterator = stream[Symbol.asyncIterator]();
      await iterator.next();
      await vi.waitFor(
        () => {
          const before = written;
          written = exchange?.sentBytes() ?? 0;
          // What has left the server no longer grows: it waits for the reader.
          expect(written).toBe(before);
        },
        { interval: 100, timeout: 10_000 },
      );
      expect(written).toBeLessThan(32 * 1024 * 1024);
      let count = 1;
      while (!(await iterator.next()).done) count += 1;
      expect(count).toBe(1025);
    });

    it('a server that lingers after the last event is left', async () => {
      let exchange: Exchange | undefined;
      const server = await scriptedServer((opened) => {
        exchange = opened;
        opened.head(200);
        opened.write(events(...TEXT_STREAM));
      });
      const stream = await clientAt(server.url).responses.create({ model: 'm', input: 'hi', stream: true });
      expect((await readAll(stream)).length).toBe(TEXT_STREAM.length);
      await exchange?.closed;
    });
  });
});
