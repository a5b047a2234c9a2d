// The transport over the platform's fetch, or the user's: for edge runtimes, browsers, and machines without the addon.
// Edge-safe: nothing of Node is imported here or below.

import type { ChunkSink, CompletionEvent, EventSink, ResponseHead, StreamOutcome } from '../events.js';
import {
  type StreamHandle,
  type StreamOptions,
  type Transport,
  TransportError,
  type TransportReply,
  type TransportRequest,
} from '../transport.js';
import { ChunkDecoder, type FrameResult } from './fetch/decode-chunk.js';
import { failureOf } from './fetch/failure.js';
import { HoldBack } from './fetch/hold-back.js';
import { readFrames, Window } from './fetch/read-stream.js';
import { type OpenReply, type SendTools, sendWithRetries, sleep } from './fetch/send.js';

/** Settings of the fetch transport. */
export interface FetchTransportSettings {
  /** Used for every request. @default the platform's fetch */
  readonly fetch?: typeof globalThis.fetch;
  /** Jitter, waiting and clock; tests replace them. */
  readonly tools?: Partial<Pick<SendTools, 'random' | 'sleep' | 'now'>>;
}

/** A transport over fetch. */
export function createFetchTransport(settings: FetchTransportSettings = {}): Transport {
  const tools: SendTools = {
    // Looked up at each call: tools that instrument fetch replace the global one after this module was loaded.
    fetch: settings.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    random: Math.random,
    now: Date.now,
    sleep,
    ...settings.tools,
  };
  return {
    name: 'fetch',
    request: (request, signal) =>
      sendWithRetries(request, signal ?? new AbortController().signal, tools, readReply),
    streamEvents(request, { coalesce, includeRaw }, sink) {
      if (includeRaw) {
        return openStream(
          request,
          tools,
          sink,
          eventDecoder(sink, (chunk) => sink.raw(chunk)),
        );
      }
      if (typeof coalesce !== 'object') return openStream(request, tools, sink, eventDecoder(sink));
      const held = new HoldBack(sink, coalesce.everyMs);
      const handle = openStream(request, tools, held, eventDecoder(held));
      return {
        cancel() {
          held.drop();
          handle.cancel();
        },
        release: handle.release,
      };
    },
    streamChunks(request, _options: StreamOptions, sink) {
      return openStream(request, tools, sink, chunkDecoder(sink));
    },
  };
}

type OnFrame = (event: string | undefined, data: string, isCut: boolean) => FrameResult;

/**
 * One for all: a reason made at the abort would hold its stack trace, which holds the reader's stream, which could then not
 * be collected as long as a `FinalizationRegistry` holds this side of it.
 */
const CANCELLED = new DOMException('The stream was cancelled.', 'AbortError');

/** What both kinds of stream have in common. */
interface StreamTarget {
  head(head: ResponseHead): void;
  end(outcome: StreamOutcome): void;
}

function openStream(
  request: TransportRequest,
  tools: SendTools,
  target: StreamTarget,
  onFrame: OnFrame,
): StreamHandle {
  const controller = new AbortController();
  const window = new Window();
  let isOver = false;
  const run = async (): Promise<void> => {
    let outcome: StreamOutcome;
    try {
      // The retries end with the headers: `use` never fails once it has been called.
      outcome = await sendWithRetries(request, controller.signal, tools, (reply) => {
        target.head({ status: reply.status, headers: reply.headers });
        return readFrames(reply, window, (event, data, isCut) =>
          isOver ? 'skipped' : onFrame(event, data, isCut),
        );
      });
    } catch (thrown) {
      const failure = thrown instanceof TransportError ? thrown.failure : failureOf(thrown, 'before-headers');
      outcome = { type: 'failed', failure };
    }
    if (isOver) return;
    isOver = true;
    target.end(outcome);
  };
  void run();
  return {
    cancel() {
      if (isOver) return;
      isOver = true;
      controller.abort(CANCELLED);
      window.release();
    },
    release: () => window.release(),
  };
}

/** Frames to events. */
function eventDecoder(sink: EventSink, onChunk?: (chunk: unknown) => void): OnFrame {
  const decoder = new ChunkDecoder(sink, onChunk);
  return (event, data, isCut) => decoder.decode(event, data, isCut);
}

/** Frames to parsed chunks. The events are decoded too, for their judgement of what is malformed. */
function chunkDecoder(sink: ChunkSink): OnFrame {
  let parsed: unknown;
  const ignore = (): void => {};
  const target = {
    text: ignore,
    reasoning: ignore,
    toolArguments: ignore,
    event(event: CompletionEvent) {
      if (event.type === 'error' || event.type === 'malformed' || event.type === 'done') sink.event(event);
    },
  };
  const decoder = new ChunkDecoder(target, (chunk) => {
    parsed = chunk;
  });
  return (event, data, isCut) => {
    const result = decoder.decode(event, data, isCut);
    if (result === 'chunk') sink.chunk(parsed);
    return result;
  };
}

async function readReply(reply: OpenReply): Promise<TransportReply> {
  const { body, status, headers, watch } = reply;
  const decoder = new TextDecoder();
  let text = '';
  if (body !== null) {
    const reader = body.getReader();
    watch.guard(reader);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        watch.signal.throwIfAborted();
        if (done) break;
        watch.touch();
        text += decoder.decode(value, { stream: true });
      }
    } catch (thrown) {
      throw new TransportError(failureOf(thrown, 'after-headers'));
    }
  }
  watch.stop();
  return { status, headers, body: text + decoder.decode() };
}
