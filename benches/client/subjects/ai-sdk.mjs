// A language model of the AI SDK as a client, read directly or through `ai`.

import { drain, PROMPT, reading, TOOL } from './call.mjs';

/** @param layer `direct`, `textStream` or `uiMessageStream` */
export async function modelClient(model, layer) {
  return { stream: await STREAMS[layer](model), plain: () => plain(model) };
}

const STREAMS = {
  direct:
    (model) =>
    async ({ until, ...rest } = {}) => {
      const { stream } = await model.doStream(callOptions(rest));
      const reader = stream.getReader();
      return drain(() => reader.read(), partLength, until);
    },
  async textStream(model) {
    const run = await throughAi(model);
    return ({ until } = {}) =>
      run((result) => drain(reading(result.textStream), (text) => text.length, until));
  },
  async uiMessageStream(model) {
    const { toUIMessageStream } = await import('ai');
    const run = await throughAi(model);
    return ({ until } = {}) =>
      run(({ stream }) => drain(reading(toUIMessageStream({ stream })), partLength, until));
  },
};

async function throughAi(model) {
  const { streamText } = await import('ai');
  return async (use) => {
    let failure;
    const onError = ({ error }) => {
      failure = error;
    };
    const used = await use(streamText({ model, prompt: PROMPT, maxRetries: 0, onError }));
    if (failure !== undefined) throw failure;
    return used;
  };
}

async function plain(model) {
  const { content } = await model.doGenerate(callOptions({}));
  return content[0].text.length;
}

function callOptions({ images = [], tool = false }) {
  const content = [
    { type: 'text', text: PROMPT },
    ...images.map((data) => ({ type: 'file', mediaType: 'image/png', data: { type: 'data', data } })),
  ];
  const tools = [
    { type: 'function', name: TOOL.name, description: TOOL.description, inputSchema: TOOL.parameters },
  ];
  return { prompt: [{ role: 'user', content }], ...(tool ? { tools } : {}) };
}

/** Stream parts, and the chunks of UI message streams: both call their deltas by these names. */
function partLength(part) {
  if (part.type === 'text-delta' || part.type === 'tool-input-delta') return part.delta.length;
  if (part.type === 'error') throw part.error ?? new Error(part.errorText);
  return 0;
}
