// What is asked of every gateway. What the mock upstream shall answer stands in the model id, since gateways do not pass
// foreign headers on (crates/auriko-testkit/src/script.rs).

/** Characters of a text piece, ` token12`. */
const PIECE_LENGTH = 8;

/** A reply of 1 KiB of text. */
const PLAIN = { group: 'plain', model: 'bench.bytes-1024', stream: false, tokens: 1024 / PIECE_LENGTH };
const STREAM = { group: 'stream', stream: true, tokens: 200 };

/**
 * `connections`: requests at once, each on its own connection. `rate`: requests begin at this many per second, whether
 * or not earlier ones have been answered; without it, each connection sends its next when its last is complete.
 */
export const SCENARIOS = {
  'plain 1': { ...PLAIN, connections: 1 },
  'plain 16': { ...PLAIN, connections: 16 },
  'plain 64': { ...PLAIN, connections: 64 },
  'plain 50/s': { ...PLAIN, connections: 64, rate: 50 },
  'stream 32x200': { ...STREAM, model: 'bench.chunks-200', connections: 32 },
  // The first piece comes at once: a timer of the mock's, of whole milliseconds, would decide about the first token. Streams of two
  // seconds begin one after the other, so that 30 are open: those that begin together wait for each other, as callers don't.
  'stream 32x200@10ms': {
    ...STREAM,
    model: 'bench.chunks-200.burst-2.pace-ms-10',
    connections: 32,
    rate: 15,
    paced: true,
  },
};

/** Answered in the process itself, by the simulated model: what is left is what lies between the caller and the gateway. */
export const SIMULATED = {
  group: 'plain',
  model: 'bench.simulated',
  stream: false,
  tokens: 16,
  connections: 16,
};

/** Every model id in use, for configurations that list them. */
export const MODELS = [...new Set(Object.values(SCENARIOS).map(({ model }) => model))];

/** The request of a scenario. With an output limit, as callers have who must stay within a budget. */
export function requestBody({ model, stream, tokens }) {
  return {
    model,
    messages: [{ role: 'user', content: 'Say something long.' }],
    max_tokens: tokens,
    ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
  };
}

/** How long to warm up and to measure, milliseconds. Paced streams take two seconds each, and begin until then. */
export function durations({ paced }, isQuick) {
  if (isQuick) return { warmUpMs: paced ? 0 : 300, measuredMs: 1000 };
  return { warmUpMs: 1000, measuredMs: paced ? 10_000 : 5000 };
}
