// What every subject asks for, and how its answer is read.

export const MODEL = 'bench-model';
export const PROMPT = 'Say something long.';
export const API_KEY = 'ak_test_bench';

/** The tool whose arguments the mock server streams. */
export const TOOL = {
  name: 'write_file',
  description: 'Writes a file.',
  parameters: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
};

/** The body of a chat completion, for subjects that write it themselves. Images are bytes. */
export function requestBody({ stream, images = [], tool = false }) {
  const content =
    images.length === 0
      ? PROMPT
      : [
          { type: 'text', text: PROMPT },
          ...images.map((image) => ({
            type: 'image_url',
            image_url: {
              url: `data:image/png;base64,${Buffer.from(image.buffer, image.byteOffset, image.byteLength).toString('base64')}`,
            },
          })),
        ];
  return {
    model: MODEL,
    messages: [{ role: 'user', content }],
    ...(tool ? { tools: [{ type: 'function', function: TOOL }] } : {}),
    ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
}

/** Characters of text and of tool arguments in a chunk of the wire. */
export function chunkLength(chunk) {
  const delta = chunk.choices[0]?.delta;
  if (delta === undefined) return 0;
  return (delta.content?.length ?? 0) + (delta.tool_calls?.[0]?.function?.arguments?.length ?? 0);
}

/**
 * Calls `read` until it is done, or until so many characters have come; what was read from then stays open as long as
 * the result is held.
 */
export async function drain(read, lengthOf, until = Number.POSITIVE_INFINITY) {
  let length = 0;
  let firstAt;
  while (length < until) {
    const { done, value } = await read();
    if (done) break;
    const more = lengthOf(value);
    if (more === 0) continue;
    firstAt ??= performance.now();
    length += more;
  }
  return { length, firstAt, read };
}

/** `read` for `drain` over anything that can be iterated. */
export function reading(iterable) {
  const iterator = iterable[Symbol.asyncIterator]();
  return () => iterator.next();
}
