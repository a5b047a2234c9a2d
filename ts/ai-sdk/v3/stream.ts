// The V3 stream over a V4 one. Not a TransformStream, which would add a queue of its own to every part: each read here
// is one read there, so whatever nobody asks for waits in the part queue, where adjacent deltas become one.

import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';

import { toV3StreamPart } from './results.js';
import type { LanguageModelV3StreamPart } from './types.js';

/** The V3 parts of a V4 stream. Cancelling it cancels that one, and it fails with the same reason. */
export function toV3Stream(
  stream: ReadableStream<LanguageModelV4StreamPart>,
): ReadableStream<LanguageModelV3StreamPart> {
  const reader = stream.getReader();
  return new ReadableStream<LanguageModelV3StreamPart>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await reader.read();
          // After a cancel this throws; a stream that is over already takes no notice.
          if (done) return controller.close();
          const part = toV3StreamPart(value);
          if (part !== undefined) return controller.enqueue(part);
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // Nothing is asked for before it is read.
    { highWaterMark: 0 },
  );
}
