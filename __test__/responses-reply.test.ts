// Whole Responses replies as content parts (api.md §4.4), on every transport.

import { InvalidResponseDataError, type LanguageModelV4Content } from '@ai-sdk/provider';
import { describe, expect, it, vi } from 'vitest';
import { AurikoAPIError, InternalServerError, RateLimitError } from '../ts/errors.js';
import type { Transport } from '../ts/transport.js';
import { message, RESPONSE_USAGE, rejection, response, responsesModel } from './helpers/responses.js';
import { envelope, json, scriptedServer } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

type Json = Record<string, unknown>;

const PROMPT = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }];
const CALL = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{"n":1}' };
const SEARCH = {
  type: 'web_search_call',
  id: 'ws_1',
  status: 'completed',
  action: { type: 'search', query: 'q' },
};

describe.each(transports)('replies over %s', (_name, transport) => {
  const reply = async (body: unknown, options: { auriko?: Json } = {}, status = 200) => {
    const server = await scriptedServer(json(status, body, { 'x-request-id': 'r1' }));
    return {
      server,
      result: responsesModel(transport, server).doGenerate({
        prompt: PROMPT,
        // The cast is safe: the tests write plain JSON.
        providerOptions: options as NonNullable<
          Parameters<ReturnType<typeof responsesModel>['doGenerate']>[0]['providerOptions']
        >,
      }),
    };
  };

  it.each<[string, unknown[], LanguageModelV4Content[]]>([
    [
      'text with id and phase; blanks are text',
      [message('hello', { phase: 'final_answer' }), message('\n')],
      [
        {
          type: 'text',
          text: 'hello',
          providerMetadata: { auriko: { itemId: 'msg_1', phase: 'final_answer' } },
        },
        { type: 'text', text: '\n', providerMetadata: { auriko: { itemId: 'msg_1' } } },
      ],
    ],
    [
      'citations and their sources',
      [
        message('x', {
          content: [
            {
              type: 'output_text',
              text: 'cited',
              annotations: [
                { type: 'url_citation', url: 'https://a.test', title: 'A', start_index: 0, end_index: 5 },
                { type: 'other' },
              ],
            },
          ],
        }),
      ],
      [
        {
          type: 'text',
          text: 'cited',
          citations: [
            {
              source: { type: 'source', sourceType: 'url', id: 's0', url: 'https://a.test', title: 'A' },
              startIndex: 0,
              endIndex: 5,
            },
          ],
          providerMetadata: { auriko: { itemId: 'msg_1' } },
        },
        { type: 'source', sourceType: 'url', id: 's0', url: 'https://a.test', title: 'A' },
      ],
    ],
    [
      'each summary part; the encrypted thinking with the last',
      [
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [
            { type: 'summary_text', text: 'one' },
            { type: 'summary_text', text: 'two' },
          ],
          encrypted_content: 'ENC',
        },
      ],
      [
        { type: 'reasoning', text: 'one', providerMetadata: { auriko: { itemId: 'rs_1' } } },
        {
          type: 'reasoning',
          text: 'two',
          providerMetadata: { auriko: { itemId: 'rs_1', encryptedContent: 'ENC' } },
        },
      ],
    ],
    [
      'thinking that nobody may see',
      [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'ENC' }],
      [
        {
          type: 'reasoning',
          text: '',
          providerMetadata: { auriko: { itemId: 'rs_1', encryptedContent: 'ENC' } },
        },
      ],
    ],
    [
      'function calls, without truncated and nameless ones',
      [CALL, { ...CALL, status: 'incomplete', call_id: 'call_2' }, { ...CALL, name: '' }],
      [
        {
          type: 'tool-call',
          toolCallId: 'call_1',
          toolName: 'f',
          input: '{"n":1}',
          providerMetadata: { auriko: { itemId: 'fc_1' } },
        },
      ],
    ],
    [
      'the signature of a function call',
      [{ ...CALL, provider_signature: 'mark' }],
      [
        {
          type: 'tool-call',
          toolCallId: 'call_1',
          toolName: 'f',
          input: '{"n":1}',
          providerMetadata: { auriko: { itemId: 'fc_1', providerSignature: 'mark' } },
        },
      ],
    ],
    [
      'hosted tools as call and result',
      [SEARCH],
      [
        {
          type: 'tool-call',
          toolCallId: 'ws_1',
          toolName: 'web_search',
          dynamic: true,
          input: '{"action":{"type":"search","query":"q"}}',
          providerExecuted: true,
        },
        {
          type: 'tool-result',
          toolCallId: 'ws_1',
          toolName: 'web_search',
          dynamic: true,
          result: SEARCH,
          providerMetadata: { auriko: { itemId: 'ws_1' } },
        },
      ],
    ],
    [
      'generated images',
      [
        { type: 'image_generation_call', id: 'ig_1', result: 'QUJD', output_format: 'webp' },
        { type: 'image_generation_call', id: 'ig_2', status: 'failed' },
      ],
      [
        {
          type: 'file',
          mediaType: 'image/webp',
          data: { type: 'data', data: 'QUJD' },
          providerMetadata: { auriko: { itemId: 'ig_1' } },
        },
      ],
    ],
    [
      'items that only the provider understands',
      [{ type: 'compaction', id: 'c_1', data: 'x' }, { id: 'no type' }, 'no object'],
      [
        {
          type: 'custom',
          kind: 'auriko.compaction',
          providerMetadata: { auriko: { item: { type: 'compaction', id: 'c_1', data: 'x' } } },
        },
      ],
    ],
  ])('%s', async (_name, output, expected) => {
    const { result } = await reply(response(output));
    expect((await result).content).toEqual(expected);
  });

  it('carry usage, identity, metadata and what was sent', async () => {
    const { result, server } = await reply(
      response([message('a')], {
        service_tier: 'flex',
        routing_metadata: {
          cost: { usd: '0.1' },
          warnings: [{ type: 'unsupported_parameter', code: 'top_k', message: 'dropped' }],
        },
      }),
    );
    const { usage, response: facts, providerMetadata, warnings, request, finishReason } = await result;
    expect(usage).toEqual({
      inputTokens: { total: 10, noCache: 5, cacheRead: 4, cacheWrite: 1 },
      outputTokens: { total: 7, text: 2, reasoning: 5 },
      raw: RESPONSE_USAGE,
    });
    expect(facts).toMatchObject({
      id: 'resp_1',
      modelId: 'm-1',
      timestamp: new Date(1_700_000_000_000),
      headers: { 'x-request-id': 'r1' },
    });
    expect(providerMetadata).toEqual({
      auriko: {
        routing: expect.objectContaining({ cost: { usd: '0.1' } }),
        cost: { usd: '0.1' },
        requestId: 'r1',
        serviceTier: 'flex',
        responseId: 'resp_1',
      },
    });
    expect(warnings).toEqual([{ type: 'unsupported', feature: 'top_k', details: 'dropped' }]);
    expect(finishReason).toEqual({ unified: 'stop', raw: 'completed' });
    expect(request).toEqual({ url: `${server.url}/responses`, body: server.requests[0]?.body });
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/v1/responses' });
  });

  it.each<[string, Json, string, string | undefined]>([
    ['completed', {}, 'stop', 'completed'],
    ['completed with a call', { output: [CALL] }, 'tool-calls', 'completed'],
    [
      'completed with a refusal',
      { output: [CALL, message('', { content: [{ type: 'refusal', refusal: 'no' }] })] },
      'content-filter',
      'completed',
    ],
    [
      'incomplete by length',
      { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      'length',
      'max_output_tokens',
    ],
    [
      'incomplete by the filter',
      { status: 'incomplete', incomplete_details: { reason: 'content_filter' } },
      'content-filter',
      'content_filter',
    ],
    ['incomplete for another reason', { status: 'incomplete' }, 'other', 'incomplete'],
    ['no status at all', { status: undefined }, 'stop', undefined],
  ])('finish: %s', async (_name, more, unified, raw) => {
    const { result } = await reply(response([], more));
    expect((await result).finishReason).toEqual({ unified, raw });
  });

  it('hosted tools bear the name that the caller gave them', async () => {
    const server = await scriptedServer(json(200, response([SEARCH])));
    const { content } = await responsesModel(transport, server).doGenerate({
      prompt: PROMPT,
      tools: [{ type: 'provider', id: 'auriko.web_search_2025_08_26', name: 'search', args: {} }],
    });
    expect(content).toMatchObject([{ toolName: 'search' }, { toolName: 'search' }]);
    expect(content[0]).not.toHaveProperty('dynamic');
  });

  it('log probabilities come when they were asked for', async () => {
    const logprobs = [{ token: 'a', logprob: -1 }];
    const body = response([message('', { content: [{ type: 'output_text', text: 'a', logprobs }] })]);
    const asked = await (await reply(body, { auriko: { topLogprobs: 1 } })).result;
    expect(asked.providerMetadata?.['auriko']).toMatchObject({ logprobs: { content: logprobs } });
    const unasked = await (await reply(body)).result;
    expect(unasked.providerMetadata?.['auriko']).not.toHaveProperty('logprobs');
  });

  it('metadata is under the name of the provider', async () => {
    const server = await scriptedServer(json(200, response([message('a')])));
    const model = responsesModel(transport, server, { name: 'mine' });
    expect(model.provider).toBe('mine.responses');
    const { content, providerMetadata } = await model.doGenerate({ prompt: PROMPT });
    expect(Object.keys(providerMetadata ?? {})).toEqual(['mine']);
    expect(content[0]).toMatchObject({ providerMetadata: { mine: { itemId: 'msg_1' } } });
  });

  it.each<[string, unknown, number, typeof AurikoAPIError, Json]>([
    [
      'an error status',
      envelope('rate_limit_error', 'rate_limit_exceeded'),
      429,
      RateLimitError,
      { statusCode: 429, isRetryable: true },
    ],
    [
      'a failed response, by its code alone',
      response([], {
        status: 'failed',
        error: { code: 'rate_limit_exceeded', message: 'slow', type: 'x' },
      }),
      200,
      RateLimitError,
      { statusCode: 429, code: 'rate_limit_exceeded', message: 'slow' },
    ],
    [
      'a failed response with an unknown code',
      response([], { status: 'failed', error: { code: 'server_error', message: 'oops' } }),
      200,
      InternalServerError,
      { statusCode: 500, code: 'server_error', type: 'api_error' },
    ],
    [
      'a failed response without an error',
      response([], { status: 'failed' }),
      200,
      AurikoAPIError,
      { code: 'upstream_error' },
    ],
    ['no object', ['x'], 200, AurikoAPIError, { code: 'invalid_response' }],
  ])('%s rejects', async (_name, body, status, kind, facts) => {
    const { result } = await reply(body, {}, status);
    const error = await rejection(result);
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject(facts);
  });

  it.each<[string, Json, number]>([
    ['long, since most models think', {}, 600_000],
    ['short when thinking is switched off', { reasoningEffort: 'none' }, 60_000],
  ])('the limits of a call are %s', async (_name, auriko, idleMs) => {
    const request = vi.fn<Transport['request']>(async () => ({
      status: 200,
      headers: {},
      body: JSON.stringify(response([])),
    }));
    const server = { url: 'https://a.test/v1', requests: [], openConnections: () => 0 };
    const model = responsesModel({ ...transport, name: transport.name, request }, server);
    await model.doGenerate({ prompt: PROMPT, providerOptions: { auriko: auriko as Record<string, string> } });
    expect(request.mock.calls[0]?.[0].limits).toMatchObject({ idleMs, firstByteMs: idleMs });
  });

  it('a reply without output is refused', async () => {
    const { result } = await reply({ id: 'x' });
    expect(await rejection(result)).toBeInstanceOf(InvalidResponseDataError);
  });
});
