// Stream mapping: what providers put into chat chunks, and the parts it has to become. The AI Gateway sends finished
// parts, so most of this cannot be put to it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import {
  CALL,
  check,
  clean,
  gate,
  messageOf,
  no,
  problemOf,
  quote,
  settlesWithin,
  TOOL,
  yes,
} from '../harness.mjs';
import { chunk, completion, ending, frames, toolDelta } from '../wires.mjs';

const RECORDED = join(import.meta.dirname, '../../../fixtures/llama-cpp/text.chunks.txt');

const named = (more) => ({
  index: 0,
  id: 'call_1',
  type: 'function',
  function: { name: 'weather', arguments: '' },
  ...more,
});
const fragment = (text, more = { index: 0 }) => ({ ...more, function: { arguments: text } });

/** Runs a chat stream; the check gets what was read and must be given a stream without errors. */
const chat = (name, values, judge) => ({
  name,
  chatOnly: true,
  async run(trial) {
    const read = await trial.stream(values, { call: { tools: [TOOL] } });
    const problem = problemOf(read);
    return problem === undefined ? judge(read) : no(problem);
  },
});

/** Names and inputs of the tool calls must be these. */
const toolCalls = (name, values, ...expected) =>
  chat(name, values, ({ calls, unified }) => {
    // Calls may be complete in another order than they began.
    const got = calls.map(({ toolName, input }) => [toolName, input]).sort();
    if (JSON.stringify(got) !== JSON.stringify(expected)) return no(quote(got));
    if (calls.some(({ toolCallId }) => !toolCallId)) return no('a call without id');
    if (new Set(calls.map(({ toolCallId }) => toolCallId)).size !== calls.length) return no('ids repeat');
    return check(unified === 'tool-calls', `finish \`${unified}\``);
  });

/** Blocks in order, as `[kind, text]`. */
function blocksOf({ parts }) {
  const blocks = [];
  for (const part of parts) {
    if (part.type === 'text-start' || part.type === 'reasoning-start') {
      blocks.push([part.type.replace('-start', ''), '', part.id]);
    } else if (part.type === 'text-delta' || part.type === 'reasoning-delta') {
      const kind = part.type.replace('-delta', '');
      const block = blocks.findLast(([of, , id]) => of === kind && id === part.id);
      if (block === undefined) blocks.push([kind, part.delta, part.id]);
      else block[1] += part.delta;
    }
  }
  return blocks;
}

const SIGNED = [
  chunk({
    reasoning_content: 'Hm.',
    reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', index: 0, format: 'anthropic-claude-v1' }],
  }),
  chunk({
    reasoning_signature: 'sig-1',
    reasoning_details: [
      { type: 'reasoning.text', signature: 'sig-1', index: 0, format: 'anthropic-claude-v1' },
    ],
  }),
];
const REDACTED = chunk({
  reasoning_redacted_data: 'cipher-1',
  reasoning_details: [
    { type: 'reasoning.encrypted', data: 'cipher-1', index: 1, format: 'anthropic-claude-v1' },
  ],
});

