// A whole reply as content (ai-sdk-provider.md §5.2), and the gateway's warnings (§4.4).

import { APICallError, InvalidResponseDataError } from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { convertResponse } from '../ts/ai-sdk/convert-response.js';
import { AurikoAPIError } from '../ts/errors.js';

const HEADERS = { 'content-type': 'application/json', 'x-request-id': 'req_1' };
const CONTEXT = {
  url: 'https://api.test/v1/chat/completions',
  requestBody: '{"model":"m"}',
  secret: 'ak_secret',
};

const convertText = (body: string, wantsLogprobs = false) =>
  convertResponse({ status: 200, headers: HEADERS, body }, CONTEXT, wantsLogprobs);
const convert = (body: unknown, wantsLogprobs = false) => convertText(JSON.stringify(body), wantsLogprobs);
const reply = (
  message: unknown,
  more: Record<string, unknown> = {},
  choice: Record<string, unknown> = {},
) => ({
  id: 'c1',
  created: 1_700_000_000,
  model: 'm-1',
  choices: [{ index: 0, message, finish_reason: 'stop', ...choice }],
  ...more,
});
const content = (message: unknown) => convert(reply(message)).content;

/** What `act` throws. */
function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const CITATION = {
  type: 'url_citation',
  url_citation: { url: 'https://a.test', title: 'A', start_index: 1, end_index: 2, content: 'quoted' },
};
const SOURCE = { type: 'source', sourceType: 'url', id: 's0', url: 'https://a.test', title: 'A' };
const tool = (more: Record<string, unknown>) => ({
  id: 'a',
  type: 'function',
  function: { name: 'f', arguments: '{"x":1}' },
  ...more,
});

