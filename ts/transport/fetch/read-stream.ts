// A response body to frames, with the reader's pace: bytes are read only while the window has room.

import { createParser } from 'eventsource-parser';

import type { StreamOutcome } from '../../events.js';
import { MAX_EVENT_BYTES, WINDOW_BYTES } from '../../transport.js';
import { failureOf } from './failure.js';
import type { LimitWatch } from './limits.js';
import type { OpenReply } from './send.js';

/** What a frame was; after `last` reading ends. */
type OnFrame = (event: string | undefined, data: string, isCut: boolean) => 'skipped' | 'chunk' | 'last';

/** How long a server may take to close after its last event before the connection is given up instead of reused. A guess. */
const SETTLE_MS = 50;

/** Counts bytes between socket and reader; reading waits while it is full. */
export class Window {
  #bytes = 0;
  #open: (() => void) | undefined;

  /** Bytes came in. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The reader has consumed everything. */
  release(): void {
    this.#bytes = 0;
    this.#open?.();
    this.#open = undefined;
  }

  get isFull(): boolean {
    return this.#bytes >= WINDOW_BYTES;
  }

  /** Resolves at the next release. */
  opened(): Promise<void> {
    return new Promise((resolve) => {
      this.#open = resolve;
    });
  }
}

/**
 * Reads until the last frame, the end of the body, or a failure. A last event whose blank line never came counts.
 * The outcome is reported as soon as it is known, whatever the server does with the connection.
 */
export async function readFrames(
  reply: OpenReply,
  window: Window,
  onFrame: OnFrame,
  maxEventBytes: number = MAX_EVENT_BYTES,
): Promise<StreamOutcome> {
  const { watch, body } = reply;
  if (body === null) return { type: 'eof' };
  const reader = body.getReader();
  watch.guard(reader);
  const decoder = new TextDecoder();
  const tooLarge: StreamOutcome = {
    type: 'failed',
    failure: { kind: 'too-large', message: `An event of the stream is larger than ${maxEventBytes} bytes.` },
  };
  let isLast = false;
  let isCut = false;
  let isTooLarge = false;
  const parser = createParser({
    maxBufferSize: maxEventBytes,
    onEvent({ event, data }) {
      if (isLast) return;
      const result = onFrame(event, data, isCut);
      if (result !== 'skipped') watch.touch();
      isLast = result === 'last';
    },
    onError(error) {
      isTooLarge ||= error.type === 'max-buffer-size-exceeded';
    },
  });
  try {
    for (;;) {
      if (window.isFull) await pause(watch, window);
      const { done, value } = await reader.read();
      watch.signal.throwIfAborted();
      if (done) {
        // Ends whatever line and event are open; without an open event it changes nothing.
        isCut = true;
        parser.feed(`${decoder.decode()}\n\n`);
        if (isTooLarge) return tooLarge;
        return isLast ? { type: 'done' } : { type: 'eof' };
      }
      window.add(value.byteLength);
      parser.feed(decoder.decode(value, { stream: true }));
      if (isLast) {
        void settle(reader, watch);
        return { type: 'done' };
      }
      if (isTooLarge) {
        watch.cancel();
        return tooLarge;
      }
    }
  } catch (thrown) {
    return { type: 'failed', failure: watch.failure ?? failureOf(thrown, 'after-headers') };
  } finally {
    watch.stop();
  }
}

async function pause(watch: LimitWatch, window: Window): Promise<void> {
  watch.pauseIdle();
  await window.opened();
  watch.watchIdle();
}

/** Lets the body end by itself, so that the connection can be reused, but not for long. */
async function settle(reader: ReadableStreamDefaultReader<Uint8Array>, watch: LimitWatch): Promise<void> {
  const timer = setTimeout(() => watch.cancel(), SETTLE_MS);
  try {
    while (!(await reader.read()).done);
  } catch {
    // The reader has all it wanted.
  } finally {
    clearTimeout(timer);
  }
}