export default {
  group: 'Stream mapping',
  scenarios: [
    chat(
      'several choices: choice 0 is streamed, wherever it stands',
      [
        {
          ...chunk({}),
          choices: [
            { index: 1, delta: { content: 'wrong' } },
            { index: 0, delta: { content: 'right' } },
          ],
        },
        ...ending(),
      ],
      (read) => clean(read, 'right'),
    ),
    chat(
      'refusal: as text, finish `content-filter`',
      [chunk({ refusal: 'I will not.' }), ...ending()],
      ({ text, unified }) => {
        if (text !== 'I will not.') return no(`text ${quote(text)}, finish \`${unified}\``);
        return check(unified === 'content-filter', `finish \`${unified}\``);
      },
    ),
    chat(
      'Mistral’s thinking parts in `content`',
      [
        chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }] }),
        chunk({ content: [{ type: 'text', text: 'Yes' }] }),
        chunk({ content: '.' }),
        ...ending(),
      ],
      (read) => {
        if (read.reasoning !== 'Hm.') return no(`reasoning ${quote(read.reasoning)}`);
        return clean(read, 'Yes.');
      },
    ),
    chat(
      '`reasoning_content` and `reasoning` with the same words: once',
      [chunk({ reasoning_content: 'Hm.', reasoning: 'Hm.' }), chunk({ content: 'Yes' }), ...ending()],
      ({ reasoning }) => check(reasoning === 'Hm.', quote(reasoning)),
    ),
    chat(
      'interleaved reasoning: blocks in the order of the wire, each with its own id',
      [
        chunk({ reasoning_content: 'r1' }),
        chunk({ content: 't1' }),
        chunk({ reasoning_content: 'r2' }),
        chunk({ content: 't2' }),
        ...ending(),
      ],
      (read) => {
        const blocks = blocksOf(read);
        const order = blocks.map(([kind, text]) => `${kind}:${text}`).join(' ');
        if (order !== 'reasoning:r1 text:t1 reasoning:r2 text:t2') return no(`\`${order}\``);
        return check(new Set(blocks.map(([, , id]) => id)).size === 4, 'ids are used twice');
      },
    ),
    chat(
      'signed reasoning: the signature once',
      [...SIGNED, chunk({ content: 'Yes' }), ...ending()],
      ({ parts }) => {
        const carriers = parts.filter(
          (part) => part.type !== 'raw' && JSON.stringify(part.providerMetadata ?? '').includes('sig-1'),
        );
        return check(carriers.length === 1, `on ${carriers.length} parts`);
      },
    ),
    chat(
      'redacted reasoning: a block of its own, once',
      [...SIGNED, REDACTED, chunk({ content: 'Yes' }), ...ending()],
      ({ parts }) => {
        const carriers = parts.filter((part) =>
          JSON.stringify(part.providerMetadata ?? '').includes('cipher-1'),
        );
        if (carriers.length !== 1) return no(`on ${carriers.length} parts`);
        return check(!JSON.stringify(carriers[0]).includes('sig-1'), 'in the block of the signed one');
      },
    ),
    {
      name: 'signed and redacted reasoning go back in the next turn, in order (`streamText`)',
      chatOnly: true,
      async run(trial) {
        const sent = await nextTurn(trial, [...SIGNED, REDACTED, chunk({ content: 'Yes' })]);
        const at = ['Hm.', 'sig-1', 'cipher-1'].map((word) => sent.indexOf(word));
        if (at.includes(-1))
          return no(`lost: ${['thoughts', 'signature', 'redacted data'].filter((_, i) => at[i] < 0)}`);
        if (sent.split('sig-1').length !== 2) return no('the signature twice');
        return check(at[1] < at[2], 'order changed');
      },
    },
    {
      name: 'unsigned reasoning goes back in the next turn (DeepSeek)',
      chatOnly: true,
      async run(trial) {
        const sent = await nextTurn(trial, [
          chunk({
            reasoning_content: 'Hm.',
            reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', index: 0, format: 'unknown' }],
          }),
          chunk({ content: 'Yes' }),
        ]);
        return check(sent.includes('Hm.'), 'lost');
      },
    },
    {
      name: 'the opaque signature of a tool call goes back in the next turn (Gemini)',
      chatOnly: true,
      async run(trial) {
        // In the words of each: Auriko, OpenAI-compatible Gemini, OpenRouter.
        const call = toolDelta({
          ...named(),
          function: { name: 'weather', arguments: '{}' },
          provider_signature: 'tool-sig',
          extra_content: { google: { thought_signature: 'tool-sig' } },
        });
        call.choices[0].delta.reasoning_details = [
          {
            type: 'reasoning.encrypted',
            data: 'tool-sig',
            id: 'call_1',
            index: 0,
            format: 'google-gemini-v1',
          },
        ];
        const sent = await nextTurn(trial, [call]);
        return check(sent.includes('tool-sig'), 'lost');
      },
    },
    {
      name: 'a whole reply with Auriko’s reasoning blocks (`message.reasoning` as a list)',
      chatOnly: true,
      async run(trial) {
        const { result, error } = await trial.generate(
          completion({
            content: 'Yes',
            reasoning_content: 'Hm.',
            reasoning: [{ type: 'thinking', thinking: 'Hm.', signature: 'sig-1' }],
          }),
        );
        if (error !== undefined) return no(messageOf(error));
        const thoughts = result.content.filter(({ type }) => type === 'reasoning');
        return check(thoughts.length === 1 && thoughts[0].text === 'Hm.', quote(thoughts));
      },
    },
    toolCalls(
      'tool call in fragments',
      [
        toolDelta(named()),
        toolDelta(fragment('{"city"')),
        toolDelta(fragment(':"Paris"}')),
        ...ending('tool_calls'),
      ],
      ['weather', '{"city":"Paris"}'],
    ),
    toolCalls(
      'parallel tool calls, fragments interleaved',
      [
        toolDelta(named()),
        toolDelta(named({ index: 1, id: 'call_2' })),
        toolDelta(fragment('{"city":')),
        toolDelta(fragment('{"city":', { index: 1 })),
        toolDelta(fragment('"Rome"}', { index: 1 })),
        toolDelta(fragment('"Paris"}')),
        ...ending('tool_calls'),
      ],
      ['weather', '{"city":"Paris"}'],
      ['weather', '{"city":"Rome"}'],
    ),
    toolCalls(
      'tool call without `index`',
      [
        toolDelta(named({ index: undefined })),
        toolDelta(fragment('{"city":"Paris"}', {})),
        ...ending('tool_calls'),
      ],
      ['weather', '{"city":"Paris"}'],
    ),
    toolCalls(
      'tool call without `id`',
      [toolDelta(named({ id: undefined })), toolDelta(fragment('{}')), ...ending('tool_calls')],
      ['weather', '{}'],
    ),
    toolCalls(
      'tool call whose arguments come before its name',
      [
        toolDelta({ index: 0, id: 'call_1', type: 'function', function: { arguments: '{"city":' } }),
        toolDelta({ index: 0, function: { name: 'weather', arguments: '"Paris"}' } }),
        ...ending('tool_calls'),
      ],
      ['weather', '{"city":"Paris"}'],
    ),
    toolCalls(
      'same `index`, new `id`: a second call (Cerebras)',
      [
        toolDelta({ ...named(), function: { name: 'weather', arguments: '{"city":"Paris"}' } }),
        toolDelta({
          ...named({ id: 'call_2' }),
          function: { name: 'weather', arguments: '{"city":"Rome"}' },
        }),
        ...ending('tool_calls'),
      ],
      ['weather', '{"city":"Paris"}'],
      ['weather', '{"city":"Rome"}'],
    ),
    toolCalls(
      'blank `id` and `name` on later fragments (Alibaba, Mistral)',
      [
        toolDelta(named()),
        toolDelta({ index: 0, id: '', function: { name: '', arguments: '{"city":' } }),
        toolDelta({ index: 0, id: '', function: { name: '', arguments: '"Paris"}' } }),
        ...ending('tool_calls'),
      ],
      ['weather', '{"city":"Paris"}'],
    ),
    toolCalls(
      'the first `index` is 1 (Anthropic behind a fallback)',
      [
        toolDelta(named({ index: 1 })),
        toolDelta(fragment('{"city":"Paris"}', { index: 1 })),
        ...ending('tool_calls'),
      ],
      ['weather', '{"city":"Paris"}'],
    ),
    toolCalls(
      'two calls with the same `id`: ids are made unique',
      [
        toolDelta({ ...named(), function: { name: 'weather', arguments: '{"city":"Paris"}' } }),
        toolDelta({ ...named({ index: 1 }), function: { name: 'weather', arguments: '{"city":"Rome"}' } }),
        ...ending('tool_calls'),
      ],
      ['weather', '{"city":"Paris"}'],
      ['weather', '{"city":"Rome"}'],
    ),
    toolCalls('empty arguments are `{}`', [toolDelta(named()), ...ending('tool_calls')], ['weather', '{}']),
    toolCalls(
      'legacy `function_call`',
      [
        chunk({ function_call: { name: 'weather', arguments: '{"city":' } }),
        chunk({ function_call: { arguments: '"Paris"}' } }),
        ...ending('function_call'),
      ],
      ['weather', '{"city":"Paris"}'],
    ),
    {
      name: '`tool-input-start` at the first fragment that has the name',
      chatOnly: true,
      async run(trial) {
        const release = gate();
        const server = await trial.server(async (exchange) => {
          exchange.sse();
          exchange.write(frames(toolDelta(named())));
          await release.promise;
          exchange.write(frames(toolDelta(fragment('{}')), ...ending('tool_calls'), '[DONE]'));
          exchange.end();
        });
        const model = await trial.model(server);
        const { stream } = await model.doStream({ ...CALL, tools: [TOOL] });
        const reader = stream.getReader();
        const started = (async () => {
          for (;;) {
            const { done, value } = await reader.read();
            if (done || value.type === 'tool-input-start') return;
          }
        })();
        const inTime = await settlesWithin(started);
        release.resolve();
        return check(inTime, 'waits for the arguments');
      },
    },
    chat(
      '`tool-call` only at the finish, not as soon as the arguments parse',
      [
        toolDelta({ ...named(), function: { name: 'weather', arguments: '{"city":"Paris"}' } }),
        chunk({ content: 'later' }),
        ...ending('tool_calls'),
      ],
      ({ parts }) => {
        const call = parts.findIndex(({ type }) => type === 'tool-call');
        const text = parts.findLastIndex(({ type }) => type === 'text-delta');
        if (call < 0) return no('no tool call');
        return check(call > text, 'comes early');
      },
    ),
    {
      name: 'arguments cut off by the connection, though they parse: the tool does not run',
      chatOnly: true,
      run: (trial) =>
        toolRuns(
          trial,
          [toolDelta({ ...named(), function: { name: 'weather', arguments: '{"city":"P"}' } })],
          0,
        ),
    },
    {
      name: 'arguments cut off by the token limit: the tool does not run',
      chatOnly: true,
      run: (trial) =>
        toolRuns(
          trial,
          [
            toolDelta({ ...named(), function: { name: 'weather', arguments: '{"city":"P' } }),
            ...ending('length'),
            '[DONE]',
          ],
          0,
        ),
    },
    {
      name: 'a tool call that is followed by a refusal word (`content_filter`): the tool does not run',
      chatOnly: true,
      run: (trial) =>
        toolRuns(
          trial,
          [
            toolDelta({ ...named(), function: { name: 'weather', arguments: '{"city":"P"}' } }),
            ...ending('content_filter'),
            '[DONE]',
          ],
          0,
        ),
    },
    {
      name: 'a tool loop: two steps, the result goes back',
      chatOnly: true,
      async run(trial) {
        const first = completion({
          content: null,
          tool_calls: [
            { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } },
          ],
        });
        first.choices[0].finish_reason = 'tool_calls';
        const replies = [first, completion({ content: 'Sunny.' })];
        const answer = (exchange) =>
          exchange.reply(200, JSON.stringify(replies.shift()), { 'content-type': 'application/json' });
        const server = await trial.server(answer);
        const { text } = await generateText({
          model: await trial.model(server),
          prompt: 'Hi',
          stopWhen: stepCountIs(3),
          tools: {
            weather: tool({
              inputSchema: z.object({ city: z.string() }),
              execute: ({ city }) => `sun in ${city}`,
            }),
          },
        });
        return check(text === 'Sunny.' && server.requests.at(-1).text.includes('sun in Paris'), quote(text));
      },
    },
    chat(
      '`response-metadata` once',
      [...'abcd'].map((content) => chunk({ content })).concat(ending()),
      ({ of }) => check(of('response-metadata').length === 1, `${of('response-metadata').length} times`),
    ),
    chat(
      'a blank first chunk (Azure’s router): the id comes from a later one',
      [
        { id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: [] },
        chunk({ content: 'a' }),
        ...ending(),
      ],
      ({ of }) => {
        const [first] = of('response-metadata');
        return check(first?.id === 'c1', `first says ${quote({ id: first?.id, modelId: first?.modelId })}`);
      },
    ),
    chat(
      'citations: `source` parts',
      [
        chunk({
          content: 'Yes',
          annotations: [
            {
              type: 'url_citation',
              url_citation: {
                url: 'https://example.com/',
                title: 'Example',
                start_index: 0,
                end_index: 3,
                content: '',
              },
            },
          ],
        }),
        ...ending(),
      ],
      ({ of }) => check(of('source')[0]?.url === 'https://example.com/', `${of('source').length} sources`),
    ),
    chat(
      'generated images: `file` parts',
      [
        chunk({
          images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AQID' } }],
        }),
        ...ending(),
      ],
      ({ of }) => {
        const [file] = of('file');
        return check(file?.mediaType === 'image/png' && file.data?.data === 'AQID', quote(file ?? null));
      },
    ),
    {
      name: 'log probabilities, when asked for',
      chatOnly: true,
      async run(trial) {
        const logprobs = { content: [{ token: 'lp-token', logprob: -0.5, bytes: null, top_logprobs: [] }] };
        const key = trial.subject.optionsKey;
        const read = await trial.stream([chunk({ content: 'a' }, { logprobs }), ...ending()], {
          call: key === 'openrouter' ? {} : { providerOptions: { [key]: { logprobs: true } } },
          modelSettings: key === 'openrouter' ? { logprobs: true } : {},
        });
        return check(
          JSON.stringify(read.finish?.providerMetadata ?? '').includes('lp-token'),
          'not in the result',
        );
      },
    },
    {
      name: 'recorded stream: at most chunks + 4 parts',
      chatOnly: true,
      async run(trial) {
        const chunks = readFileSync(RECORDED, 'utf8').trim().split('\n');
        const read = await trial.stream(chunks);
        const problem = problemOf(read);
        if (problem !== undefined) return no(problem);
        // How many wait together differs from run to run, hence no number when it is within the bound.
        const { length } = read.parts;
        return length <= chunks.length + 4 ? yes() : no(`${length} parts for ${chunks.length} chunks`);
      },
    },
    {
      name: 'deltas that wait for a slow reader are merged',
      chatOnly: true,
      async run(trial) {
        const written = gate();
        const letters = Array.from({ length: 100 }, (_, index) => chunk({ content: String(index % 10) }));
        const server = await trial.server((exchange) => {
          exchange.sse();
          exchange.write(frames(...letters, ...ending(), '[DONE]'));
          exchange.end();
          exchange.closed.then(written.resolve);
        });
        const model = await trial.model(server);
        const { stream } = await model.doStream(CALL);
        await settlesWithin(written.promise);
        let deltas = 0;
        for await (const part of stream) if (part.type === 'text-delta') deltas += 1;
        return check(deltas <= 50, `${deltas} parts for 100 deltas`);
      },
    },
  ],
};

