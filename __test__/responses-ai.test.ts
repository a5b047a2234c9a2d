// The Responses model under `ai`: what users do with it, and what goes back in the second turn.

import { generateText, isStepCount, Output, streamText, tool } from 'ai';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AurikoResponsesLanguageModel } from '../ts/ai-sdk/responses/responses-model.js';
import { WORKFLOW_DESERIALIZE, WORKFLOW_SERIALIZE } from '../ts/ai-sdk/serialize-model.js';
import {
  added,
  at,
  BEGIN,
  completed,
  done,
  events,
  message,
  response,
  responsesModel,
  textDelta,
} from './helpers/responses.js';
import { frames, json, scriptedServer, sse } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

/** Bytes that an encoder on the way might change. */
const ENCRYPTED = 'gAAAA+/=\u2028é"\\';
const REASONING = {
  type: 'reasoning',
  id: 'rs_1',
  summary: [
    { type: 'summary_text', text: 'First,\n**think**.' },
    { type: 'summary_text', text: ' Then é.' },
  ],
  encrypted_content: ENCRYPTED,
};
const SEARCH = {
  type: 'web_search_call',
  id: 'ws_1',
  status: 'completed',
  action: { query: 'q', b: 1, a: 2 },
};
const COMMENT = message('Let me see.', { id: 'msg_0', phase: 'commentary' });
const CALL = {
  type: 'function_call',
  id: 'fc_1',
  call_id: 'call_1',
  name: 'double',
  arguments: '{"n":21}',
  status: 'completed',
};
const FIRST = [REASONING, SEARCH, COMMENT, CALL];
const ANSWER = message('42', { phase: 'final_answer' });

/** What the second request must hold. */
const REPLAY = [
  { role: 'user', content: 'hi' },
  REASONING,
  SEARCH,
  {
    type: 'message',
    role: 'assistant',
    id: 'msg_0',
    content: [{ type: 'output_text', text: 'Let me see.' }],
    phase: 'commentary',
  },
  { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'double', arguments: '{"n":21}' },
  { type: 'function_call_output', call_id: 'call_1', output: '42' },
];

const tools = {
  double: tool({ inputSchema: z.object({ n: z.number() }), execute: ({ n }) => n * 2 }),
};

const firstStream = events(
  ...BEGIN,
  added(0, { ...REASONING, summary: [], encrypted_content: 'partial' }),
  at(0, 'reasoning_summary_text.delta', { summary_index: 0, delta: 'First,\n' }),
  at(0, 'reasoning_summary_text.delta', { summary_index: 0, delta: '**think**.' }),
  at(0, 'reasoning_summary_text.delta', { summary_index: 1, delta: ' Then é.' }),
  done(0, REASONING),
  added(1, { ...SEARCH, status: 'in_progress' }),
  done(1, SEARCH),
  added(2, { ...COMMENT, content: [] }),
  textDelta(2, 'Let me '),
  textDelta(2, 'see.'),
  done(2, COMMENT),
  added(3, { ...CALL, arguments: '', status: 'in_progress' }),
  at(3, 'function_call_arguments.delta', { delta: '{"n":21}' }),
  done(3, CALL),
  completed(FIRST),
);

