// The request: is what the caller said on the wire, or reported?

import { generateText, Output } from 'ai';
import { z } from 'zod';
import { check, messageOf, no, partly, quote, TOOL, yes } from '../harness.mjs';
import { PICTURE } from '../server.mjs';

const PICTURE_TEXT = PICTURE.toString('base64');
const user = (...content) => ({ role: 'user', content });
const text = (value, providerOptions) => ({
  type: 'text',
  text: value,
  ...(providerOptions && { providerOptions }),
});
const imageUrl = (url) => ({ type: 'file', mediaType: 'image', data: { type: 'url', url: new URL(url) } });

/** A tool call and its result. */
const toolTurn = (input, output) => [
  user(text('Hi')),
  {
    role: 'assistant',
    content: [{ type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input }],
  },
  { role: 'tool', content: [{ type: 'tool-result', toolCallId: 'call_1', toolName: 'weather', output }] },
];

export default {
  group: 'Request',
  scenarios: [
    {
      name: 'images by URL: `ai` does not download them first',
      variants: {
        'openai-compatible': {
          setting: '`supportedUrls`',
          settings: { supportedUrls: () => ({ 'image/*': [/^https?:\/\/.*$/] }) },
        },
      },
      async run(trial) {
        const downloaded = [];
        const server = await trial.server((exchange) =>
          exchange.reply(200, JSON.stringify(trial.wire.reply('ok')), { 'content-type': 'application/json' }),
        );
        await generateText({
          model: await trial.model(server),
          messages: [
            {
              role: 'user',
              content: [{ type: 'image', image: new URL('https://example.com/a.png') }],
            },
          ],
          experimental_download: async (wanted) =>
            wanted.map(({ url, isUrlSupportedByModel }) => {
              if (isUrlSupportedByModel) return null;
              downloaded.push(url);
              return { data: PICTURE, mediaType: 'image/png' };
            }),
        });
        if (downloaded.length > 0) return no('downloads each and sends base64');
        return check(server.requests[0].text.includes('https://example.com/a.png'), 'URL not in the request');
      },
    },
    {
      name: 'image with media type `image` and a URL: sent as an image with its URL',
      async run(trial) {
        const { body } = await trial.request({ prompt: [user(imageUrl('https://example.com/a.png'))] });
        const [part] = trial.wire.messages(body)[0].content;
        if (!trial.wire.isChat) return check(part.data?.url === 'https://example.com/a.png', quote(part));
        return check(part.image_url?.url === 'https://example.com/a.png', `sent as \`${part.type}\``);
      },
    },
    {
      name: 'image as bytes without a full media type: the type is detected',
      async run(trial) {
        const data = { type: 'data', data: new Uint8Array(PICTURE) };
        const { body } = await trial.request({ prompt: [user({ type: 'file', mediaType: 'image', data })] });
        const [part] = trial.wire.messages(body)[0].content;
        if (!trial.wire.isChat) return check(part.data?.data === PICTURE_TEXT, 'bytes are not base64');
        const url = String(part.image_url?.url ?? '');
        return check(url.startsWith('data:image/png;base64,'), `sent as \`${part.type}\``);
      },
    },
    {
      name: 'output limit in the field that reasoning models accept (`max_completion_tokens`)',
      chatOnly: true,
      async run(trial) {
        const { body } = await trial.request({ maxOutputTokens: 7 });
        const fields = Object.keys(body).filter((field) => body[field] === 7);
        return check(fields.join() === 'max_completion_tokens', `sends \`${fields}\``);
      },
    },
    sentOrWarned('`reasoning: "high"`', { reasoning: 'high' }, (body) =>
      [body.reasoning_effort, body.reasoning?.effort, body.reasoning].includes('high'),
    ),
    sentOrWarned(
      '`strict` of a tool',
      { tools: [{ ...TOOL, strict: true }] },
      (body) => (body.tools[0].function ?? body.tools[0]).strict === true,
    ),
    sentOrWarned(
      '`inputExamples` of a tool',
      { tools: [{ ...TOOL, inputExamples: [{ city: 'Q7' }] }] },
      (body) => JSON.stringify(body.tools).includes('Q7'),
    ),
    sentOrWarned(
      'a provider tool that it does not know',
      { tools: [{ type: 'provider', id: 'other.search', name: 'search', args: {} }] },
      (body) => JSON.stringify(body.tools ?? '').includes('other.search'),
    ),
    sentOrWarned('`topK`', { topK: 4 }, (body) => (body.top_k ?? body.topK) === 4),
    {
      name: 'the other settings (temperature, topP, penalties, seed, stop): each is sent or warned about',
      async run(trial) {
        const settings = {
          temperature: 0.25,
          topP: 0.5,
          presencePenalty: 0.75,
          frequencyPenalty: 1,
          seed: 99,
          stopSequences: ['STOP!'],
        };
        const { body, warnings } = await trial.request(settings);
        const said = JSON.stringify([Object.values(body), warnings]);
        const lost = Object.entries(settings).filter(
          ([name, value]) => !said.includes(JSON.stringify(value)) && !said.includes(name),
        );
        return check(lost.length === 0, `lost: ${lost.map(([name]) => name)}`);
      },
    },
    {
      name: 'options on a message with one text part are kept',
      async run(trial) {
        const { text: sent } = await trial.request({
          prompt: [{ ...user(text('Hi')), providerOptions: trial.subject.cacheControl }],
        });
        return check(sent.includes('ephemeral'), 'lost');
      },
    },
    {
      name: 'cache control on a text part',
      async run(trial) {
        const prompt = [user(text('Hi', trial.subject.cacheControl), text('there'))];
        const { body } = await trial.request({ prompt });
        return check(
          JSON.stringify(trial.wire.messages(body)[0].content[0]).includes('ephemeral'),
          'not sent',
        );
      },
    },
    {
      name: 'cache control on the system message: sent or warned about',
      async run(trial) {
        const system = { role: 'system', content: 'Be brief.', providerOptions: trial.subject.cacheControl };
        const { text: sent, warnings } = await trial.request({ prompt: [system, user(text('Hi'))] });
        return check(sent.includes('ephemeral') || warnings.length > 0, 'lost without a warning');
      },
    },
    {
      name: 'a typo in the provider options is an error that names it',
      async run(trial) {
        const providerOptions = { [trial.subject.optionsKey]: { reasoningEfort: 'high' } };
        try {
          const { text: sent, warnings } = await trial.request({ providerOptions });
          if (JSON.stringify(warnings).includes('reasoningEfort')) return yes('as a warning');
          return no(sent.includes('reasoningEfort') ? 'sent to the server as it is' : 'dropped silently');
        } catch (error) {
          return check(error.message.includes('reasoningEfort'), messageOf(error));
        }
      },
    },
    {
      name: 'extra fields of the body have a documented place',
      async run(trial) {
        const { subject } = trial;
        // Each in its documented way; the AI Gateway takes options under its key only.
        const own = subject.optionsKey === 'auriko' ? { extraBody: { x_new: 1 } } : { x_new: 1 };
        const { body } = await trial.request({ providerOptions: { [subject.optionsKey]: own } });
        return check((body.x_new ?? body.providerOptions?.gateway?.x_new) === 1, 'not sent');
      },
    },
    {
      name: 'an empty list of tools is left out',
      async run(trial) {
        const { body } = await trial.request({ tools: [] });
        return check(body.tools === undefined, `sends ${quote(body.tools)}`);
      },
    },
    {
      name: 'tool choice of one tool',
      async run(trial) {
        const { body } = await trial.request({
          tools: [TOOL],
          toolChoice: { type: 'tool', toolName: 'weather' },
        });
        const choice = body.tool_choice ?? body.toolChoice;
        return check((choice?.function?.name ?? choice?.toolName) === 'weather', quote(choice ?? null));
      },
    },
    {
      name: 'the prompt is not changed',
      async run(trial) {
        const data = { type: 'data', data: new Uint8Array(PICTURE) };
        const prompt = [
          user(text('Hi'), { type: 'file', mediaType: 'image/png', data }),
          ...toolTurn({ b: 1, a: 2 }, { type: 'json', value: { b: 1, a: 2 } }).slice(1),
        ];
        const before = structuredClone(prompt);
        await trial.request({ prompt });
        return check(isSame(prompt, before), 'bytes are replaced by base64 in place');
      },
    },
    {
      name: 'tool calls and results are written in a stable key order (prompt caches)',
      async run(trial) {
        const send = async (value) =>
          JSON.stringify(
            trial.wire.messages(
              (await trial.request({ prompt: toolTurn(value, { type: 'json', value }) })).body,
            ),
          );
        const [first, second] = [
          await send({ a: 1, b: { c: 2, d: 3 } }),
          await send({ b: { d: 3, c: 2 }, a: 1 }),
        ];
        return check(first === second, 'order of the object');
      },
    },
    {
      name: 'images in tool results stay images',
      variants: {
        'openai-compatible': {
          setting: '`supportsMultiPartToolContent`',
          settings: { supportsMultiPartToolContent: true },
        },
      },
      async run(trial) {
        const { body } = await trial.request({
          prompt: toolTurn(
            { city: 'Paris' },
            {
              type: 'content',
              value: [
                { type: 'text', text: 'A map:' },
                { type: 'file', mediaType: 'image/png', data: { type: 'data', data: PICTURE_TEXT } },
              ],
            },
          ),
        });
        const messages = trial.wire.messages(body);
        const result = messages.find(({ role }) => role === 'tool');
        if (typeof result.content === 'string' && result.content.includes(PICTURE_TEXT)) {
          return no('sent to the model as base64 text');
        }
        return check(JSON.stringify(messages).includes(PICTURE_TEXT), 'lost');
      },
    },
    {
      name: 'a file of a kind that the wire has no word for is refused by name, not dropped',
      async run(trial) {
        const data = { type: 'data', data: new Uint8Array([1, 2, 3]) };
        const prompt = [user(text('Hi'), { type: 'file', mediaType: 'application/x-tar', data })];
        try {
          const { text: sent } = await trial.request({ prompt });
          return check(sent.includes('AQID'), 'dropped');
        } catch (error) {
          return check(error.message.includes('application/x-tar'), messageOf(error));
        }
      },
    },
    {
      name: 'PDF files',
      async run(trial) {
        const data = { type: 'data', data: new Uint8Array([1, 2, 3]) };
        const prompt = [user(text('Hi'), { type: 'file', mediaType: 'application/pdf', data })];
        try {
          const { text: sent } = await trial.request({ prompt });
          return check(sent.includes('AQID'), 'dropped');
        } catch (error) {
          return no(messageOf(error));
        }
      },
    },
    {
      name: '`Output.object`: the JSON schema is enforced (`json_schema`, strict)',
      async run(trial) {
        const server = await trial.server((exchange) =>
          exchange.reply(200, JSON.stringify(trial.wire.reply('{"city":"Paris"}')), {
            'content-type': 'application/json',
          }),
        );
        const { output } = await generateText({
          model: await trial.model(server),
          prompt: 'Hi',
          output: Output.object({ schema: z.object({ city: z.string() }) }),
        });
        const { response_format: format, responseFormat } = server.requests[0].body;
        if (output.city !== 'Paris') return no(quote(output));
        if (!trial.wire.isChat) return check(responseFormat?.schema !== undefined, 'schema not sent');
        return check(format?.json_schema?.strict === true, quote(format ?? null));
      },
    },
    {
      name: 'usage is asked for in streams',
      chatOnly: true,
      async run(trial) {
        const server = await trial.server((exchange) => exchange.reply(500, ''));
        await trial.read(server);
        const { stream_options: options, usage } = server.requests[0].body;
        return check(options?.include_usage === true || usage?.include === true, quote(options ?? null));
      },
    },
    {
      name: 'a tool call whose input is JSON text already goes back unchanged',
      chatOnly: true,
      async run(trial) {
        const input = '{"b": 1,  "a": 2}';
        const prompt = toolTurn(input, { type: 'text', value: 'ok' });
        const { body } = await trial.request({ prompt });
        const sent = body.messages[1].tool_calls[0].function.arguments;
        return check(sent === input, quote(sent));
      },
    },
    {
      name: 'models to fall back to: sent; a value of the wrong type is refused before the request',
      async run(trial) {
        const own = { models: ['m-2', 'm-3'] };
        const { body } = await trial.request({ providerOptions: { [trial.subject.optionsKey]: own } });
        const sent = body.gateway?.models ?? body.models ?? body.providerOptions?.gateway?.models;
        if (sent?.join() !== 'm-2,m-3') return no(quote(sent ?? null));
        // Whether the value is checked tells an option apart from a field that is passed on.
        try {
          await trial.request({ providerOptions: { [trial.subject.optionsKey]: { models: 5 } } });
          return partly('sent, but a wrong value too');
        } catch {
          return yes();
        }
      },
    },
  ],
};

function sentOrWarned(name, call, isSent) {
  return {
    name: `${name}: sent or warned about`,
    async run(trial) {
      const { body, warnings } = await trial.request(call);
      if (isSent(body)) return yes();
      return warnings.length > 0 ? yes('warned') : no('dropped without a warning');
    },
  };
}

function isSame(one, other) {
  if (one instanceof Uint8Array || other instanceof Uint8Array) {
    return one?.constructor === other?.constructor && Buffer.compare(one, other) === 0;
  }
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) {
    return Object.is(one, other);
  }
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => isSame(one[key], other[key]));
}