describe('content', () => {
  it.each<[string, unknown, unknown[]]>([
    ['text', { content: 'hi' }, [{ type: 'text', text: 'hi' }]],
    ['nothing for empty text', { content: '' }, []],
    ['nothing for null', { content: null }, []],
    ['nothing for a message that is none', null, []],
    [
      'reasoning_content',
      { reasoning_content: 'hm', content: 'hi' },
      [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'hi' },
      ],
    ],
    ['reasoning as a string', { reasoning: 'hm' }, [{ type: 'reasoning', text: 'hm' }]],
    [
      'signed blocks rather than reasoning_content, which repeats them',
      {
        reasoning_content: 'onetwo',
        reasoning: [
          { type: 'thinking', thinking: 'one', signature: 's1' },
          { type: 'redacted', data: 'opaque' },
          { type: 'thinking', thinking: 'two', signature: '' },
        ],
      },
      [
        { type: 'reasoning', text: 'one', providerMetadata: { auriko: { signature: 's1' } } },
        { type: 'reasoning', text: '', providerMetadata: { auriko: { redactedData: 'opaque' } } },
        { type: 'reasoning', text: 'two' },
      ],
    ],
    [
      'signed blocks byte for byte',
      {
        reasoning: [
          { type: 'thinking', thinking: '\n one ', signature: 's1' },
          { type: 'thinking', thinking: ' ', signature: 's2' },
        ],
      },
      [
        { type: 'reasoning', text: '\n one ', providerMetadata: { auriko: { signature: 's1' } } },
        { type: 'reasoning', text: ' ', providerMetadata: { auriko: { signature: 's2' } } },
      ],
    ],
    [
      'reasoning_content when there are no blocks',
      { reasoning_content: 'hm', reasoning: [] },
      [{ type: 'reasoning', text: 'hm' }],
    ],
    [
      'typed parts of content',
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
          { type: 'text', text: 'hi' },
        ],
      },
      [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'hi' },
      ],
    ],
    [
      'a refusal as text behind the text',
      { content: 'well', refusal: 'no' },
      [
        { type: 'text', text: 'well' },
        { type: 'text', text: 'no' },
      ],
    ],
    [
      'annotations as sources and as citations of the text',
      { content: 'hi', annotations: [CITATION, { type: 'file_citation' }] },
      [
        {
          type: 'text',
          text: 'hi',
          citations: [{ source: SOURCE, startIndex: 1, endIndex: 2, citedText: 'quoted' }],
        },
        SOURCE,
      ],
    ],
    [
      'images, their base64 as it came',
      {
        images: [
          { mime_type: 'image/webp', data: 'AAAA' },
          { image_url: { url: 'data:image/png;base64,BBBB' } },
        ],
      },
      [
        { type: 'file', mediaType: 'image/webp', data: { type: 'data', data: 'AAAA' } },
        { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'BBBB' } },
      ],
    ],
    [
      'tool calls, arguments as they came',
      { content: null, tool_calls: [tool({})] },
      [{ type: 'tool-call', toolCallId: 'a', toolName: 'f', input: '{"x":1}' }],
    ],
    [
      'a tool call with its signature',
      { tool_calls: [tool({ provider_signature: 's' })] },
      [
        {
          type: 'tool-call',
          toolCallId: 'a',
          toolName: 'f',
          input: '{"x":1}',
          providerMetadata: { auriko: { providerSignature: 's' } },
        },
      ],
    ],
    [
      'no arguments as an empty object',
      { tool_calls: [tool({ function: { name: 'f', arguments: '' } })] },
      [{ type: 'tool-call', toolCallId: 'a', toolName: 'f', input: '{}' }],
    ],
    [
      'arguments that are an object',
      { tool_calls: [tool({ function: { name: 'f', arguments: { x: 1 } } })] },
      [{ type: 'tool-call', toolCallId: 'a', toolName: 'f', input: '{"x":1}' }],
    ],
    ['no call without a name', { tool_calls: [tool({ function: { arguments: '{}' } })] }, []],
  ])('has %s', (_name, message, expected) => {
    expect(content(message)).toEqual(expected);
  });

  it('comes in the order reasoning, text, refusal, sources, files, tool calls', () => {
    const parts = content({
      tool_calls: [tool({})],
      images: [{ data: 'AAAA' }],
      annotations: [CITATION],
      refusal: 'no',
      content: 'hi',
      reasoning_content: 'hm',
    });
    expect(parts.map((part) => part.type)).toEqual([
      'reasoning',
      'text',
      'text',
      'source',
      'file',
      'tool-call',
    ]);
  });

  it.each<[string, unknown]>([
    ['missing', [tool({ id: '' }), tool({ id: undefined })]],
    ['repeated', [tool({}), tool({})]],
  ])('gives tool calls ids of their own when those are %s', (_name, tool_calls) => {
    const ids = content({ tool_calls }).flatMap((part) =>
      part.type === 'tool-call' ? [part.toolCallId] : [],
    );
    expect(new Set(ids).size).toBe(2);
    expect(ids[1]).toMatch(/^call_[0-9a-f]{32}$/);
  });

  it('reads the old function_call as a tool call', () => {
    expect(content({ function_call: { name: 'f', arguments: '{}' } })).toEqual([
      { type: 'tool-call', toolCallId: expect.stringMatching(/^call_/), toolName: 'f', input: '{}' },
    ]);
  });

  it('is of the choice with index 0, not of the first in the array', () => {
    const choices = [
      { index: 1, message: { content: 'wrong' } },
      { index: 0, message: { content: 'right' } },
    ];
    expect(convert({ choices }).content).toEqual([{ type: 'text', text: 'right' }]);
  });
});

describe('finish reason', () => {
  it.each<[string, unknown, string | null | undefined, string]>([
    ['stop', { content: 'a' }, 'stop', 'stop'],
    ['stop with tool calls', { tool_calls: [tool({})] }, 'stop', 'tool-calls'],
    ['stop with a refusal', { refusal: 'no' }, 'stop', 'content-filter'],
    ['length', { content: 'a' }, 'length', 'length'],
    ['tool_calls', { tool_calls: [tool({})] }, 'tool_calls', 'tool-calls'],
    ['content_filter', { content: 'a' }, 'content_filter', 'content-filter'],
    ['another word', { content: 'a' }, 'eos', 'other'],
    ['another word with tool calls', { tool_calls: [tool({})] }, 'eos', 'tool-calls'],
    ['null with text', { content: 'a' }, null, 'stop'],
    ['null with tool calls', { tool_calls: [tool({})] }, null, 'tool-calls'],
    ['none with nothing', {}, undefined, 'other'],
  ])('%s', (_name, message, finish_reason, unified) => {
    const { finishReason } = convert(reply(message, {}, { finish_reason }));
    expect(finishReason).toEqual({ unified, raw: finish_reason ?? undefined });
  });
});