describe.each(transports)('`ai` with the Responses model over %s', (_name, transport) => {
  const input = (body: string | undefined): unknown => JSON.parse(body ?? '{}').input;

  it('streamText runs a tool loop and sends back what the model needs, byte for byte', async () => {
    const server = await scriptedServer(
      sse(firstStream),
      sse(events(...BEGIN, textDelta(0, '42'), done(0, ANSWER), completed([ANSWER]))),
    );
    const result = streamText({
      model: responsesModel(transport, server),
      prompt: 'hi',
      tools,
      stopWhen: isStepCount(3),
    });
    await result.consumeStream();
    expect(await result.text).toBe('42');
    expect(await result.finishReason).toBe('stop');
    const [first, second] = await result.steps;
    expect(first?.finishReason).toBe('tool-calls');
    expect(first?.reasoningText).toBe('First,\n**think**. Then é.');
    expect(first?.toolResults).toMatchObject([
      { toolName: 'web_search', providerExecuted: true, output: SEARCH },
      { toolName: 'double', output: 42 },
    ]);
    expect(second?.usage).toMatchObject({ inputTokens: 10, outputTokens: 7 });
    expect(server.requests).toHaveLength(2);
    expect(input(server.requests[1]?.body)).toEqual(REPLAY);
    expect(server.requests[1]?.body).toContain(JSON.stringify(REASONING));
    expect(server.requests[1]?.body).toContain(JSON.stringify(SEARCH));
  });

  it('generateText runs the same loop', async () => {
    const server = await scriptedServer(json(200, response(FIRST)), json(200, response([ANSWER])));
    const result = await generateText({
      model: responsesModel(transport, server),
      prompt: 'hi',
      tools,
      stopWhen: isStepCount(3),
    });
    expect([result.text, result.finishReason]).toEqual(['42', 'stop']);
    expect(result.providerMetadata).toMatchObject({ auriko: { responseId: 'resp_1' } });
    expect(input(server.requests[1]?.body)).toEqual(REPLAY);
    expect(server.requests[1]?.body).toContain(JSON.stringify(REASONING));
  });

  it('a hosted tool that failed is an error to the reader, and goes back all the same', async () => {
    const failed = { ...SEARCH, status: 'failed' };
    const server = await scriptedServer(json(200, response([failed, CALL])), json(200, response([ANSWER])));
    const result = await generateText({
      model: responsesModel(transport, server),
      prompt: 'hi',
      tools,
      stopWhen: isStepCount(3),
    });
    expect(result.steps[0]?.content).toContainEqual(
      expect.objectContaining({ type: 'tool-error', toolName: 'web_search', providerExecuted: true }),
    );
    expect(input(server.requests[1]?.body)).toContainEqual(failed);
  });

  it('tools of a truncated reply do not run', async () => {
    const incomplete = response([], {
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
    const server = await scriptedServer(
      sse(events(...BEGIN, done(0, CALL), { type: 'response.incomplete', response: incomplete })),
    );
    const result = streamText({
      model: responsesModel(transport, server),
      prompt: 'hi',
      tools,
      stopWhen: isStepCount(3),
    });
    await result.consumeStream();
    expect(await result.finishReason).toBe('length');
    expect(await result.toolResults).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it('Output.object is asked for as a flat strict schema and parsed', async () => {
    const server = await scriptedServer(json(200, response([message('{"city":"Bern"}')])));
    const { output } = await generateText({
      model: responsesModel(transport, server),
      prompt: 'hi',
      output: Output.object({ schema: z.object({ city: z.string() }) }),
    });
    expect(output).toEqual({ city: 'Bern' });
    expect(JSON.parse(server.requests[0]?.body ?? '').text.format).toMatchObject({
      type: 'json_schema',
      name: 'response',
      strict: true,
      schema: { properties: { city: { type: 'string' } } },
    });
  });

  it('an early error is retried, a late one is not', async () => {
    const early = frames({ type: 'error', code: 'service_unavailable', message: 'busy' });
    const late = events(...BEGIN, textDelta(0, 'a')) + early;
    const server = await scriptedServer((exchange) => {
      // Keeps the wait between the attempts short.
      exchange.head(200, { 'content-type': 'text/event-stream', 'retry-after-ms': '1' });
      exchange.write(early);
      exchange.end();
    }, sse(late));
    const errors: unknown[] = [];
    const result = streamText({
      model: responsesModel(transport, server),
      prompt: 'hi',
      maxRetries: 1,
      onError: ({ error }) => void errors.push(error),
    });
    let text = '';
    for await (const delta of result.textStream) text += delta;
    expect(text).toBe('a');
    expect(server.requests).toHaveLength(2);
    expect(errors).toMatchObject([{ statusCode: 503, isRetryable: true }]);
    expect(await result.finishReason).toBe('error');
  });
});

it('a model crosses a step of Workflow as plain JSON', () => {
  const server = { url: 'https://a.test/v1', requests: [], openConnections: () => 0 };
  // A transport object can't cross; the choice by name can.
  const settings = { transport: 'fetch' } as const;
  const [, fetchTransport] = transports[0] ?? [];
  if (fetchTransport === undefined) throw new Error('there is no transport');
  const model = responsesModel(fetchTransport, server, settings);
  const data = AurikoResponsesLanguageModel[WORKFLOW_SERIALIZE](model);
  const copy = AurikoResponsesLanguageModel[WORKFLOW_DESERIALIZE](JSON.parse(JSON.stringify(data)));
  expect([copy.provider, copy.modelId]).toEqual(['auriko.responses', 'm']);
});
