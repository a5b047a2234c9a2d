// `runTools`: what is sent back in each turn, how runs end, and what their listeners see. Plain and streaming.

import { describe, expect, it, vi } from 'vitest';
import {
  Auriko,
  type ChatMessage,
  type RunnableTool,
  type RunToolsOptions,
  type RunToolsParams,
  tool,
} from '../ts/client/index.js';
import { createGateway } from '../ts/gateway/index.js';
import { rejection } from './helpers/responses.js';
import {
  chunk,
  type Exchange,
  envelope,
  frames,
  json,
  type ScriptedServer,
  scriptedServer,
  sse,
} from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

type Json = Record<string, unknown>;

const START: ChatMessage[] = [{ role: 'user', content: 'hi' }];

/** A tool call of the wire. */
const call = (id: string, name: string, args: string, more: Json = {}) => ({
  id,
  type: 'function' as const,
  function: { name, arguments: args },
  ...more,
});

/** One answer of the model, as the script of a server: whole, or in chunks that say the same. */
function turn(isStream: boolean, message: Json, usd: number | undefined = 0.1, more: Json = {}) {
  const facts = {
    usage: {
      prompt_tokens: 10,
      completion_tokens: 2,
      total_tokens: 12,
      prompt_tokens_details: { cached_tokens: 4 },
    },
    routing_metadata: {
      provider: 'p',
      provider_model_id: 'm-1',
      model_canonical: 'm',
      routing_strategy: 'cost',
      cost: { usd },
    },
    ...more,
  };
  const calls = Array.isArray(message['tool_calls']) ? (message['tool_calls'] as Json[]) : [];
  const finish_reason = calls.length > 0 ? 'tool_calls' : 'stop';
  if (!isStream) {
    const choices = [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }];
    return json(200, { id: 'c1', created: 1, model: 'm-1', choices, ...facts });
  }
  const deltas: Json[] = [];
  for (const block of (message['reasoning'] ?? []) as Json[]) {
    if (block['type'] === 'redacted') {
      deltas.push({ reasoning_redacted_data: block['data'] });
    } else {
      deltas.push({ reasoning_content: block['thinking'] }, { reasoning_signature: block['signature'] });
    }
  }
  if (typeof message['content'] === 'string') {
    for (const letter of message['content']) deltas.push({ content: letter });
  }
  for (const [index, item] of calls.entries()) deltas.push({ tool_calls: [{ index, ...item }] });
  const last = { ...chunk({}), choices: [], ...facts };
  return sse(frames(...deltas.map((delta) => chunk(delta)), chunk({}, { finish_reason }), last, '[DONE]'));
}

const bodies = (server: ScriptedServer) =>
  server.requests.map((request) => JSON.parse(request.body) as Json & { messages: Json[] });

/** `echo` takes the text as it is; `upper` parses it. */
const TOOLS: RunnableTool[] = [
  {
    type: 'function',
    function: {
      name: 'echo',
      description: 'Echoes.',
      parameters: { type: 'object' },
      function: (text) => text,
    },
  },
  tool({
    name: 'upper',
    strict: true,
    parse: (text) => JSON.parse(text) as { text: string },
    function: ({ text }) => ({ upper: text.toUpperCase() }),
  }),
];

const SUITES = transports.flatMap(([name, transport]) => [
  [`${name}, plain`, transport, false] as const,
  [`${name}, streaming`, transport, true] as const,
]);

