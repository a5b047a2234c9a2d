// Usage and finish: numbers that are right or absent, and ends that are what they are.

import { check, clean, no, problemOf, quote, yes } from '../harness.mjs';
import { chunk, completion, ending, frames, toolDelta } from '../wires.mjs';

const CONVERTED = (usage) => ({
  inputTokens: {
    total: usage.prompt_tokens,
    noCache: undefined,
    cacheRead: usage.prompt_tokens_details?.cached_tokens,
    cacheWrite: usage.prompt_tokens_details?.cache_write_tokens,
  },
  outputTokens: { total: usage.completion_tokens, text: undefined, reasoning: undefined },
});

const usageOf = (name, usage, judge, variants) => ({
  name,
  chatOnly: true,
  variants,
  async run(trial) {
    const read = await trial.stream([chunk({ content: 'a' }), ...ending('stop', usage)]);
    const problem = problemOf(read);
    return problem === undefined ? judge(read.usage) : no(problem);
  },
});

const finishOf = (name, values, judge) => ({
  name,
  chatOnly: true,
  run: async (trial) => judge(await trial.stream(values)),
});

const CALL_DELTA = toolDelta({
  index: 0,
  id: 'call_1',
  type: 'function',
  function: { name: 'weather', arguments: '{}' },
});

export const usage = {
  group: 'Usage',
  scenarios: [
    usageOf(
      'tokens read from and written to the cache',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 },
      },
      ({ inputTokens }) => {
        const got = [inputTokens.cacheRead, inputTokens.cacheWrite];
        return check(got.join() === '4,3', `read ${got[0]}, written ${got[1]}`);
      },
      { 'openai-compatible': { setting: '`convertUsage`', settings: { convertUsage: CONVERTED } } },
    ),
    usageOf(
      'reasoning tokens beyond the completion tokens (xAI): no negative text tokens',
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 355,
        completion_tokens_details: { reasoning_tokens: 340 },
      },
      ({ outputTokens }) => check(!(outputTokens.text < 0), `text: ${outputTokens.text}`),
      { 'openai-compatible': { setting: '`convertUsage`', settings: { convertUsage: CONVERTED } } },
    ),
    usageOf(
      'details that were not sent are `undefined`, not 0',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
      ({ inputTokens, outputTokens }) => {
        const got = [inputTokens.cacheRead, inputTokens.cacheWrite, outputTokens.reasoning];
        const names = ['cacheRead', 'cacheWrite', 'reasoning'].filter((_, index) => got[index] !== undefined);
        return check(names.length === 0, `${names.join(', ')} are 0`);
      },
    ),
    {
      name: 'no usage in a stream: `undefined`',
      chatOnly: true,
      async run(trial) {
        const read = await trial.stream([chunk({ content: 'a' }), chunk({}, { finish_reason: 'stop' })]);
        const problem = problemOf(read);
        if (problem !== undefined) return no(problem);
        const got = [read.usage.inputTokens.total, read.usage.outputTokens.total];
        return check(
          got.every((value) => value === undefined),
          quote(got),
        );
      },
    },
    {
      name: 'no usage in a whole reply: `undefined`',
      chatOnly: true,
      async run(trial) {
        const { result, error } = await trial.generate(completion({ content: 'a' }, { usage: undefined }));
        if (error !== undefined) return no(error.message);
        const got = [result.usage.inputTokens.total, result.usage.outputTokens.total];
        return check(
          got.every((value) => value === undefined),
          quote(got),
        );
      },
    },
    usageOf(
      'fields that have no place are in `raw`',
      { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, web_searches: 2 },
      ({ raw }) => check(raw?.web_searches === 2, 'lost'),
    ),
    {
      name: 'usage that comes before the finish word, or with it',
      chatOnly: true,
      async run(trial) {
        const values = [
          chunk({ content: 'a' }),
          { ...chunk({}, { finish_reason: 'stop' }), usage: { prompt_tokens: 10, completion_tokens: 5 } },
        ];
        const read = await trial.stream(values);
        const problem = problemOf(read);
        return problem === undefined
          ? check(read.usage.inputTokens.total === 10, quote(read.usage.inputTokens.total ?? null))
          : no(problem);
      },
    },
  ],
};

export const finish = {
  group: 'Finish',
  scenarios: [
    {
      name: 'closed before a finish word: `interrupted` and a retryable error part',
      chatOnly: true,
      async run(trial) {
        const read = await trial.streamBytes([frames(chunk({ content: 'a' }))]);
        if (read.thrown !== undefined) return no('read throws');
        if (read.unified !== 'interrupted') {
          return no(`finish \`${read.unified}\`${read.errors.length === 0 ? ', no error' : ''}`);
        }
        if (read.errors.length !== 1) return no(`${read.errors.length} error parts`);
        return check(read.errors[0].isRetryable === true, 'not marked as retryable');
      },
    },
    finishOf(
      'an unknown finish word with tool calls: `tool-calls`, so that tools run',
      [CALL_DELTA, ...ending('done')],
      ({ unified }) => check(unified === 'tool-calls', `\`${unified}\``),
    ),
    finishOf(
      '`stop` with tool calls: the loop goes on (`tool-calls`)',
      [CALL_DELTA, ...ending('stop')],
      ({ unified, calls }) => {
        if (calls.length !== 1) return no(`${calls.length} calls`);
        // `ai` runs the tools of either.
        return check(['tool-calls', 'stop'].includes(unified), `\`${unified}\``);
      },
    ),
    finishOf('no finish word but `[DONE]`: a success', [chunk({ content: 'ab' })], (read) =>
      clean(read, 'ab'),
    ),
    finishOf(
      'the word of the wire is kept as `raw`',
      [chunk({ content: 'a' }), ...ending('eos_reached')],
      ({ finish: part }) =>
        check(part?.finishReason.raw === 'eos_reached', quote(part?.finishReason.raw ?? null)),
    ),
    finishOf(
      'the word `error`: an error part',
      [chunk({ content: 'a' }), ...ending('error')],
      ({ errors, unified }) => {
        if (errors.length === 1 && unified === 'error') return yes();
        return no(`${errors.length} error parts, finish \`${unified}\``);
      },
    ),
    finishOf('`length`', [chunk({ content: 'a' }), ...ending('length')], ({ unified }) =>
      check(unified === 'length', `\`${unified}\``),
    ),
    {
      name: 'every block that was started is ended, also when the stream breaks off',
      chatOnly: true,
      async run(trial) {
        const { parts } = await trial.streamBytes([
          frames(chunk({ reasoning_content: 'r' }), chunk({ content: 'a' }), CALL_DELTA),
        ]);
        const open = ['text', 'reasoning', 'tool-input'].filter(
          (kind) =>
            parts.filter(({ type }) => type === `${kind}-start`).length !==
            parts.filter(({ type }) => type === `${kind}-end`).length,
        );
        return check(open.length === 0, `left open: ${open.join(', ')}`);
      },
    },
  ],
};
