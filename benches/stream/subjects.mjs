// Who is measured. A subject is `open({ baseURL, headers })`, called once, which returns a function that streams one
// reply to its end and resolves to the length of the text it received. Each loads only its own package, so that
// memory is its own too. All of them reuse connections: fetch and reqwest keep a pool without being asked.

const MODEL = 'bench-model';
const PROMPT = 'Say something long.';
const API_KEY = 'ak_test_bench';

const CALL = { prompt: [{ role: 'user', content: [{ type: 'text', text: PROMPT }] }] };

export const SUBJECTS = {
  'auriko doStream (native)': async (server) => drainDoStream(await aurikoModel(server, 'native')),
  'auriko doStream (fetch)': async (server) => drainDoStream(await aurikoModel(server, 'fetch')),
  'auriko SDK': async ({ baseURL, headers }) => {
    const { Auriko } = await import('../../dist/client/index.js');
    return drainChunks(new Auriko({ apiKey: API_KEY, baseURL, headers, maxRetries: 0 }));
  },
  '@ai-sdk/openai-compatible doStream': async (server) => drainDoStream(await openaiCompatibleModel(server)),
  '@openrouter/ai-sdk-provider doStream': async (server) => drainDoStream(await openrouterModel(server)),
  openai: async ({ baseURL, headers }) => {
    const { OpenAI } = await import('openai');
    return drainChunks(new OpenAI({ apiKey: API_KEY, baseURL, defaultHeaders: headers, maxRetries: 0 }));
  },
  'bare fetch': async (server) => () => drainFetch(server),
  'auriko streamText': async (server) => drainStreamText(await aurikoModel(server, 'native')),
  '@ai-sdk/openai-compatible streamText': async (server) =>
    drainStreamText(await openaiCompatibleModel(server)),
  '@openrouter/ai-sdk-provider streamText': async (server) => drainStreamText(await openrouterModel(server)),
};

async function aurikoModel({ baseURL, headers }, transport) {
  const { createAuriko } = await import('../../dist/index.js');
  return createAuriko({ apiKey: API_KEY, baseURL, headers, transport })(MODEL);
}

async function openaiCompatibleModel({ baseURL, headers }) {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const provider = createOpenAICompatible({
    name: 'mock',
    apiKey: API_KEY,
    baseURL,
    headers,
    includeUsage: true,
  });
  return provider(MODEL);
}

async function openrouterModel({ baseURL, headers }) {
  const { createOpenRouter } = await import('@openrouter/ai-sdk-provider');
  return createOpenRouter({ apiKey: API_KEY, baseURL, headers }).chat(MODEL);
}

function drainDoStream(model) {
  return async () => {
    const { stream } = await model.doStream(CALL);
    const reader = stream.getReader();
    let length = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return length;
      if (value.type === 'text-delta') length += value.delta.length;
      if (value.type === 'error') throw value.error;
    }
  };
}

async function drainStreamText(model) {
  const { streamText } = await import('ai');
  return async () => {
    let failure;
    const onError = ({ error }) => {
      failure = error;
    };
    let length = 0;
    for await (const text of streamText({ model, prompt: PROMPT, maxRetries: 0, onError }).textStream) {
      length += text.length;
    }
    if (failure !== undefined) throw failure;
    return length;
  };
}

function drainChunks(client) {
  return async () => {
    const stream = await client.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content: PROMPT }],
      stream: true,
      stream_options: { include_usage: true },
    });
    let length = 0;
    for await (const chunk of stream) length += chunk.choices[0]?.delta?.content?.length ?? 0;
    return length;
  };
}

/** The least that a program can do with fetch alone: read, split, parse, take the text. */
async function drainFetch({ baseURL, headers }) {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` },
    body: JSON.stringify({
      model: MODEL,
      messages: [{ role: 'user', content: PROMPT }],
      stream: true,
      stream_options: { include_usage: true },
    }),
  });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return length;
    const events = (rest + decoder.decode(value, { stream: true })).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      if (event === 'data: [DONE]') continue;
      const chunk = JSON.parse(event.slice('data: '.length));
      length += chunk.choices[0]?.delta?.content?.length ?? 0;
    }
  }
}
