// The AI SDK's prompt as wire messages (ai-sdk-provider.md §5.1), row by row.

import {
  InvalidArgumentError,
  type LanguageModelV4Message,
  type LanguageModelV4ToolResultOutput,
  NoSuchProviderReferenceError,
  type SharedV4Warning,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';
import { describe, expect, it } from 'vitest';
import { convertPrompt, type WireMessage } from '../ts/ai-sdk/convert-prompt.js';

type Content<Role> = Extract<LanguageModelV4Message, { role: Role }>['content'];

const EPHEMERAL = { type: 'ephemeral' } as const;
const MARK = { auriko: { cacheControl: EPHEMERAL } };

/** Freezes a value and all below it, so that any change to the prompt throws. Typed arrays can't be frozen. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const entry of Object.values(value)) frozen(entry);
    Object.freeze(value);
  }
  return value;
}

function convert(...prompt: LanguageModelV4Message[]): {
  messages: WireMessage[];
  warnings: SharedV4Warning[];
} {
  const warnings: SharedV4Warning[] = [];
  return { messages: convertPrompt(frozen(prompt), warnings), warnings };
}

/** The one message of a prompt that needs no warning. */
function one(message: LanguageModelV4Message): WireMessage {
  const { messages, warnings } = convert(message);
  expect(warnings).toEqual([]);
  expect(messages).toHaveLength(1);
  return messages[0] ?? {};
}

const user = (...content: Content<'user'>): LanguageModelV4Message => ({ role: 'user', content });
const assistant = (...content: Content<'assistant'>): LanguageModelV4Message => ({
  role: 'assistant',
  content,
});
const result = (output: LanguageModelV4ToolResultOutput, toolCallId = 'call_1'): Content<'tool'>[number] => ({
  type: 'tool-result',
  toolCallId,
  toolName: 'lookup',
  output,
});
const call = (input: unknown, auriko?: Record<string, string>): Content<'assistant'>[number] => ({
  type: 'tool-call',
  toolCallId: 'call_1',
  toolName: 'lookup',
  input,
  ...(auriko === undefined ? {} : { providerOptions: { auriko } }),
});

describe('system messages', () => {
  it('go as text, with a name when one is given', () => {
    expect(one({ role: 'system', content: 'Be brief.' })).toEqual({ role: 'system', content: 'Be brief.' });
    const named = { auriko: { name: 'policy' } };
    expect(one({ role: 'system', content: 'x', providerOptions: named })).toEqual({
      role: 'system',
      content: 'x',
      name: 'policy',
    });
  });
});

describe('user messages', () => {
  const text = { type: 'text', text: 'hi' } as const;

  it.each<[string, LanguageModelV4Message, unknown]>([
    ['one text part is plain text', user(text), 'hi'],
    [
      'two text parts are an array',
      user(text, { type: 'text', text: 'you' }),
      [text, { type: 'text', text: 'you' }],
    ],
    [
      'options of the only text part are kept',
      user({ ...text, providerOptions: MARK }),
      [{ ...text, cache_control: EPHEMERAL }],
    ],
    [
      'options of the message are kept with one text part',
      { role: 'user', content: [text], providerOptions: MARK },
      [{ ...text, cache_control: EPHEMERAL }],
    ],
    [
      "the message's mark goes on its last part",
      { role: 'user', content: [text, { type: 'text', text: 'you' }], providerOptions: MARK },
      [text, { type: 'text', text: 'you', cache_control: EPHEMERAL }],
    ],
    [
      'snake case is understood',
      user({ ...text, providerOptions: { auriko: { cache_control: EPHEMERAL } } }),
      [{ ...text, cache_control: EPHEMERAL }],
    ],
    [
      'options of other providers are ignored',
      user({ ...text, providerOptions: { openai: { x: 1 } } }),
      'hi',
    ],
  ])('%s', (_name, message, content) => {
    expect(one(message)).toEqual({ role: 'user', content });
  });

  it('message and part options apply together', () => {
    const message: LanguageModelV4Message = {
      role: 'user',
      content: [{ type: 'text', text: 'hi', providerOptions: MARK }],
      providerOptions: { auriko: { name: 'ann' } },
    };
    expect(one(message)).toEqual({
      role: 'user',
      name: 'ann',
      content: [{ type: 'text', text: 'hi', cache_control: EPHEMERAL }],
    });
  });

  it.each([
    ['a typo', { cacheControll: EPHEMERAL }, 'cacheControll'],
    ['a wrong kind of mark', { cacheControl: { type: 'forever' } }, 'cacheControl'],
    ['a wrong image detail', { imageDetail: 'huge' }, 'imageDetail'],
  ])('%s in the options is refused by name', (_name, auriko, named) => {
    const act = () => convert(user({ type: 'text', text: 'hi', providerOptions: { auriko } }));
    expect(act).toThrow(InvalidArgumentError);
    expect(act).toThrow(named);
  });
});

describe('files', () => {
  const PNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]);
  const BASE64 = 'iVBORw0K';
  type File = Omit<Extract<Content<'user'>[number], { type: 'file' }>, 'type'>;
  const file = (part: File) => user({ type: 'file', ...part });
  const LINK = new URL('https://example.com/a%20b.png');

  it.each<[string, File, string]>([
    ['an image URL as plain `image`', { mediaType: 'image', data: { type: 'url', url: LINK } }, LINK.href],
    ['an image URL as `image/*`', { mediaType: 'image/*', data: { type: 'url', url: LINK } }, LINK.href],
    [
      'an image URL as the caller wrote it',
      { mediaType: 'image', data: { type: 'url', url: LINK, originalUrl: 'HTTPS://example.com/a b.png' } },
      'HTTPS://example.com/a b.png',
    ],
    [
      'bytes',
      { mediaType: 'image/png', data: { type: 'data', data: PNG } },
      `data:image/png;base64,${BASE64}`,
    ],
    [
      'base64 text',
      { mediaType: 'image/webp', data: { type: 'data', data: BASE64 } },
      `data:image/webp;base64,${BASE64}`,
    ],
    [
      'bytes without subtype',
      { mediaType: 'image', data: { type: 'data', data: PNG } },
      `data:image/png;base64,${BASE64}`,
    ],
    [
      'a JPEG without subtype',
      { mediaType: 'image/*', data: { type: 'data', data: '/9j/4AAQ' } },
      'data:image/jpeg;base64,/9j/4AAQ',
    ],
    [
      'a reference of ours',
      { mediaType: 'image/png', data: { type: 'reference', reference: { auriko: 'file_1' } } },
      'file_1',
    ],
  ])('%s becomes an image part', (_name, part, url) => {
    expect(one(file(part)).content).toEqual([{ type: 'image_url', image_url: { url } }]);
  });

  it('an image carries its detail and its cache mark', () => {
    const providerOptions = { auriko: { imageDetail: 'high', cacheControl: EPHEMERAL } };
    const part = { mediaType: 'image', data: { type: 'url', url: LINK }, providerOptions } as const;
    expect(one(file(part)).content).toEqual([
      { type: 'image_url', image_url: { url: LINK.href, detail: 'high' }, cache_control: EPHEMERAL },
    ]);
  });

  it('large images keep every byte', () => {
    const bytes = Uint8Array.from({ length: 100_001 }, (_, index) => index % 251);
    const url = `data:image/gif;base64,${Buffer.from(bytes).toString('base64')}`;
    const { content } = one(file({ mediaType: 'image/gif', data: { type: 'data', data: bytes } }));
    expect(content).toEqual([{ type: 'image_url', image_url: { url } }]);
  });

  it.each<[string, File]>([
    ['text', { mediaType: 'text/plain', data: { type: 'text', text: 'grüß' } }],
    ['bytes', { mediaType: 'text/csv', data: { type: 'data', data: new TextEncoder().encode('grüß') } }],
    ['base64', { mediaType: 'text', data: { type: 'data', data: Buffer.from('grüß').toString('base64') } }],
  ])('a text file given as %s becomes a text part', (_name, part) => {
    expect(one(file(part)).content).toEqual([{ type: 'text', text: 'grüß' }]);
  });

  it.each<[string, File, string]>([
    ['a PDF by URL', { mediaType: 'application/pdf', data: { type: 'url', url: LINK } }, 'application/pdf'],
    [
      'audio that no model takes',
      { mediaType: 'audio/midi', data: { type: 'data', data: PNG } },
      'audio/midi',
    ],
    ['a top level of audio alone', { mediaType: 'audio', data: { type: 'data', data: PNG } }, 'audio'],
    ['a top level alone', { mediaType: 'video', data: { type: 'url', url: LINK } }, 'video'],
    [
      'text of no text type',
      { mediaType: 'application/json', data: { type: 'text', text: '{}' } },
      'application/json',
    ],
    ['a link to a text file', { mediaType: 'text/html', data: { type: 'url', url: LINK } }, 'text/html'],
  ])('%s is refused by its media type', (_name, part, named) => {
    const act = () => convert(file(part));
    expect(act).toThrow(UnsupportedFunctionalityError);
    expect(act).toThrow(expect.objectContaining({ functionality: expect.stringContaining(named) }));
  });

  it.each<[string, File, Record<string, unknown>]>([
    [
      'a PDF',
      { mediaType: 'application/pdf', filename: 'a.pdf', data: { type: 'data', data: PNG } },
      { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${BASE64}` } },
    ],
    [
      'a PDF without a name',
      { mediaType: 'application/pdf', data: { type: 'data', data: BASE64 } },
      {
        type: 'file',
        file: { filename: 'document.pdf', file_data: `data:application/pdf;base64,${BASE64}` },
      },
    ],
    [
      'an uploaded PDF',
      { mediaType: 'application/pdf', data: { type: 'reference', reference: { auriko: 'file_1' } } },
      { type: 'file', file: { file_id: 'file_1' } },
    ],
    [
      'wave audio',
      { mediaType: 'audio/wav', data: { type: 'data', data: PNG } },
      { type: 'input_audio', input_audio: { data: BASE64, format: 'wav' } },
    ],
    [
      'MP3 audio',
      { mediaType: 'audio/mpeg', data: { type: 'data', data: BASE64 } },
      { type: 'input_audio', input_audio: { data: BASE64, format: 'mp3' } },
    ],
  ])('%s goes in the shape of the OpenAI API', (_name, part, wire) => {
    expect(one(file(part)).content).toEqual([wire]);
  });

  it("another provider's reference is refused", () => {
    const data = { type: 'reference', reference: { openai: 'file_1' } } as const;
    expect(() => convert(file({ mediaType: 'image/png', data }))).toThrow(NoSuchProviderReferenceError);
  });

  it('refuses an image whose format nobody can tell, and says what to give', () => {
    const data = { type: 'data', data: 'AAAA' } as const;
    expect(() => convert(file({ mediaType: 'image', data }))).toThrow(/full media type/);
    expect(() => convert(file({ mediaType: 'image/*', data }))).toThrow(UnsupportedFunctionalityError);
  });
});

describe('assistant messages', () => {
  it.each<[string, Content<'assistant'>, Record<string, unknown>]>([
    [
      'texts are joined in order',
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      { content: 'ab' },
    ],
    ['no text and no calls is empty text', [], { content: '' }],
    [
      'no text beside calls is null',
      [call({ q: 1 })],
      {
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'lookup', arguments: '{"q":1}' } }],
      },
    ],
    [
      'unsigned reasoning is reasoning_content only',
      [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'a' },
      ],
      { content: 'a', reasoning_content: 'hm' },
    ],
    [
      'signed and redacted reasoning become blocks in the order of the parts',
      [
        { type: 'reasoning', text: 'one', providerOptions: { auriko: { signature: 's1' } } },
        { type: 'reasoning', text: '', providerOptions: { auriko: { redactedData: 'opaque' } } },
        { type: 'reasoning', text: 'two', providerOptions: { auriko: { signature: 's2' } } },
      ],
      {
        content: '',
        reasoning_content: 'onetwo',
        reasoning: [
          { type: 'thinking', thinking: 'one', signature: 's1' },
          { type: 'redacted', data: 'opaque' },
          { type: 'thinking', thinking: 'two', signature: 's2' },
        ],
      },
    ],
    [
      'reasoning and signatures are sent byte for byte',
      [
        { type: 'reasoning', text: '\n one ', providerOptions: { auriko: { signature: 's1\n' } } },
        { type: 'reasoning', text: ' ', providerOptions: { auriko: { signature: 's2' } } },
      ],
      {
        content: '',
        reasoning_content: '\n one  ',
        reasoning: [
          { type: 'thinking', thinking: '\n one ', signature: 's1\n' },
          { type: 'thinking', thinking: ' ', signature: 's2' },
        ],
      },
    ],
  ])('%s', (_name, content, wire) => {
    expect(one(assistant(...content))).toEqual({ role: 'assistant', ...wire });
  });

  it.each<[string, unknown, string]>([
    [
      'keys in a stable order',
      { b: 1, a: { d: [{ z: 1, y: 2 }], c: null } },
      '{"a":{"c":null,"d":[{"y":2,"z":1}]},"b":1}',
    ],
    ['JSON text unchanged, byte for byte', '{ "b": 1,  "a": 2 }', '{ "b": 1,  "a": 2 }'],
    ['other text as a JSON string', 'not json', '"not json"'],
    ['no input as an empty object', undefined, '{}'],
  ])('a tool call sends %s', (_name, input, text) => {
    expect(one(assistant(call(input))).tool_calls).toMatchObject([{ function: { arguments: text } }]);
  });

  it('a tool call carries its provider signature back', () => {
    const { tool_calls } = one(assistant(call({}, { providerSignature: 'sig' })));
    expect(tool_calls).toMatchObject([{ id: 'call_1', provider_signature: 'sig' }]);
  });

  it('what the wire has no place for is left out with one warning each', () => {
    const custom = { type: 'custom', kind: 'openai.thing' } as const;
    const data = { type: 'data', data: 'AAAA' } as const;
    const { messages, warnings } = convert(
      assistant(
        { type: 'text', text: 'a' },
        custom,
        custom,
        { type: 'reasoning-file', mediaType: 'image/png', data },
        { type: 'file', mediaType: 'image/png', data },
        { type: 'tool-result', toolCallId: 'x', toolName: 'web', output: { type: 'text', value: 'r' } },
      ),
    );
    expect(messages).toEqual([{ role: 'assistant', content: 'a' }]);
    expect(warnings.map((warning) => warning.type === 'unsupported' && warning.feature)).toEqual([
      'custom parts (openai.thing)',
      'reasoning files',
      'assistant file parts',
      'tool results in assistant messages',
    ]);
  });
});

describe('tool messages', () => {
  it.each<[string, LanguageModelV4ToolResultOutput, string]>([
    ['text', { type: 'text', value: 'ok' }, 'ok'],
    ['error text', { type: 'error-text', value: 'bad' }, 'bad'],
    [
      'JSON in a stable key order',
      { type: 'json', value: { b: 1, a: { d: 1, c: 2 } } },
      '{"a":{"c":2,"d":1},"b":1}',
    ],
    ['error JSON in a stable key order', { type: 'error-json', value: { b: 1, a: 2 } }, '{"a":2,"b":1}'],
    ['a denial with its reason', { type: 'execution-denied', reason: 'too risky' }, 'too risky'],
    ['a denial without reason', { type: 'execution-denied' }, 'The user denied this tool call.'],
    [
      'texts of content joined',
      {
        type: 'content',
        value: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      'a\nb',
    ],
    [
      'text files of content as text',
      {
        type: 'content',
        value: [{ type: 'file', mediaType: 'text/plain', data: { type: 'text', text: 'f' } }],
      },
      'f',
    ],
  ])('send %s', (_name, output, content) => {
    expect(one({ role: 'tool', content: [result(output)] })).toEqual({
      role: 'tool',
      tool_call_id: 'call_1',
      content,
    });
  });

  it('each result is a message of its own', () => {
    const { messages } = convert({
      role: 'tool',
      content: [result({ type: 'text', value: 'a' }, 'c1'), result({ type: 'text', value: 'b' }, 'c2')],
    });
    expect(messages.map((message) => message.tool_call_id)).toEqual(['c1', 'c2']);
  });

  it('images move into a user message behind all results, with a warning, and never into the text', () => {
    const image = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AAAA' } } as const;
    const { messages, warnings } = convert({
      role: 'tool',
      content: [
        result({ type: 'content', value: [{ type: 'text', text: 'seen' }, image] }, 'c1'),
        result({ type: 'content', value: [image] }, 'c2'),
      ],
    });
    const wire = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    expect(messages).toEqual([
      { role: 'tool', tool_call_id: 'c1', content: 'seen' },
      { role: 'tool', tool_call_id: 'c2', content: 'The result is the image in the next message.' },
      { role: 'user', content: [wire, wire] },
    ]);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatchObject({ type: 'other', message: expect.stringContaining("'lookup'") });
  });

  it('approval answers are skipped', () => {
    const content: Content<'tool'> = [{ type: 'tool-approval-response', approvalId: 'a', approved: true }];
    expect(convert({ role: 'tool', content })).toEqual({ messages: [], warnings: [] });
  });
});

describe('cache marks outside user messages', () => {
  it.each<[string, LanguageModelV4Message]>([
    ['system', { role: 'system', content: 'x', providerOptions: MARK }],
    ['assistant', assistant({ type: 'text', text: 'x', providerOptions: MARK })],
    ['tool', { role: 'tool', content: [{ ...result({ type: 'text', value: 'x' }), providerOptions: MARK }] }],
  ])('of a %s message are reported, not silently lost', (role, message) => {
    const feature = `cacheControl on ${role} messages`;
    expect(convert(message).warnings).toMatchObject([{ type: 'unsupported', feature }]);
  });
});
