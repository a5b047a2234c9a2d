// The translation between V3 and V4, part by part: what `ai@6` gives us, and what it gets (ai-sdk-provider.md §2).

import type { LanguageModelV4GenerateResult, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, it, vi } from 'vitest';
import { toV4Call } from '../ts/ai-sdk/v3/call-options.js';
import { toV3Result, toV3StreamPart } from '../ts/ai-sdk/v3/results.js';
import { toV3Stream } from '../ts/ai-sdk/v3/stream.js';
import type {
  LanguageModelV3FilePart,
  LanguageModelV3Message,
  LanguageModelV3ToolResultContent,
} from '../ts/ai-sdk/v3/types.js';

const OPTIONS = { auriko: { imageDetail: 'low' } };

/** The V4 content of a message. */
const converted = (message: LanguageModelV3Message) => toV4Call({ prompt: [message] }).prompt[0]?.content;

describe('calls', () => {
  it.each<[string, Partial<LanguageModelV3FilePart>, unknown]>([
    ['bytes', { data: new Uint8Array([1, 2]) }, { type: 'data', data: new Uint8Array([1, 2]) }],
    ['base64', { data: 'AQI=' }, { type: 'data', data: 'AQI=' }],
    [
      'a URL',
      { data: new URL('https://example.com/a.png') },
      { type: 'url', url: new URL('https://example.com/a.png') },
    ],
    [
      'a URL as written',
      { data: new URL('https://example.com/a b'), originalUrl: 'https://example.com/a b' },
      { type: 'url', url: new URL('https://example.com/a%20b'), originalUrl: 'https://example.com/a b' },
    ],
  ])('%s get a tag', (_name, given, data) => {
    const file: LanguageModelV3FilePart = {
      type: 'file',
      mediaType: 'image/*',
      filename: 'a.png',
      providerOptions: OPTIONS,
      data: '',
      ...given,
    };
    const expected = [
      { type: 'file', mediaType: 'image/*', filename: 'a.png', providerOptions: OPTIONS, data },
    ];
    expect(converted({ role: 'user', content: [file] })).toEqual(expected);
    expect(converted({ role: 'assistant', content: [file] })).toEqual(expected);
  });

  const url = 'https://example.com/a.png';
  const link = { type: 'url', url: new URL(url), originalUrl: url };
  it.each<[LanguageModelV3ToolResultContent, unknown]>([
    [
      { type: 'text', text: 'hi' },
      { type: 'text', text: 'hi' },
    ],
    [{ type: 'custom', providerOptions: OPTIONS }, { type: 'custom' }],
    [
      { type: 'file-data', data: 'AQI=', mediaType: 'text/plain', filename: 'a.txt' },
      {
        type: 'file',
        data: { type: 'data', data: 'AQI=' },
        mediaType: 'text/plain',
        filename: 'a.txt',
      },
    ],
    [
      { type: 'file-url', url, mediaType: 'image/png' },
      { type: 'file', data: link, mediaType: 'image/png' },
    ],
    [
      { type: 'file-url', url },
      { type: 'file', data: link, mediaType: 'application/octet-stream' },
    ],
    [
      { type: 'file-id', fileId: { auriko: 'f1', other: 'f2' } },
      {
        type: 'file',
        data: { type: 'reference', reference: { auriko: 'f1', other: 'f2' } },
        mediaType: 'application/octet-stream',
      },
    ],
    [
      { type: 'image-data', data: 'AQI=', mediaType: 'image/png' },
      { type: 'file', data: { type: 'data', data: 'AQI=' }, mediaType: 'image/png' },
    ],
    [
      { type: 'image-url', url },
      { type: 'file', data: link, mediaType: 'image/*' },
    ],
    [
      { type: 'image-file-id', fileId: 'f1' },
      { type: 'file', data: { type: 'reference', reference: { auriko: 'f1' } }, mediaType: 'image/*' },
    ],
  ])('a part of a tool result: %j', (part, expected) => {
    const message: LanguageModelV3Message = {
      role: 'tool',
      content: [
        {
          type: 'tool-result',
          toolCallId: 'c',
          toolName: 't',
          output: { type: 'content', value: [{ ...part, providerOptions: OPTIONS }] },
        },
      ],
    };
    expect(converted(message)).toEqual([
      {
        type: 'tool-result',
        toolCallId: 'c',
        toolName: 't',
        output: { type: 'content', value: [{ ...Object(expected), providerOptions: OPTIONS }] },
      },
    ]);
  });

  it('everything else stays, and the call is not changed', () => {
    const prompt: LanguageModelV3Message[] = [
      { role: 'system', content: 's', providerOptions: OPTIONS },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'a' },
          { type: 'reasoning', text: 'r', providerOptions: OPTIONS },
          { type: 'tool-call', toolCallId: 'c', toolName: 't', input: {} },
        ],
      },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', toolCallId: 'c', toolName: 't', output: { type: 'json', value: 1 } },
          { type: 'tool-approval-response', approvalId: 'p', approved: true },
        ],
      },
    ];
    const call = { prompt, temperature: 1, headers: { a: 'b' }, providerOptions: OPTIONS };
    const copy = structuredClone(call);
    expect(toV4Call(call)).toEqual(call);
    expect(call).toEqual(copy);
  });
});