describe('the rest of the result', () => {
  it('says what the reply said about itself', () => {
    const routing_metadata = { provider: 'p', cost: { usd: '0.1', byok: true } };
    const body = reply(
      { content: 'hi' },
      { usage: { prompt_tokens: 1 }, service_tier: 'flex', system_fingerprint: 'fp', routing_metadata },
      { native_finish_reason: 'end_turn', logprobs: { content: [] } },
    );
    const result = convert(body, true);
    expect(result.providerMetadata).toEqual({
      auriko: {
        routing: routing_metadata,
        cost: { usd: '0.1', byok: true },
        requestId: 'req_1',
        nativeFinishReason: 'end_turn',
        serviceTier: 'flex',
        systemFingerprint: 'fp',
        logprobs: { content: [] },
      },
    });
    expect(result.usage).toMatchObject({ inputTokens: { total: 1 }, raw: { prompt_tokens: 1 } });
    expect(result.response).toEqual({
      id: 'c1',
      modelId: 'm-1',
      timestamp: new Date(1_700_000_000_000),
      headers: HEADERS,
      body,
    });
    expect(convert(body).providerMetadata).not.toHaveProperty('auriko.logprobs');
  });

  it('leaves out what is blank or 0', () => {
    const { response } = convert(reply({ content: 'hi' }, { id: '', model: ' ', created: 0 }));
    expect(Object.keys(response ?? {})).toEqual(['headers', 'body']);
  });

  it('has no token counts when the reply has none', () => {
    const { inputTokens, outputTokens, raw } = convert(reply({ content: 'hi' })).usage;
    expect([inputTokens.total, outputTokens.total, raw]).toEqual([undefined, undefined, undefined]);
  });

  it('turns warnings of the gateway into warnings of the call', () => {
    const warnings = [
      { type: 'unsupported_parameter', code: 'top_k', message: 'top_k was dropped' },
      { type: 'unsupported_modality', message: 'no audio' },
      { type: 'fallback', code: 'x', message: 'took another' },
      'plain',
      7,
    ];
    expect(convert(reply({ content: 'hi' }, { routing_metadata: { warnings } })).warnings).toEqual([
      { type: 'unsupported', feature: 'top_k', details: 'top_k was dropped' },
      { type: 'unsupported', feature: 'unsupported_modality', details: 'no audio' },
      { type: 'other', message: 'took another' },
      { type: 'other', message: 'plain' },
    ]);
  });
});

describe('replies that are none', () => {
  it.each<[string, string]>([
    ['HTML', '<html>ak_secret</html>'],
    ['nothing', ''],
    ['an array', '[]'],
    ['text', '"hi"'],
  ])('%s is an invalid response, which is not retried', (_name, body) => {
    const error = thrown(() => convertText(body));
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      code: 'invalid_response',
      statusCode: 200,
      isRetryable: false,
      requestId: 'req_1',
    });
    expect(JSON.stringify(error)).not.toContain('ak_secret');
  });

  it.each<[string, unknown]>([
    ['missing', {}],
    ['empty', { choices: [] }],
    ['null', { choices: null }],
    ['of a wrong type', { choices: ['a'] }],
  ])('choices that are %s are invalid data', (_name, body) => {
    expect(InvalidResponseDataError.isInstance(thrown(() => convert(body)))).toBe(true);
  });

  it.each<[string, unknown, Record<string, unknown>]>([
    [
      'its code',
      { message: 'Busy', type: 'rate_limit_error', code: 'rate_limit_exceeded', provider: 'acme' },
      {
        name: 'RateLimitError',
        code: 'rate_limit_exceeded',
        statusCode: 429,
        isRetryable: true,
        message: '[acme] Busy',
      },
    ],
    [
      'a code that is not retried',
      { message: 'Empty', type: 'rate_limit_error', code: 'insufficient_quota' },
      { name: 'RateLimitError', statusCode: 429, isRetryable: false },
    ],
    [
      'a status for a code',
      { message: 'bad', code: 400 },
      { message: 'bad', statusCode: 400, isRetryable: false },
    ],
    ['its text', 'went wrong', { message: 'went wrong', isRetryable: true }],
  ])('an `error` under status 200 is the error of %s', (_name, wire, expected) => {
    const error = thrown(() => convert({ error: wire, choices: [] }));
    expect(AurikoAPIError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ ...expected, requestId: 'req_1', data: wire });
  });
});
