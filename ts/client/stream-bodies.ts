// A stream of chunks as a byte stream, read as its reader reads: for `asResponse` and `toReadableStream`.

import type { ChatCompletionChunk } from './types.js';

/** Server-sent events: a `data` line for each chunk, then `[DONE]`. Cancelling it leaves the iteration. */
export function eventStream(chunks: AsyncIterable<ChatCompletionChunk>): ReadableStream<Uint8Array> {
  return byteStream(chunks, (chunk) => `data: ${JSON.stringify(chunk)}\n\n`, 'data: [DONE]\n\n');
}

/** One line of JSON for each chunk. Cancelling it leaves the iteration. */
export function lineStream(chunks: AsyncIterable<object>): ReadableStream<Uint8Array> {
  return byteStream(chunks, (chunk) => `${JSON.stringify(chunk)}\n`, '');
}

/** What `write` makes of each chunk, then the ending. Cancelling it leaves the iteration. */
export function byteStream<Chunk>(
  chunks: AsyncIterable<Chunk>,
  write: (chunk: Chunk) => string,
  ending: string,
): ReadableStream<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done !== true) return controller.enqueue(encoder.encode(write(value)));
        if (ending !== '') controller.enqueue(encoder.encode(ending));
        controller.close();
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    // Nothing is taken from the stream before it is asked for.
    { highWaterMark: 0 },
  );
}