describe('results', () => {
  const usage: LanguageModelV4GenerateResult['usage'] = {
    inputTokens: { total: 3, noCache: 3, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: 2, text: 2, reasoning: 0 },
  };
  const source = {
    type: 'source' as const,
    sourceType: 'url' as const,
    id: 's0',
    url: 'https://example.com/',
  };
  const linked = {
    type: 'file' as const,
    mediaType: 'image/*',
    data: { type: 'url' as const, url: new URL('https://example.com/a.png') },
  };
  const linkedSource = {
    type: 'source',
    sourceType: 'url',
    id: 'https://example.com/a.png',
    url: 'https://example.com/a.png',
    title: 'File (image/*)',
  };

  it('lose what V3 has no place for, and nothing else', () => {
    const result: LanguageModelV4GenerateResult = {
      content: [
        { type: 'text', text: 'hi', citations: [{ source }] },
        { type: 'reasoning', text: 'hm', providerMetadata: { auriko: { signature: 'x' } } },
        source,
        { type: 'custom', kind: 'auriko.thing' },
        { type: 'reasoning-file', mediaType: 'image/png', data: { type: 'data', data: 'AQI=' } },
        { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AQI=' } },
        linked,
        { type: 'tool-call', toolCallId: 'c', toolName: 't', input: '{}' },
      ],
      structuredOutputText: 'hi',
      finishReason: { unified: 'interrupted', raw: 'x' },
      usage,
      providerMetadata: { auriko: { requestId: 'r' } },
      request: { url: 'https://example.com/v1', body: '{}' },
      response: { id: 'c1', headers: {}, body: {} },
      warnings: [
        { type: 'deprecated', setting: 'seed', message: 'Use luck.' },
        { type: 'unsupported', feature: 'f' },
      ],
    };
    expect(toV3Result(result)).toEqual({
      content: [
        { type: 'text', text: 'hi' },
        { type: 'reasoning', text: 'hm', providerMetadata: { auriko: { signature: 'x' } } },
        source,
        { type: 'file', mediaType: 'image/png', data: 'AQI=' },
        linkedSource,
        { type: 'tool-call', toolCallId: 'c', toolName: 't', input: '{}' },
      ],
      finishReason: { unified: 'other', raw: 'x' },
      usage,
      providerMetadata: { auriko: { requestId: 'r' } },
      request: { body: '{}' },
      response: { id: 'c1', headers: {}, body: {} },
      warnings: [
        { type: 'other', message: 'seed is deprecated: Use luck.' },
        { type: 'unsupported', feature: 'f' },
      ],
    });
  });

  it.each<[LanguageModelV4StreamPart, unknown]>([
    [{ type: 'ping' }, undefined],
    [{ type: 'custom', kind: 'auriko.thing' }, undefined],
    [{ type: 'reasoning-file', mediaType: 'image/png', data: { type: 'data', data: 'AQI=' } }, undefined],
    [
      { type: 'text-end', id: 't0', citations: [{ source }] },
      { type: 'text-end', id: 't0' },
    ],
    [source, source],
    [
      { type: 'file', mediaType: 'image/png', data: { type: 'data', data: 'AQI=' } },
      { type: 'file', mediaType: 'image/png', data: 'AQI=' },
    ],
    [linked, linkedSource],
    [
      { type: 'stream-start', warnings: [{ type: 'deprecated', setting: 'seed', message: 'Use luck.' }] },
      { type: 'stream-start', warnings: [{ type: 'other', message: 'seed is deprecated: Use luck.' }] },
    ],
    [
      { type: 'finish', usage, finishReason: { unified: 'interrupted', raw: undefined } },
      { type: 'finish', usage, finishReason: { unified: 'other', raw: undefined } },
    ],
    [
      { type: 'error', error: { data: 'foreign' } },
      { type: 'error', error: { data: 'foreign' } },
    ],
  ])('a stream part: %j', (part, expected) => {
    expect(toV3StreamPart(part)).toEqual(expected);
  });

  it('a part that is the same in both is not copied', () => {
    const part = { type: 'text-delta', id: 't0', delta: 'a' } as const;
    expect(toV3StreamPart(part)).toBe(part);
  });
});

describe('streams', () => {
  const DELTA = { type: 'text-delta', id: 't0', delta: 'a' } as const;

  function source(pull: (controller: ReadableStreamDefaultController<LanguageModelV4StreamPart>) => void) {
    const pulled = vi.fn(pull);
    const cancel = vi.fn();
    const stream = toV3Stream(new ReadableStream({ pull: pulled, cancel }, { highWaterMark: 0 }));
    return { reader: stream.getReader(), pulled, cancel };
  }

  it('ask for a part when one is read, and skip those that V3 has not', async () => {
    let count = 0;
    const { reader, pulled } = source((controller) => {
      count += 1;
      if (count === 4) controller.close();
      else controller.enqueue(count === 2 ? { type: 'ping' } : DELTA);
    });
    expect(pulled).not.toHaveBeenCalled();
    expect(await reader.read()).toEqual({ done: false, value: DELTA });
    expect(pulled).toHaveBeenCalledTimes(1);
    expect(await reader.read()).toEqual({ done: false, value: DELTA });
    expect(await reader.read()).toEqual({ done: true, value: undefined });
    expect(pulled).toHaveBeenCalledTimes(4);
  });

  it('hand a cancel on, also while a read waits', async () => {
    const { reader, cancel } = source(() => {});
    const waiting = reader.read();
    await reader.cancel('enough');
    expect(cancel).toHaveBeenCalledWith('enough');
    expect(await waiting).toEqual({ done: true, value: undefined });
  });

  it('fail with the same reason', async () => {
    const reason = new DOMException('stop', 'AbortError');
    const { reader } = source((controller) => controller.error(reason));
    await expect(reader.read()).rejects.toBe(reason);
  });
});
