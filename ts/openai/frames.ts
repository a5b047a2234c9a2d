// A response body to server-sent events, one at a time, on demand.

import { createParser } from 'eventsource-parser';

import { MAX_EVENT_BYTES, TransportError } from '../transport.js';
import { BodySource } from './body.js';

/** One server-sent event. */
export interface Frame {
  readonly event: string | null;
  readonly data: string;
  /** The body ended before the event's blank line. */
  readonly isCut: boolean;
}

/** How long a server may take to close after its last event before the connection is given up instead of reused. */
const SETTLE_MS = 50;

/**
 * The events of a body, keep-alives left out; ends with the body, after `[DONE]`, or when `signal` aborts. A last event
 * whose blank line never came counts.
 *
 * @throws TransportError when the connection breaks, the idle limit is exceeded, or an event is too large.
 */
export async function* readFrames(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  idleMs: number,
): AsyncGenerator<Frame, void, undefined> {
  const source = new BodySource(body, idleMs);
  const cancel = () => source.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  const frames: Frame[] = [];
  let isCut = false;
  let isTooLarge = false;
  let isDone = false;
  const parser = createParser({
    maxBufferSize: MAX_EVENT_BYTES,
    onEvent: ({ event, data }) => void frames.push({ event: event ?? null, data, isCut }),
    onError(error) {
      isTooLarge ||= error.type === 'max-buffer-size-exceeded';
    },
  });
  try {
    while (!isCut) {
      const text = await source.read();
      if (signal.aborted) return;
      isCut = text === undefined;
      // The blank line ends whatever event is open; without an open event it changes nothing.
      parser.feed(text ?? '\n\n');
      for (const frame of frames.splice(0)) {
        if (isKeepAlive(frame.data)) continue;
        source.touch();
        isDone = isDoneMark(frame);
        yield frame;
        if (isDone || signal.aborted) return;
      }
      if (isTooLarge) throw tooLarge();
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    if (isDone) void source.settle(SETTLE_MS);
    else source.cancel();
  }
}

/** Whether the event says that the stream is over. */
export function isDoneMark({ data }: Frame): boolean {
  return data.trim() === '[DONE]';
}

/** `data:` and `data: : keepalive` are keep-alives of servers that put their comment in a data field. */
function isKeepAlive(data: string): boolean {
  const text = data.trim();
  return text === '' || text.startsWith(':');
}

function tooLarge(): TransportError {
  const message = `An event of the stream is larger than ${MAX_EVENT_BYTES} bytes.`;
  return new TransportError({ kind: 'too-large', message });
}
