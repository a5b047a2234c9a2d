// JSON schemas where the model takes none (ai-sdk-provider.md §9): `structuredOutputs`.

import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { generateText, Output, streamText } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  type AurikoLanguageModelChatOptions,
  type AurikoProviderSettings,
  createAuriko,
} from '../ts/index.js';
import {
  chunk,
  ending,
  envelope,
  frames,
  json,
  type ScriptedServer,
  scriptedServer,
  sse,
} from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const SCHEMA = { type: 'object' as const, properties: { city: { type: 'string' as const } } };
const JSON_CALL: LanguageModelV4CallOptions = {
  prompt: [
    { role: 'system', content: 'Be short.' },
    { role: 'user', content: [{ type: 'text', text: 'hi' }] },
  ],
  responseFormat: { type: 'json', schema: SCHEMA },
};
const INSTRUCTION = `JSON schema:\n${JSON.stringify(SCHEMA)}\nYou MUST answer with a JSON object that matches the JSON schema above.`;
const PLAIN_MESSAGES = [
  { role: 'system', content: 'Be short.' },
  { role: 'system', content: INSTRUCTION },
  { role: 'user', content: 'hi' },
];
const WARNING = {
  type: 'compatibility',
  feature: 'responseFormat',
  details: expect.stringContaining('schema'),
};
const ANSWER = '{"city":"Bern"}';
const REFUSAL = envelope('invalid_request_error', 'structured_output_not_supported');
const refusal = json(400, REFUSAL);
const reply = json(200, {
  id: 'c',
  choices: [{ index: 0, message: { content: ANSWER }, finish_reason: 'stop' }],
});
const stream = sse(frames(chunk({ content: ANSWER }), ...ending()));

describe.each(transports)('structured outputs over %s', (_name, transport) => {
  const modelOf = (server: ScriptedServer, more: AurikoProviderSettings = {}) =>
    createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url, ...more })('m');
  const bodies = (server: ScriptedServer) => server.requests.map(({ body }) => JSON.parse(body));
  const formats = (server: ScriptedServer) => bodies(server).map((body) => body.response_format?.type);
  const withOptions = (auriko: AurikoLanguageModelChatOptions): LanguageModelV4CallOptions => ({
    ...JSON_CALL,
    // The cast is safe: the options are JSON.
    providerOptions: { auriko: auriko as Record<string, string> },
  });
  const auto = { structuredOutputs: 'auto' } as const;

  it("'auto' falls back once to a JSON object with the schema in words, and warns", async () => {
    const server = await scriptedServer(refusal, reply);
    const { content, warnings } = await modelOf(server, auto).doGenerate(JSON_CALL);
    expect(content).toEqual([{ type: 'text', text: ANSWER }]);
    expect(warnings).toEqual([WARNING]);
    expect(formats(server)).toEqual(['json_schema', 'json_object']);
    expect(bodies(server)[1].messages).toEqual(PLAIN_MESSAGES);
  });

  it('streams do so before their first part, and warn in it', async () => {
    const server = await scriptedServer(refusal, stream);
    const result = await modelOf(server, auto).doStream(JSON_CALL);
    const parts = [];
    for await (const part of result.stream) parts.push(part);
    expect(parts[0]).toEqual({ type: 'stream-start', warnings: [WARNING] });
    expect(parts.filter((part) => part.type === 'error')).toEqual([]);
    expect(formats(server)).toEqual(['json_schema', 'json_object']);
    expect(bodies(server)[1].messages).toEqual(PLAIN_MESSAGES);
    expect(result.request?.body).toBe(server.requests[1]?.body);
  });

  it('streams do so when the refusal is their first event', async () => {
    const server = await scriptedServer(sse(frames(REFUSAL)), stream);
    await (await modelOf(server, auto).doStream(JSON_CALL)).stream.cancel();
    expect(formats(server)).toEqual(['json_schema', 'json_object']);
  });

  it('nothing changes while the model takes schemas', async () => {
    const server = await scriptedServer(reply);
    const { warnings } = await modelOf(server, auto).doGenerate(JSON_CALL);
    expect([warnings, formats(server)]).toEqual([[], ['json_schema']]);
  });

  it('a second refusal is the error', async () => {
    const second = json(400, envelope('invalid_request_error', 'json_mode_not_supported'));
    const server = await scriptedServer(refusal, second);
    const call = modelOf(server, auto).doGenerate(JSON_CALL);
    await expect(call).rejects.toMatchObject({ code: 'json_mode_not_supported' });
    expect(server.requests).toHaveLength(2);
  });

  it.each<[string, AurikoProviderSettings, LanguageModelV4CallOptions]>([
    ['the default', {}, JSON_CALL],
    ['true', { structuredOutputs: true }, JSON_CALL],
    ['true of the call', auto, withOptions({ structuredOutputs: true })],
    ['a call without a schema', auto, { ...JSON_CALL, responseFormat: { type: 'json' } }],
  ])('%s does not fall back', async (_case, settings, call) => {
    const server = await scriptedServer(refusal, reply);
    const rejected = modelOf(server, settings).doGenerate(call);
    await expect(rejected).rejects.toMatchObject({
      code: 'structured_output_not_supported',
      statusCode: 400,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('other errors do not make it fall back', async () => {
    const server = await scriptedServer(
      json(400, envelope('invalid_request_error', 'invalid_request')),
      reply,
    );
    const rejected = modelOf(server, auto).doGenerate(JSON_CALL);
    await expect(rejected).rejects.toMatchObject({ code: 'invalid_request' });
    expect(server.requests).toHaveLength(1);
  });

  it('a call may ask for it by itself', async () => {
    const server = await scriptedServer(refusal, reply);
    await modelOf(server).doGenerate(withOptions(auto));
    expect(formats(server)).toEqual(['json_schema', 'json_object']);
    for (const body of bodies(server)) expect(body).not.toHaveProperty('structured_outputs');
  });

  it('false sends no schema at all, and warns', async () => {
    const server = await scriptedServer(reply);
    const { warnings } = await modelOf(server, { structuredOutputs: false }).doGenerate(JSON_CALL);
    expect(warnings).toEqual([WARNING]);
    expect(formats(server)).toEqual(['json_object']);
    expect(bodies(server)[0].messages).toEqual(PLAIN_MESSAGES);
  });

  it('Output.object works through it, whole and streamed', async () => {
    const server = await scriptedServer(refusal, reply, refusal, stream);
    const model = modelOf(server, auto);
    const output = Output.object({ schema: z.object({ city: z.string() }) });
    expect((await generateText({ model, prompt: 'hi', output })).output).toEqual({ city: 'Bern' });
    expect(await streamText({ model, prompt: 'hi', output }).output).toEqual({ city: 'Bern' });
    expect(formats(server)).toEqual(['json_schema', 'json_object', 'json_schema', 'json_object']);
  });
});
