// Call settings and prompts as the body of a Responses request (api.md §4.1 to §4.3), row by row.

import {
  InvalidArgumentError,
  type LanguageModelV4CallOptions,
  type LanguageModelV4Message,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import type { RequestDefaults } from '../ts/ai-sdk/request-body.js';
import { convertResponsesCall } from '../ts/ai-sdk/responses/request-body.js';

type Options = Partial<LanguageModelV4CallOptions>;
type Auriko = NonNullable<LanguageModelV4CallOptions['providerOptions']>[string];
type Assistant = Extract<LanguageModelV4Message, { role: 'assistant' }>['content'];
type ToolResult = Extract<
  Extract<LanguageModelV4Message, { role: 'tool' }>['content'][number],
  { type: 'tool-result' }
>;

const PROMPT: LanguageModelV4CallOptions['prompt'] = [
  { role: 'user', content: [{ type: 'text', text: 'hi' }] },
];
const INCLUDE = ['reasoning.encrypted_content'];
const BASE = { model: 'm', input: [{ role: 'user', content: 'hi' }], include: INCLUDE, store: false };

const convert = (options: Options = {}, defaults: RequestDefaults = {}, isStream = false) =>
  convertResponsesCall('m', { prompt: PROMPT, ...options }, defaults, isStream);
const withOptions = (auriko: Auriko) => convert({ providerOptions: { auriko } });
const input = (...prompt: LanguageModelV4Message[]) => {
  const { body, warnings } = convert({ prompt });
  return { items: body['input'], warnings };
};
const TOOL = { type: 'function', name: 'f', inputSchema: { type: 'object' } } as const;
const WIRE_TOOL = { type: 'function', name: 'f', parameters: { type: 'object' } };

describe('call settings', () => {
  it.each<[string, Options, Record<string, unknown>]>([
    ['nothing more than model and input', {}, {}],
    ['maxOutputTokens', { maxOutputTokens: 7 }, { max_output_tokens: 7 }],
    [
      'sampling settings, zeros included',
      { temperature: 0, topP: 0.5, topK: 3, presencePenalty: 0, frequencyPenalty: -1 },
      { temperature: 0, top_p: 0.5, top_k: 3, presence_penalty: 0, frequency_penalty: -1 },
    ],
    ['no text format', { responseFormat: { type: 'text' } }, {}],
    [
      'JSON without schema',
      { responseFormat: { type: 'json' } },
      { text: { format: { type: 'json_object' } } },
    ],
    [
      'a JSON schema, flat',
      { responseFormat: { type: 'json', name: 'n', description: 'd', schema: { type: 'object' } } },
      {
        text: {
          format: {
            type: 'json_schema',
            name: 'n',
            description: 'd',
            schema: { type: 'object' },
            strict: true,
          },
        },
      },
    ],
    ['flat tools', { tools: [TOOL] }, { tools: [WIRE_TOOL] }],
    [
      'description and strictness of tools',
      { tools: [{ ...TOOL, description: 'd', strict: false }] },
      { tools: [{ ...WIRE_TOOL, description: 'd', strict: false }] },
    ],
    ['no empty tool list', { tools: [], toolChoice: { type: 'auto' } }, {}],
    [
      'the choice of a function',
      { tools: [TOOL], toolChoice: { type: 'tool', toolName: 'f' } },
      { tools: [WIRE_TOOL], tool_choice: { type: 'function', name: 'f' } },
    ],
    [
      'any tool',
      { tools: [TOOL], toolChoice: { type: 'required' } },
      { tools: [WIRE_TOOL], tool_choice: 'required' },
    ],
    [
      'provider tools with our id, and their choice',
      {
        tools: [{ type: 'provider', id: 'auriko.web_search', name: 'search', args: { size: 1 } }],
        toolChoice: { type: 'tool', toolName: 'search' },
      },
      { tools: [{ type: 'web_search', size: 1 }], tool_choice: { type: 'web_search' } },
    ],
    ["the AI SDK's words for effort", { reasoning: 'minimal' }, { reasoning: { effort: 'minimal' } }],
    ['no effort of the default', { reasoning: 'provider-default' }, {}],
  ])('%s', (_name, options, expected) => {
    const { body, warnings } = convert(options);
    expect(body).toEqual({ ...BASE, ...expected });
    expect(warnings).toEqual([]);
  });

  it.each<[string, Auriko, Record<string, unknown>]>([
    [
      'effort and summary',
      { reasoningEffort: 'max', reasoningSummary: 'auto' },
      { reasoning: { effort: 'max', summary: 'auto' } },
    ],
    ['a summary alone', { reasoningSummary: 'detailed' }, { reasoning: { summary: 'detailed' } }],
    [
      'hosted tools as they are',
      { hostedTools: [{ type: 'x', a: [1] }] },
      { tools: [{ type: 'x', a: [1] }] },
    ],
    [
      'plain fields, camelCase or snake_case',
      {
        parallelToolCalls: false,
        max_tool_calls: 2,
        promptCacheKey: 'k',
        safetyIdentifier: 's',
        truncation: 'auto',
        user: 'u',
      },
      {
        parallel_tool_calls: false,
        max_tool_calls: 2,
        prompt_cache_key: 'k',
        safety_identifier: 's',
        truncation: 'auto',
        user: 'u',
      },
    ],
    [
      'labels for the gateway, and metadata of the wire',
      { metadata: { userId: 'u' }, responseMetadata: { a: 'b' } },
      { gateway: { metadata: { user_id: 'u' } }, metadata: { a: 'b' } },
    ],
    ['extensions', { extensions: { openai: { a: 1 } } }, { extensions: { openai: { a: 1 } } }],
    [
      'log probabilities',
      { topLogprobs: 3 },
      { top_logprobs: 3, include: [...INCLUDE, 'message.output_text.logprobs'] },
    ],
    ['an own list of what to include', { include: ['x'] }, { include: ['x'] }],
    ['the extra body last', { user: 'u', extraBody: { user: 'v', more: 1 } }, { user: 'v', more: 1 }],
  ])('options: %s', (_name, auriko, expected) => {
    expect(withOptions(auriko).body).toEqual({ ...BASE, ...expected });
  });

  it('several models replace the own one, and routing is merged field by field', () => {
    const { body } = convert(
      { providerOptions: { auriko: { models: ['a', 'b'], routing: { optimize: 'cost' } } } },
      { routing: { optimize: 'ttft', prefer: 'p' } },
    );
    expect(body).not.toHaveProperty('model');
    expect(body['gateway']).toEqual({ models: ['a', 'b'], routing: { optimize: 'cost', prefer: 'p' } });
  });

  it.each(['none', 'off'])('encrypted reasoning is not asked for with effort %s', (reasoningEffort) => {
    const { body, isReasoning } = withOptions({ reasoningEffort });
    expect(body).not.toHaveProperty('include');
    expect(isReasoning).toBe(false);
  });

  it('nothing is included when the caller wants nothing', () => {
    expect(withOptions({ include: [] }).body).not.toHaveProperty('include');
  });

  it("the option wins over the AI SDK's effort", () => {
    const { body } = convert({
      reasoning: 'low',
      providerOptions: { auriko: { reasoningEffort: 'high' } },
    });
    expect(body['reasoning']).toEqual({ effort: 'high' });
  });

  it('streams say so, whole replies do not, whatever the extra body says', () => {
    expect(convert({}, {}, true).body['stream']).toBe(true);
    expect(withOptions({ extraBody: { stream: true } }).body).not.toHaveProperty('stream');
  });

  it.each<[string, Options, string]>([
    ['seeds', { seed: 1 }, 'seed'],
    ['stop sequences', { stopSequences: ['x'] }, 'stopSequences'],
    [
      "other providers' tools",
      { tools: [{ type: 'provider', id: 'x.y', name: 'y', args: {} }] },
      'provider tool x.y',
    ],
    [
      'examples of tools',
      { tools: [{ ...TOOL, inputExamples: [{ input: {} }] }] },
      'inputExamples of tool f',
    ],
  ])('%s are warned about', (_name, options, feature) => {
    expect(convert(options).warnings).toEqual([
      { type: 'unsupported', feature, details: expect.any(String) },
    ]);
  });

  it.each<[string, Auriko]>([
    ['typo', { reasoningEfort: 'low' }],
    ['reasoningSummary', { reasoningSummary: 'long' }],
    ['hostedTools', { hostedTools: [{ name: 'x' }] }],
    ['responseMetadata.a', { responseMetadata: { a: 1 } }],
    ['topLogprobs', { topLogprobs: 21 }],
  ])('wrong options are refused: %s', (_name, auriko) => {
    expect(() => withOptions(auriko)).toThrow(InvalidArgumentError);
  });
});

describe('prompts', () => {
  it('leading system messages are the instructions, later ones stay in their place', () => {
    const { body } = convert({
      prompt: [
        { role: 'system', content: 'a' },
        { role: 'system', content: 'b' },
        ...PROMPT,
        { role: 'system', content: 'c' },
      ],
    });
    expect(body['instructions']).toBe('a\n\nb');
    expect(body['input']).toEqual([
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'c' },
    ]);
  });

  it('user parts are flat', () => {
    const { items } = input({
      role: 'user',
      content: [
        { type: 'text', text: 'look' },
        {
          type: 'file',
          mediaType: 'image',
          data: { type: 'url', url: new URL('https://a.test/i.png') },
          providerOptions: { auriko: { imageDetail: 'low' } },
        },
        { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'iVBORw' } },
        { type: 'file', mediaType: 'text/plain', data: { type: 'text', text: 'doc' } },
        {
          type: 'file',
          mediaType: 'application/pdf',
          filename: 'a.pdf',
          data: { type: 'data', data: 'JVBERi0' },
        },
        { type: 'file', mediaType: 'audio/wav', data: { type: 'data', data: 'UklGRg' } },
      ],
    });
    expect(items).toEqual([
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'look' },
          { type: 'input_image', image_url: 'https://a.test/i.png', detail: 'low' },
          { type: 'input_image', image_url: 'data:image/png;base64,iVBORw' },
          { type: 'input_text', text: 'doc' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0' },
          { type: 'input_audio', input_audio: { data: 'UklGRg', format: 'wav' } },
        ],
      },
    ]);
  });

  it('files that the wire has no place for are refused', () => {
    const content = [
      { type: 'file' as const, mediaType: 'audio/midi', data: { type: 'data' as const, data: 'AA' } },
    ];
    expect(() => input({ role: 'user', content })).toThrow(UnsupportedFunctionalityError);
  });

  it.each<[string, Assistant, unknown[]]>([
    [
      'text is an output message, with its id and phase',
      [{ type: 'text', text: 'a', providerOptions: { auriko: { itemId: 'msg_1', phase: 'commentary' } } }],
      [
        {
          type: 'message',
          role: 'assistant',
          id: 'msg_1',
          content: [{ type: 'output_text', text: 'a' }],
          phase: 'commentary',
        },
      ],
    ],
    [
      'neighbours of one message are one item, others are not',
      [
        { type: 'text', text: 'a', providerOptions: { auriko: { itemId: 'm1' } } },
        { type: 'text', text: 'b', providerOptions: { auriko: { itemId: 'm1' } } },
        { type: 'text', text: 'c' },
        { type: 'text', text: '' },
      ],
      [
        {
          type: 'message',
          role: 'assistant',
          id: 'm1',
          content: [
            { type: 'output_text', text: 'a' },
            { type: 'output_text', text: 'b' },
          ],
        },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'c' }] },
      ],
    ],
    [
      'summary parts of one item come together again, in front of what follows',
      [
        { type: 'reasoning', text: 'one', providerOptions: { auriko: { itemId: 'rs_1' } } },
        {
          type: 'reasoning',
          text: 'two',
          providerOptions: { auriko: { itemId: 'rs_1', encryptedContent: 'ENC' } },
        },
        {
          type: 'tool-call',
          toolCallId: 'call_1',
          toolName: 'f',
          input: { b: 1, a: 2 },
          providerOptions: { auriko: { itemId: 'fc_1' } },
        },
      ],
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
        { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{"a":2,"b":1}' },
      ],
    ],
    [
      'a signed call goes back signed',
      [
        {
          type: 'tool-call',
          toolCallId: 'call_1',
          toolName: 'f',
          input: {},
          providerOptions: { auriko: { itemId: 'fc_1', providerSignature: 'mark' } },
        },
      ],
      [
        {
          type: 'function_call',
          id: 'fc_1',
          call_id: 'call_1',
          name: 'f',
          arguments: '{}',
          provider_signature: 'mark',
        },
      ],
    ],
    [
      'thinking without a visible word has an empty summary',
      [
        {
          type: 'reasoning',
          text: '',
          providerOptions: { auriko: { itemId: 'rs_1', encryptedContent: 'ENC' } },
        },
      ],
      [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'ENC' }],
    ],
    [
      'hosted tools go back as their whole item, custom parts too',
      [
        { type: 'tool-call', toolCallId: 'ws_1', toolName: 'web_search', input: {}, providerExecuted: true },
        {
          type: 'tool-result',
          toolCallId: 'ws_1',
          toolName: 'web_search',
          output: { type: 'json', value: { type: 'web_search_call', id: 'ws_1' } },
          providerOptions: { auriko: { itemId: 'ws_1' } },
        },
        {
          type: 'custom',
          kind: 'auriko.compaction',
          providerOptions: { auriko: { item: { type: 'compaction', data: 'x' } } },
        },
      ],
      [
        { type: 'web_search_call', id: 'ws_1' },
        { type: 'compaction', data: 'x' },
      ],
    ],
  ])('assistant: %s', (_name, content, expected) => {
    expect(input({ role: 'assistant', content })).toEqual({ items: expected, warnings: [] });
  });

  it.each<[string, Assistant]>([
    ['reasoning that is not from the Responses API', [{ type: 'reasoning', text: 'foreign' }]],
    ['custom parts (x.y)', [{ type: 'custom', kind: 'x.y' }]],
    [
      'tool results in assistant messages',
      [
        {
          type: 'tool-result',
          toolCallId: 'a',
          toolName: 'b',
          output: { type: 'json', value: { type: 'web_search_result' } },
        },
      ],
    ],
    ['assistant file parts', [{ type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AA' } }]],
  ])('%s are left out with a warning', (feature, content) => {
    expect(input({ role: 'assistant', content })).toEqual({
      items: [],
      warnings: [{ type: 'unsupported', feature, details: expect.any(String) }],
    });
  });

  const result = (output: ToolResult['output']): LanguageModelV4Message => ({
    role: 'tool',
    content: [{ type: 'tool-result', toolCallId: 'call_1', toolName: 'f', output }],
  });

  it.each<[string, ToolResult['output'], string]>([
    ['text', { type: 'text', value: 't' }, 't'],
    ['JSON in stable order', { type: 'json', value: { b: 1, a: 2 } }, '{"a":2,"b":1}'],
    ['a refusal by the user', { type: 'execution-denied', reason: 'no' }, 'no'],
  ])('tool results: %s', (_name, output, text) => {
    expect(input(result(output)).items).toEqual([
      { type: 'function_call_output', call_id: 'call_1', output: text },
    ]);
  });

  it('images of tool results go into a user message, with a warning', () => {
    const { items, warnings } = input(
      result({
        type: 'content',
        value: [
          { type: 'text', text: 'see' },
          { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'iVBORw' } },
        ],
      }),
    );
    expect(items).toEqual([
      { type: 'function_call_output', call_id: 'call_1', output: 'see' },
      { role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,iVBORw' }] },
    ]);
    expect(warnings).toHaveLength(1);
  });

  it('marks without a place on the wire are warned about', () => {
    const { warnings } = input({
      role: 'user',
      content: [
        {
          type: 'text',
          text: 'a',
          providerOptions: { auriko: { cacheControl: { type: 'ephemeral' } } },
        },
      ],
      providerOptions: { auriko: { name: 'n' } },
    });
    expect(warnings).toMatchObject([{ feature: 'name of messages' }, { feature: 'cacheControl' }]);
  });
});
