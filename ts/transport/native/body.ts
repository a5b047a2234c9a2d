// Request bodies on their way to the core. Text and small payloads go with the call that opens the stream; larger ones
// follow in slices, one per turn of the event loop: copying sixteen megabytes at once would hold it up for ten
// milliseconds and more. Until all was handed over the caller must leave the bytes as they are.

import type { NativeRequest } from '../../../index.js';
import type { RequestBody } from '../../transport.js';

/** What one turn copies, bytes: below a millisecond. A multiple of three, since each slice becomes base64 on its own. */
const SLICE_BYTES = 3 * 128 * 1024;

/** Bytes that follow, and how many there were when that was said. */
export interface Payload {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** A body as the core's `open` takes it, and what it has to be supplied with afterwards. */
export interface SplitBody {
  readonly fields: Pick<NativeRequest, 'body' | 'bodyParts'>;
  readonly payloads: readonly Payload[];
}

/** Keeps back the payloads that are too much for one turn. */
export function splitBody(body: RequestBody | undefined): SplitBody {
  if (body === undefined) return { fields: {}, payloads: [] };
  if (typeof body === 'string') return { fields: { body }, payloads: [] };
  const payloads: Payload[] = [];
  let room = SLICE_BYTES;
  const bodyParts = body.map((part) => {
    if (typeof part === 'string') return part;
    room -= part.length;
    if (room >= 0) return part;
    payloads.push({ bytes: part, length: part.length });
    return part.length;
  });
  return { fields: { bodyParts }, payloads };
}

/** What `payloads` consist of, slice by slice. @throws Error when the bytes were taken away or became others */
export function* slicesOf(payloads: readonly Payload[]): Generator<Uint8Array, void> {
  for (const { bytes, length } of payloads) {
    for (let start = 0; start < length; start += SLICE_BYTES) {
      if (bytes.length !== length) {
        throw new Error('bytes of the prompt changed their length while they were being sent');
      }
      yield bytes.subarray(start, start + SLICE_BYTES);
    }
  }
}
