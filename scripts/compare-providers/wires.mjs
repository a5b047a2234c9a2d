// The two wires that the subjects speak. What has to be said in both, such as "two deltas of text", is a function of
// the wire; what only chat completions can say is written in the scenario.

export const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

/** The wire text of frames: objects as JSON, texts as they are. */
export const frames = (...values) =>
  values.map((value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`).join('');

/** A chunk of a chat completion with one choice. */
export const chunk = (delta, more = {}) => ({
  id: 'c1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'm-1',
  choices: [{ index: 0, delta, ...more }],
});

/** The usual end of a chat stream, without `[DONE]`. */
export const ending = (reason = 'stop', usage = USAGE) => [
  chunk({}, { finish_reason: reason }),
  { id: 'c1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'm-1', choices: [], usage },
];

/** Part of a tool call. */
export const toolDelta = (call) => chunk({ tool_calls: [call] });

/** A chat completion that is not streamed. */
export const completion = (message, more = {}) => ({
  id: 'c1',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'm-1',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: 'stop' }],
  usage: USAGE,
  ...more,
});

/** An error as Auriko writes it; OpenAI's shape with more fields. */
export const errorBody = (type, code, more = {}) => ({
  error: { message: `about ${code}`, type, param: null, code, provider: null, ...more },
});

export const CHAT_WIRE = {
  isChat: true,
  start: () => [chunk({ role: 'assistant', content: '' })],
  text: (...deltas) => deltas.map((content) => chunk({ content })),
  end: () => ending(),
  /** Frames up to the finish word, with nothing behind it. */
  endWithFinish: () => ending().slice(0, 1),
  reply: (text) => completion({ content: text }),
  error: (message) => ({ error: { message, type: 'api_error', code: 'upstream_error' } }),
  /** The messages of a request. */
  messages: (body) => body.messages,
};

const GATEWAY_USAGE = {
  inputTokens: { total: 10, noCache: 10, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 5, text: 5, reasoning: 0 },
};
const GATEWAY_FINISH = { unified: 'stop', raw: 'stop' };

/** What the AI Gateway speaks: the SDK's call options in, its stream parts out. */
export const GATEWAY_WIRE = {
  isChat: false,
  start: () => [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', id: 'c1', modelId: 'm-1', timestamp: '2023-11-14T22:13:20.000Z' },
    { type: 'text-start', id: '0' },
  ],
  text: (...deltas) => deltas.map((delta) => ({ type: 'text-delta', id: '0', delta })),
  end: () => [
    { type: 'text-end', id: '0' },
    { type: 'finish', finishReason: GATEWAY_FINISH, usage: GATEWAY_USAGE },
  ],
  endWithFinish: () => GATEWAY_WIRE.end(),
  reply: (text) => ({
    content: [{ type: 'text', text }],
    finishReason: GATEWAY_FINISH,
    usage: GATEWAY_USAGE,
    warnings: [],
  }),
  error: (message) => ({ type: 'error', error: { message, type: 'internal_server_error' } }),
  messages: (body) => body.prompt,
};
