// Large payloads of a request, kept out of the JSON: a token stands for each while the body is built, and the payload
// takes its place afterwards. `JSON.stringify` of eleven megabytes blocked the event loop for 67 ms
// (ai-sdk-provider.md §8); bytes are encoded by the transport, off the main thread where it can.

import { toBase64 } from '../base64.js';
import type { RequestBody } from '../transport.js';

/** Payloads from this size on stay out of the JSON. A guess; revisit with data. */
const LARGE_BYTES = 64 * 1024;

/** The payloads of one request. */
export class Payloads {
  readonly #payloads: (string | Uint8Array)[] = [];
  // Not to be met in a prompt, and the same in JSON as outside.
  readonly #token = `auriko-payload-${crypto.randomUUID()}-`;

  /** What to write into the body for the data, which is bytes or base64 text: itself, or what stands for it. */
  base64(data: string | Uint8Array): string {
    if (data.length < LARGE_BYTES) return typeof data === 'string' ? data : toBase64(data);
    // Text that is no base64 could end the JSON string that it goes into.
    if (typeof data === 'string' && !/^[A-Za-z0-9+/_-]*={0,2}$/.test(data)) return data;
    this.#payloads.push(data);
    return `${this.#token}${this.#payloads.length - 1};`;
  }

  /** The body of a request, with the payloads in their places. */
  body(request: unknown): RequestBody {
    const json = JSON.stringify(request);
    if (this.#payloads.length === 0) return json;
    const [first = '', ...rest] = json.split(this.#token);
    const pieces: (string | Uint8Array)[] = [first];
    for (const piece of rest) {
      const end = piece.indexOf(';');
      const payload = this.#payloads[Number(piece.slice(0, end))];
      if (payload !== undefined) pieces.push(payload);
      pieces.push(piece.slice(end + 1));
    }
    return pieces;
  }
}