describe.each(SUITES)('over %s', (_, transport, isStream) => {
  const turnOf = (message: Json, usd?: number, more?: Json) => turn(isStream, message, usd, more);
  const start = (
    server: ScriptedServer,
    params: Partial<RunToolsParams> = {},
    options: RunToolsOptions = {},
  ) =>
    new Auriko({
      transport,
      apiKey: 'ak_test',
      baseURL: server.url,
      maxRetries: 0,
    }).chat.completions.runTools(
      { model: 'm', messages: START, tools: TOOLS, ...(isStream ? { stream: true } : {}), ...params },
      options,
    );

  it('runs calls together, answers them in order, and goes on until there are none', async () => {
    const calls = [call('a', 'slow', '{"n":1}'), call('b', 'fast', '{"n":2}')];
    const server = await scriptedServer(
      turnOf({ content: 'let me see', tool_calls: calls }),
      turnOf({ content: 'done' }),
    );
    let release = (_value: string) => {};
    const order: string[] = [];
    const runner = start(server, {
      tools: [
        tool({
          name: 'slow',
          function: () =>
            new Promise((resolve) => {
              release = resolve;
            }),
        }),
        tool<{ n: number }>({ name: 'fast', function: ({ n }) => release(`after ${n}`) }),
      ],
    });
    runner.on('toolResult', (result) => order.push(result.call.id));
    expect(await runner.finalContent()).toBe('done');
    // The slow one waits for the fast one: they ran together.
    expect([...order].sort()).toEqual(['a', 'b']);
    expect(bodies(server)[1]?.messages).toEqual([
      ...START,
      { role: 'assistant', content: 'let me see', tool_calls: calls },
      { role: 'tool', tool_call_id: 'a', content: 'after 2' },
      { role: 'tool', tool_call_id: 'b', content: 'null' },
    ]);
    expect(runner.endReason).toBe('answered');
    expect(runner.messages.at(-1)).toMatchObject({ role: 'assistant', content: 'done' });
    expect(runner.completions.length).toBe(2);
  });

  it('tells the model of tools, and nothing of what runs them', async () => {
    const server = await scriptedServer(turnOf({ content: 'x' }));
    await start(server, { temperature: 0, gateway: { routing: { prefer: 'p' } } }).done();
    expect(bodies(server)[0]).toEqual({
      model: 'm',
      messages: START,
      temperature: 0,
      gateway: { routing: { prefer: 'p' } },
      ...(isStream ? { stream: true } : {}),
      tools: [
        {
          type: 'function',
          function: { name: 'echo', description: 'Echoes.', parameters: { type: 'object' } },
        },
        { type: 'function', function: { name: 'upper', strict: true } },
      ],
    });
  });

  it('gives the function the text, or what parse made of it, and the runner', async () => {
    const seen: unknown[] = [];
    const server = await scriptedServer(
      turnOf({
        content: null,
        tool_calls: [call('a', 'raw', '{"n":1}'), call('b', 'parsed', '{"n":2}'), call('c', 'plain', '')],
      }),
      turnOf({ content: 'x' }),
    );
    const runner = start(server, {
      tools: [
        { function: { name: 'raw', function: (text, own) => void seen.push(text, own === runner) } },
        tool({
          name: 'parsed',
          parse: async (text) => (JSON.parse(text) as { n: number }).n,
          function: (n) => void seen.push(n + 1),
        }),
        tool({ name: 'plain', function: (args) => void seen.push(args) }),
      ],
    });
    await runner.done();
    expect(seen).toEqual(expect.arrayContaining(['{"n":1}', true, 3, {}]));
    expect(seen.length).toBe(4);
  });

  it('sends signed thoughts and signatures of calls back unchanged', async () => {
    const reasoning = [
      { type: 'thinking', thinking: 'hm', signature: 'sig==' },
      { type: 'redacted', data: 'x+/=' },
    ];
    const tool_calls = [call('a', 'echo', '{"q":"é"}', { provider_signature: 'opaque/+=' })];
    const server = await scriptedServer(
      turnOf({ content: 'so', reasoning, tool_calls }),
      turnOf({ content: 'x' }),
    );
    await start(server).done();
    expect(bodies(server)[1]?.messages[1]).toMatchObject({
      role: 'assistant',
      content: 'so',
      reasoning,
      tool_calls,
    });
    expect(bodies(server)[1]?.messages[2]).toEqual({ role: 'tool', tool_call_id: 'a', content: '{"q":"é"}' });
  });

  it('tells the model what went wrong with a tool, and the caller too', async () => {
    const failing = new Error('no such city');
    const loop: Json = {};
    loop['self'] = loop;
    const server = await scriptedServer(
      turnOf({
        content: null,
        tool_calls: [
          call('a', 'upper', '{"text":'),
          call('b', 'throws', '{}'),
          call('c', 'absent', '{}'),
          call('d', 'circular', '{}'),
          call('e', 'list', '[1]'),
        ],
      }),
      turnOf({ content: 'x' }),
    );
    const hook = vi.fn((_error: unknown, failed: { id: string }) =>
      failed.id === 'c' ? 'own words' : undefined,
    );
    const runner = start(
      server,
      {
        tools: [
          ...TOOLS,
          tool({ name: 'throws', function: () => Promise.reject(failing) }),
          tool({ name: 'circular', function: () => loop }),
          tool({ name: 'list', function: () => 'never' }),
        ],
      },
      { onToolError: hook },
    );
    const results = new Map<string, unknown>();
    runner.on('toolResult', ({ call: of, error }) => results.set(of.id, error));
    expect(await runner.finalContent()).toBe('x');
    const contents = bodies(server)[1]
      ?.messages.slice(2)
      .map((message) => message['content']);
    expect(contents).toEqual([
      expect.stringMatching(/^Error: .*JSON/),
      'Error: no such city',
      'own words',
      expect.stringMatching(/^Error: .*circular/),
      'Error: The arguments must be a JSON object.',
    ]);
    expect(hook).toHaveBeenCalledTimes(5);
    expect(results.get('b')).toBe(failing);
    expect(results.get('c')).toMatchObject({
      message: 'There is no tool "absent". Tools: echo, upper, throws, circular, list.',
    });
  });

  it('a hook that throws ends the run', async () => {
    const server = await scriptedServer(turnOf({ content: null, tool_calls: [call('a', 'absent', '{}')] }));
    const stop = new Error('stop');
    const runner = start(
      server,
      {},
      {
        onToolError: () => {
          throw stop;
        },
      },
    );
    expect(await rejection(runner.done())).toBe(stop);
    expect(server.requests.length).toBe(1);
  });

  it('stops after maxChatCompletions requests, 10 by itself', async () => {
    const again = turnOf({ content: null, tool_calls: [call('a', 'echo', 'again')] });
    for (const [options, requests] of [
      [{ maxChatCompletions: 2 }, 2],
      [{}, 10],
    ] as const) {
      const server = await scriptedServer(again);
      const runner = start(server, {}, options);
      expect((await runner.finalMessage()).tool_calls?.length).toBe(1);
      expect(server.requests.length).toBe(requests);
      expect(runner.endReason).toBe('limit');
      // Every call has its answer, so that the conversation can go on.
      expect(runner.messages.at(-1)).toEqual({ role: 'tool', tool_call_id: 'a', content: 'again' });
    }
  });

  it('a named tool is called once, and that is the end', async () => {
    const server = await scriptedServer(
      turnOf({ content: null, tool_calls: [call('a', 'upper', '{"text":"a"}')] }),
    );
    const tool_choice = { type: 'function', function: { name: 'upper' } } as const;
    const runner = start(server, { tool_choice });
    await runner.done();
    expect(bodies(server)[0]?.['tool_choice']).toEqual(tool_choice);
    expect(server.requests.length).toBe(1);
    expect(runner.endReason).toBe('named-tool');
    expect(runner.messages.at(-1)).toEqual({ role: 'tool', tool_call_id: 'a', content: '{"upper":"A"}' });
    expect(await runner.finalContent()).toBeNull();
  });

  it('`required` holds for the first request alone', async () => {
    const server = await scriptedServer(
      turnOf({ content: null, tool_calls: [call('a', 'echo', 'x')] }),
      turnOf({ content: 'x' }),
    );
    await start(server, { tool_choice: 'required' }).done();
    expect(bodies(server).map((body) => body['tool_choice'])).toEqual(['required', 'auto']);
  });

  it('adds up tokens and costs', async () => {
    const server = await scriptedServer(
      turnOf({ content: null, tool_calls: [call('a', 'echo', 'x')] }, 0.1),
      turnOf({ content: 'x' }, 0.2),
    );
    const runner = start(server);
    expect(await runner.totalUsage()).toEqual({
      prompt_tokens: 20,
      completion_tokens: 4,
      total_tokens: 24,
      prompt_tokens_details: { cached_tokens: 8 },
    });
    // Not 0.30000000000000004.
    expect(await runner.totalCostUsd()).toBe(0.3);
  });

  it('does not know the cost of a run when it does not know that of a request', async () => {
    const server = await scriptedServer(
      turnOf({ content: null, tool_calls: [call('a', 'echo', 'x')] }),
      turnOf({ content: 'x' }, undefined, { routing_metadata: undefined, usage: undefined }),
    );
    const runner = start(server);
    expect(await runner.totalCostUsd()).toBeUndefined();
    expect(await runner.totalUsage()).toMatchObject({ total_tokens: 12 });
  });

  it('an error that a listener hears of is not reported as unhandled', async () => {
    const server = await scriptedServer(json(500, envelope('api_error', 'internal_error')));
    const error = await new Promise((resolve) => start(server).on('error', resolve));
    expect(error).toMatchObject({ code: 'internal_error' });
  });

  it('tells its listeners everything, in order', async () => {
    const server = await scriptedServer(
      turnOf({ content: 'ab', tool_calls: [call('a', 'echo', 'x')] }),
      turnOf({ content: 'c' }),
    );
    const seen: string[] = [];
    const runner = start(server)
      .on('content', (delta, snapshot) => seen.push(`content ${delta}|${snapshot}`))
      .on('chatCompletion', (completion) => seen.push(`completion ${completion.model}`))
      .on('message', ({ role }) => seen.push(`message ${role}`))
      .on('toolCall', ({ id }) => seen.push(`call ${id}`))
      .on('toolResult', ({ content }) => seen.push(`result ${content}`))
      .on('end', () => seen.push('end'));
    const never = vi.fn();
    runner.on('message', never).off('message', never).on('error', never);
    await runner.done();
    expect(seen).toEqual([
      ...(isStream ? ['content a|a', 'content b|ab'] : ['content ab|ab']),
      'completion m-1',
      'message assistant',
      'call a',
      'result x',
      'message tool',
      'content c|c',
      'completion m-1',
      'message assistant',
      'end',
    ]);
    expect(never).not.toHaveBeenCalled();
    expect(runner.ended).toBe(true);
  });

  it('an error of the service rejects everything, and reaches the listener', async () => {
    const server = await scriptedServer(
      turnOf({ content: null, tool_calls: [call('a', 'echo', 'x')] }),
      json(429, envelope('rate_limit_error', 'rate_limit_exceeded')),
    );
    const seen: unknown[] = [];
    const runner = start(server)
      .on('error', (error) => seen.push(error))
      .on('end', () => seen.push('end'));
    const thrown = await rejection(runner.done());
    expect(thrown).toMatchObject({ name: 'RateLimitError', code: 'rate_limit_exceeded' });
    expect(seen).toEqual([thrown, 'end']);
    for (const promise of [
      runner.finalContent(),
      runner.finalMessage(),
      runner.totalUsage(),
      runner.totalCostUsd(),
    ]) {
      expect(await rejection(promise)).toBe(thrown);
    }
    expect(runner.endReason).toBeUndefined();
    expect(runner.messages.length).toBe(3);
  });

  it('what a listener throws ends the run', async () => {
    const server = await scriptedServer(turnOf({ content: 'x' }));
    const bad = new Error('bad listener');
    const runner = start(server).on('content', () => {
      throw bad;
    });
    expect(await rejection(runner.done())).toBe(bad);
  });

  it('abort() cancels the request in flight', async () => {
    let exchange: Exchange | undefined;
    const server = await scriptedServer((opened) => {
      exchange = opened;
      runner.abort();
    });
    const runner = start(server);
    await expect(runner.done()).rejects.toMatchObject({ name: 'AbortError' });
    await exchange?.closed;
  });

  it('abort() no longer waits for tools, and tells them', async () => {
    const server = await scriptedServer(turnOf({ content: null, tool_calls: [call('a', 'hangs', '{}')] }));
    let signal: AbortSignal | undefined;
    const runner = start(server, {
      tools: [
        tool({
          name: 'hangs',
          function: (__, own) => {
            signal = own.signal;
            own.abort();
            return new Promise(() => {});
          },
        }),
      ],
    });
    await expect(runner.finalContent()).rejects.toMatchObject({ name: 'AbortError' });
    expect(signal?.aborted).toBe(true);
    expect(server.requests.length).toBe(1);
  });

  it('a signal ends the run with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const server = await scriptedServer(() => controller.abort(reason));
    expect(await rejection(start(server, {}, { signal: controller.signal }).done())).toBe(reason);
    expect(await rejection(start(server, {}, { signal: controller.signal }).done())).toBe(reason);
    expect(server.requests.length).toBe(1);
  });

  it.each([null, [], {}])('tool_calls of %j are none', async (tool_calls) => {
    const server = await scriptedServer(turn(false, { content: 'x', tool_calls }));
    expect(await start(server, { stream: false }).finalContent()).toBe('x');
  });

  it('a reply without an answer is an error', async () => {
    const server = await scriptedServer(
      isStream
        ? sse(frames({ id: 'c', created: 1, model: 'm', choices: [] }, '[DONE]'))
        : json(200, { id: 'c', created: 1, model: 'm', choices: [] }),
    );
    await expect(start(server).done()).rejects.toMatchObject({ code: 'invalid_response' });
  });
});

