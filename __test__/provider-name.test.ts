// A provider under a name of its own: which options and references it reads, where it puts metadata, what its errors say
// (ai-sdk-provider.md §4.1 and §4.4).

import type { LanguageModelV4, LanguageModelV4Prompt, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { generateText, isStepCount, tool } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AurikoProviderSettings, createAuriko } from '../ts/index.js';
import {
  chunk,
  ending,
  frames,
  json,
  type ScriptedServer,
  scriptedServer,
  sse,
  USAGE,
} from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const PROMPT: LanguageModelV4Prompt = [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }];

const reply = (message: Record<string, unknown>, finish_reason = 'stop') =>
  json(200, { id: 'c1', model: 'm-1', choices: [{ index: 0, message, finish_reason }], usage: USAGE });
const toolCall = (id: string, n: number) => ({
  id,
  type: 'function',
  function: { name: 'double', arguments: JSON.stringify({ n }) },
});

async function partsOf(model: LanguageModelV4): Promise<LanguageModelV4StreamPart[]> {
  const parts: LanguageModelV4StreamPart[] = [];
  for await (const part of (await model.doStream({ prompt: PROMPT })).stream) parts.push(part);
  return parts;
}

describe.each(transports)('a provider with a name, over %s', (_name, transport) => {
  const provider = (server: ScriptedServer, more: AurikoProviderSettings = {}) =>
    createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url, ...more });
  const bodies = (server: ScriptedServer) => server.requests.map(({ body }) => JSON.parse(body));

  const SIGNED = {
    content: 'a',
    reasoning: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }],
    tool_calls: [{ ...toolCall('a', 1), provider_signature: 'ps' }],
  };

  it('is in `provider`, and the key of all metadata', async () => {
    const server = await scriptedServer(reply(SIGNED, 'tool_calls'));
    const model = provider(server, { name: 'mine' })('m');
    expect(model.provider).toBe('mine.chat');
    const { content, providerMetadata } = await model.doGenerate({ prompt: PROMPT });
    expect(providerMetadata).toEqual({ mine: {} });
    expect(content.flatMap((part) => ('providerMetadata' in part ? [part.providerMetadata] : []))).toEqual([
      { mine: { signature: 'sig' } },
      { mine: { providerSignature: 'ps' } },
    ]);
  });

  it('is the key of metadata in streams', async () => {
    const server = await scriptedServer(
      sse(
        frames(
          chunk({ reasoning_content: 'hm' }),
          chunk({ reasoning_signature: 'sig' }),
          chunk({ tool_calls: [{ index: 0, ...toolCall('a', 1), provider_signature: 'ps' }] }),
          ...ending('tool_calls'),
        ),
      ),
    );
    const parts = await partsOf(provider(server, { name: 'mine' })('m'));
    expect(parts.flatMap((part) => ('providerMetadata' in part ? [part.providerMetadata] : []))).toEqual([
      { mine: { signature: 'sig' } },
      { mine: { providerSignature: 'ps' } },
      { mine: { requestId: 'req_test' } },
    ]);
  });

  it('is replayed: what came under the name goes back', async () => {
    const server = await scriptedServer(reply(SIGNED, 'tool_calls'), reply({ content: 'done' }));
    const tools = {
      double: tool({ inputSchema: z.object({ n: z.number() }), execute: async ({ n }) => n * 2 }),
    };
    const model = provider(server, { name: 'mine' })('m');
    await generateText({ model, prompt: 'hi', tools, stopWhen: isStepCount(2) });
    expect(bodies(server)[1].messages[1]).toMatchObject({
      reasoning: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }],
      tool_calls: [{ id: 'a', provider_signature: 'ps' }],
    });
  });

  it('reads options under both names, its own first, on every level', async () => {
    const server = await scriptedServer(reply({ content: 'a' }));
    const model = provider(server, { name: 'mine' })('m');
    const mark = { cacheControl: { type: 'ephemeral' } };
    const prompt: LanguageModelV4Prompt = [
      { role: 'system', content: 'be short', providerOptions: { mine: { name: 'sys' } } },
      {
        role: 'user',
        providerOptions: { auriko: { name: 'user' } },
        content: [
          { type: 'text', text: 'a', providerOptions: { mine: mark } },
          {
            type: 'file',
            mediaType: 'image/png',
            data: { type: 'data', data: 'AAAA' },
            providerOptions: { auriko: { imageDetail: 'low' }, mine: { imageDetail: 'high' } },
          },
        ],
      },
      {
        role: 'assistant',
        content: [{ type: 'tool-call', toolCallId: 'a', toolName: 'look', input: {} }],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: 'a',
            toolName: 'look',
            output: {
              type: 'content',
              value: [
                {
                  type: 'file',
                  mediaType: 'image/png',
                  data: { type: 'data', data: 'AAAA' },
                  providerOptions: { mine: { imageDetail: 'low' } },
                },
              ],
            },
          },
        ],
      },
    ];
    const before = structuredClone(prompt);
    const providerOptions = { auriko: { user: 'theirs', verbosity: 'low' }, mine: { user: 'own' } };
    await model.doGenerate({ prompt, providerOptions });
    expect(prompt).toEqual(before);
    const [body] = bodies(server);
    expect(body).toMatchObject({ user: 'own', verbosity: 'low' });
    expect(body.messages).toMatchObject([
      { role: 'system', name: 'sys' },
      {
        role: 'user',
        name: 'user',
        content: [{ cache_control: mark.cacheControl }, { image_url: { detail: 'high' } }],
      },
      { role: 'assistant' },
      { role: 'tool' },
      { role: 'user', content: [{ image_url: { detail: 'low' } }] },
    ]);
  });

  it.each<[string, string | undefined, Record<string, string>, string]>([
    ['its own id', 'mine', { mine: 'f1', auriko: 'f2' }, 'f1'],
    ['else that of auriko', 'mine', { auriko: 'f2', openai: 'f3' }, 'f2'],
    ['without a name that of auriko', undefined, { mine: 'f1', auriko: 'f2' }, 'f2'],
  ])('takes for a file reference %s', async (_case, name, reference, url) => {
    const server = await scriptedServer(reply({ content: 'a' }));
    const model = provider(server, name === undefined ? {} : { name })('m');
    await model.doGenerate({
      prompt: [
        {
          role: 'user',
          content: [{ type: 'file', mediaType: 'image/png', data: { type: 'reference', reference } }],
        },
      ],
    });
    expect(bodies(server)[0].messages[0].content[0].image_url.url).toBe(url);
  });

  it('is in errors about options and references', async () => {
    const server = await scriptedServer(reply({ content: 'a' }));
    const model = provider(server, { name: 'mine' })('m');
    const typo = model.doGenerate({ prompt: PROMPT, providerOptions: { mine: { typo: 1 } } });
    await expect(typo).rejects.toThrow('providerOptions.mine.typo is not an option');
    const data = { type: 'reference' as const, reference: { openai: 'f' } };
    const unknown = model.doGenerate({
      prompt: [{ role: 'user', content: [{ type: 'file', mediaType: 'image/png', data }] }],
    });
    await expect(unknown).rejects.toMatchObject({ provider: 'mine' });
    expect(server.requests).toEqual([]);
  });

  it('leaves the options of other providers alone', async () => {
    const server = await scriptedServer(reply({ content: 'a' }));
    const model = provider(server)('m');
    await model.doGenerate({
      prompt: PROMPT,
      providerOptions: { mine: { typo: 1 }, openai: { user: 'x' } },
    });
    expect(bodies(server)).toEqual([{ model: 'm', messages: [{ role: 'user', content: 'hi' }] }]);
  });
});