/** The text of the request that follows a streamed reply, with the reply's messages as `ai` gives them back. */
async function nextTurn(trial, values) {
  const server = await trial.server((exchange) => {
    exchange.sse();
    exchange.write(frames(...values, ...ending(), '[DONE]'));
    exchange.end();
  });
  const model = await trial.model(server);
  const tools = { weather: tool({ inputSchema: z.object({}) }) };
  const first = streamText({ model, tools, prompt: 'Hi', onError() {} });
  await first.consumeStream({ onError() {} });
  const { messages } = await first.response;
  const results = (await first.toolCalls).map(({ toolCallId, toolName }) => ({
    role: 'tool',
    content: [{ type: 'tool-result', toolCallId, toolName, output: { type: 'text', value: 'ok' } }],
  }));
  const second = streamText({
    model,
    tools,
    messages: [{ role: 'user', content: 'Hi' }, ...messages, ...results, { role: 'user', content: 'Go on' }],
    onError() {},
  });
  await second.consumeStream({ onError() {} });
  return server.requests.length === 2 ? server.requests[1].text : '';
}

/** How often `streamText` runs the tool of a stream that then closes. */
async function toolRuns(trial, values, expected) {
  const server = await trial.server((exchange) => {
    exchange.sse();
    exchange.write(frames(...values));
    exchange.end();
  });
  let runs = 0;
  const result = streamText({
    model: await trial.model(server),
    prompt: 'Hi',
    maxRetries: 0,
    onError() {},
    tools: {
      weather: tool({
        inputSchema: z.object({ city: z.string() }),
        execute() {
          runs += 1;
          return 'sunny';
        },
      }),
    },
  });
  await result.consumeStream({ onError() {} });
  return check(runs === expected, `runs ${runs === 1 ? 'once' : `${runs} times`}`);
}
