// What the mock server is told to send (crates/auriko-testkit/src/script.rs), and what must arrive then.

/** Characters per delta: the length of ` token12`. */
export const TEXT_LENGTH = 8;

/** The headers of a scenario's requests. */
export function scriptHeaders({ chunks, paceMs, lingerMs, burst, toolBytes, replyBytes }) {
  const numbers = {
    'x-mock-chunks': chunks,
    'x-mock-text': TEXT_LENGTH,
    'x-mock-pace-ms': paceMs,
    'x-mock-linger-ms': lingerMs,
    'x-mock-burst': burst,
    'x-mock-tool-bytes': toolBytes,
    'x-mock-bytes': replyBytes,
  };
  const given = Object.entries(numbers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
}

/** Throws when a subject lost a part of a stream: what does not arrive costs nothing. */
export function expectStreamed(length, { chunks, toolBytes }) {
  expectLength(length, toolBytes || chunks * TEXT_LENGTH);
}

/** Throws when a subject lost a part of a reply that is not streamed. */
export function expectPlain(length, { replyBytes }) {
  expectLength(length, replyBytes);
}

function expectLength(length, expected) {
  if (length !== expected) throw new Error(`received ${length} characters instead of ${expected}`);
}