describe('a run', () => {
  const client = new Auriko({ apiKey: 'ak_test', baseURL: 'http://127.0.0.1:9/v1' });
  const run = () => 1;

  it.each([
    [[{ function: { name: '', function: run } }], {}, /tools\[0\]\.function\.name must be a text/],
    [
      [{ function: { name: 'a' } }],
      {},
      /tools\[0\]\.function\.function must be the function that runs the tool a/,
    ],
    [[{ function: { name: 'a', function: run, parse: 1 } }], {}, /tools\[0\]\.function\.parse/],
    [[tool({ name: 'a', function: run }), tool({ name: 'a', function: run })], {}, /tools\[1\].*a is taken/],
    [[null], {}, /tools\[0\]/],
    [undefined, {}, /tools must be an array/],
    [[], { maxChatCompletions: 0 }, /maxChatCompletions must be a whole number of at least 1/],
    [[], { maxChatCompletions: 1.5 }, /maxChatCompletions/],
  ])('of %j with %j is refused at once', (tools, options, message) => {
    const params = { model: 'm', messages: START, tools: tools as RunnableTool[] };
    expect(() => client.chat.completions.runTools(params, options)).toThrow(message);
  });

  it('without a model rejects', async () => {
    const runner = client.chat.completions.runTools({ messages: START, tools: [] });
    await expect(runner.done()).rejects.toMatchObject({ code: 'missing_required_parameter' });
  });
});

describe('against the embedded gateway', () => {
  it.each([false, true])('the simulated model calls the tool, then answers (stream: %j)', async (stream) => {
    const gateway = createGateway({
      providers: [
        {
          id: 'sim',
          kind: 'simulated',
          latency_ms: 0,
          chunk_pace_ms: 0,
          input_price: 1,
          output_price: 2,
          models: [{ id: 'demo' }],
        },
      ],
    });
    const seen: unknown[] = [];
    const parameters = {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    };
    const runner = new Auriko({ transport: gateway }).chat.completions.runTools({
      model: 'demo',
      stream,
      messages: START,
      tools: [
        tool<{ city: string }>({ name: 'weather', parameters, function: (args) => void seen.push(args) }),
      ],
      tool_choice: 'required',
    });
    expect((await runner.finalContent())?.length).toBeGreaterThan(0);
    expect(seen).toEqual([{ city: expect.any(String) }]);
    expect(runner.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant']);
    expect(await runner.totalCostUsd()).toBeGreaterThan(0);
  });
});
