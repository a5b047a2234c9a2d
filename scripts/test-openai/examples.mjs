// What programs for the OpenAI package do, as they do it: nothing here knows of Auriko. Each gets a client of whatever
// class, and `at`, which gives the client for an endpoint that may be served elsewhere.

import assert from 'node:assert/strict';

const model = 'simulated';
const messages = [{ role: 'user', content: 'Say something.' }];
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const weather = { name: 'weather', description: 'The weather of a city', parameters };
const response_format = {
  type: 'json_schema',
  json_schema: { name: 'place', strict: true, schema: parameters },
};

export const EXAMPLES = {
  async 'a completion'({ client }) {
    const completion = await client.chat.completions.create({ model, messages });
    assert.match(completion.choices[0].message.content, /simulated/);
    assert.equal(completion.choices[0].finish_reason, 'stop');
    assert.ok(completion.usage.total_tokens > 0);
    assert.match(completion._request_id, /^req_/);
  },
  async 'a streamed completion'({ client }) {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? '';
    assert.match(text, /simulated/);
  },
  async 'tee() and toReadableStream()'({ client, OpenAI }) {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    const [left, right] = stream.tee();
    const count = async (items) => {
      let number = 0;
      for await (const _ of items) number += 1;
      return number;
    };
    const [one, two] = await Promise.all([count(left), count(right)]);
    assert.ok(one > 1 && one === two);
    const sent = await client.chat.completions.create({ model, messages, stream: true });
    const { ChatCompletionStream } = await import('openai/lib/ChatCompletionStream');
    const received = ChatCompletionStream.fromReadableStream(sent.toReadableStream());
    assert.match((await received.finalChatCompletion()).choices[0].message.content, /simulated/);
    assert.ok(client instanceof OpenAI);
  },
  async 'the helper .stream()'({ client }) {
    const runner = client.chat.completions.stream({ model, messages });
    let text = '';
    runner.on('content', (delta) => {
      text += delta;
    });
    const completion = await runner.finalChatCompletion();
    assert.equal(completion.choices[0].message.content, text);
    assert.ok((await runner.totalUsage()).total_tokens > 0);
  },
  async 'tools by hand'({ client }) {
    const tools = [{ type: 'function', function: weather }];
    const history = [...messages];
    const first = await client.chat.completions.create({
      model,
      messages: history,
      tools,
      tool_choice: 'required',
    });
    const { message, finish_reason } = first.choices[0];
    assert.equal(finish_reason, 'tool_calls');
    assert.equal(typeof JSON.parse(message.tool_calls[0].function.arguments).city, 'string');
    history.push(message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: '21 °C' });
    const second = await client.chat.completions.create({ model, messages: history, tools });
    assert.equal(second.choices[0].finish_reason, 'stop');
  },
  async 'streamed tool calls'({ client }) {
    const tools = [{ type: 'function', function: weather }];
    const request = { model, messages, tools, tool_choice: 'required', stream: true };
    let name = '';
    let text = '';
    for await (const { choices } of await client.chat.completions.create(request)) {
      for (const call of choices[0]?.delta?.tool_calls ?? []) {
        name += call.function.name ?? '';
        text += call.function.arguments ?? '';
      }
    }
    assert.equal(name, 'weather');
    assert.equal(typeof JSON.parse(text).city, 'string');
  },
  async 'runTools, plain and streamed'({ client }) {
    for (const stream of [false, true]) {
      const asked = [];
      const run = ({ city }) => {
        asked.push(city);
        return '21 °C';
      };
      const tools = [{ type: 'function', function: { ...weather, parse: JSON.parse, function: run } }];
      const runner = client.chat.completions.runTools({ model: 'eager', messages, tools, stream });
      assert.match(await runner.finalContent(), /simulated/);
      assert.equal(asked.length, 1);
      assert.deepEqual(
        runner.messages.map(({ role }) => role),
        ['user', 'assistant', 'tool', 'assistant'],
      );
    }
  },
  async 'parse() of a JSON schema'({ client }) {
    const completion = await client.chat.completions.parse({ model, messages, response_format });
    assert.equal(typeof JSON.parse(completion.choices[0].message.content).city, 'string');
  },
  async 'withResponse() and asResponse()'({ client }) {
    const call = () => client.chat.completions.create({ model, messages });
    const { data, response, request_id } = await call().withResponse();
    assert.equal(response.status, 200);
    assert.equal(request_id, data._request_id);
    const raw = await call().asResponse();
    assert.equal((await raw.json()).object, 'chat.completion');
    const streamed = await client.chat.completions.create({ model, messages, stream: true }).withResponse();
    assert.match(streamed.response.headers.get('content-type'), /text\/event-stream/);
    streamed.data.controller.abort();
  },
  async models({ client }) {
    const ids = [];
    for await (const { id } of client.models.list()) ids.push(id);
    assert.ok(ids.includes(model));
    assert.equal((await client.models.retrieve(model)).id, model);
  },
  async 'an abort before and during a reply'({ client, OpenAI }) {
    const early = AbortSignal.abort();
    await assert.rejects(
      client.chat.completions.create({ model, messages }, { signal: early }),
      (error) => error instanceof OpenAI.APIUserAbortError,
    );
    const controller = new AbortController();
    const stream = await client.chat.completions.create(
      { model: 'slow', messages, stream: true },
      { signal: controller.signal },
    );
    let count = 0;
    for await (const _ of stream) {
      count += 1;
      controller.abort();
    }
    assert.ok(count < 5);
    const runner = client.chat.completions.stream({ model: 'slow', messages });
    runner.on('chunk', () => runner.abort());
    await assert.rejects(runner.finalChatCompletion(), (error) => error instanceof OpenAI.APIUserAbortError);
  },
  async 'leaving a stream early'({ client }) {
    for await (const _ of await client.chat.completions.create({ model: 'slow', messages, stream: true }))
      break;
  },
  async 'withOptions() and options of a call'({ client }) {
    const other = client.withOptions({ maxRetries: 0, defaultHeaders: { 'x-test': '1' } });
    assert.equal(other.constructor, client.constructor);
    assert.equal(other.baseURL, client.baseURL);
    const options = { timeout: 20_000, maxRetries: 1, headers: { 'x-other': '2' } };
    assert.ok((await other.chat.completions.create({ model, messages }, options)).id);
  },
  async 'errors by class'({ client, OpenAI }) {
    const cases = [
      ['missing-model', OpenAI.NotFoundError, 404, 'model_not_found'],
      ['broken', OpenAI.BadRequestError, 400, undefined],
    ];
    for (const [name, ErrorClass, status, code] of cases) {
      await assert.rejects(client.chat.completions.create({ model: name, messages }), (error) => {
        assert.ok(error instanceof ErrorClass && error instanceof OpenAI.APIError);
        assert.equal(error.status, status);
        if (code !== undefined) assert.equal(error.code, code);
        assert.match(error.requestID, /^req_/);
        return true;
      });
    }
  },
  async 'embeddings, as base64 and as numbers'({ at }) {
    const client = at('/v1/embeddings');
    const input = ['one', 'three'];
    for (const more of [{}, { encoding_format: 'float' }]) {
      const { data } = await client.embeddings.create({ model, input, ...more });
      assert.equal(data.length, 2);
      assert.equal(typeof data[1].embedding[0], 'number');
    }
  },
  async 'responses.create()'({ at }) {
    const response = await at('/v1/responses').responses.create({ model, input: 'hi' });
    assert.equal(response.status, 'completed');
    assert.notEqual(response.output_text, '');
  },
  async 'responses.create(), streamed, and its helper'({ at }) {
    const client = at('/v1/responses');
    const types = [];
    for await (const { type } of await client.responses.create({ model, input: 'hi', stream: true })) {
      types.push(type);
    }
    assert.equal(types[0], 'response.created');
    assert.equal(types.at(-1), 'response.completed');
    const final = await client.responses.stream({ model, input: 'hi' }).finalResponse();
    assert.notEqual(final.output_text, '');
  },
};
