// The JavaScript end of the outbox (crates/auriko-client/src/outbox.rs): one wake-up, one drain for all streams,
// and every record goes to the sink of its stream. One inbox per Node environment.

import type { NativeCore } from '../../../index.js';
import type { ChunkSink, CompletionEvent, EventSink, ResponseHead, TransportFailure } from '../../events.js';
import { type StreamHandle, WINDOW_BYTES } from '../../transport.js';
import { type Payload, slicesOf } from './body.js';
import { Turns } from './turns.js';

/** Layout of the drained array, equal to the constants of outbox.rs. */
const HEADER_LENGTH = 4;
const RECORD_LENGTH = 4;
const RECORD_COST = 32;

/** Records one drain can hold; a drain that needs more is repeated at once. */
const RECORD_CAPACITY = 4096;

/** Consumed units are given back in steps, not for every delta. */
const RELEASE_STEP = WINDOW_BYTES / 4;

/** Kinds of records, equal to `Kind` in outbox/block.rs. */
const KIND_TEXT = 1;
const KIND_REASONING = 2;
const KIND_TOOL_ARGUMENTS = 3;
const KIND_EVENT = 4;
const KIND_RAW = 5;
const KIND_CHUNK = 6;
const KIND_HEAD = 7;
const KIND_BODY = 8;
const KIND_DONE = 9;
const KIND_EOF = 10;
const KIND_FAILED = 11;

/** What a stream may deliver to: each mode uses its own part. */
export type RecordSink = Pick<EventSink, 'end'> &
  Partial<EventSink & ChunkSink & { body(text: string): void }>;

class Stream implements StreamHandle {
  /** Units delivered and not yet given back. */
  delivered = 0;

  constructor(
    private readonly inbox: Inbox,
    readonly sink: RecordSink,
    readonly id: number,
  ) {}

  cancel(): void {
    this.inbox.cancel(this.id);
  }

  release(): void {
    if (this.delivered >= RELEASE_STEP) {
      this.inbox.core.release(this.id, this.delivered);
      this.delivered = 0;
    }
  }
}

/** One drain, on its way to the sinks. */
interface Batch {
  readonly text: string;
  readonly chunks: ChunkReader;
  /** The next record in the array, and the end of the last. */
  offset: number;
  readonly end: number;
  /** Where the next record's text begins. */
  position: number;
}

/** Receives for all streams of this environment. */
export class Inbox {
  readonly core: NativeCore;
  readonly #streams = new Map<number, Stream>();
  readonly #records = new Int32Array(HEADER_LENGTH + RECORD_CAPACITY * RECORD_LENGTH);
  /** What is being delivered. */
  #batch: Batch | undefined;
  /** The core has records that were not drained. */
  #hasMore = false;
  readonly #turns = new Turns();

  constructor(create: (wake: () => void) => NativeCore) {
    this.core = create(() => this.#wake());
  }

  /**
   * Registers a stream that `open` has started, and supplies the `payloads` that its body still needs. Nothing is
   * delivered before the next turn of the event loop.
   */
  start(
    open: (core: NativeCore) => number,
    sink: RecordSink,
    payloads: readonly Payload[] = [],
  ): StreamHandle {
    let id: number;
    try {
      id = open(this.core);
    } catch (cause) {
      const failure: TransportFailure = { kind: 'request', message: "the request can't be sent", cause };
      queueMicrotask(() => sink.end({ type: 'failed', failure }));
      return { cancel() {}, release() {} };
    }
    const stream = new Stream(this, sink, id);
    this.#streams.set(id, stream);
    if (payloads.length > 0) this.#supply(stream, slicesOf(payloads));
    return stream;
  }

  /** One slice, and the next one in the next turn; none for a stream that has ended. */
  #supply(stream: Stream, slices: Iterator<Uint8Array, void>): void {
    if (this.#streams.get(stream.id) !== stream) return;
    try {
      const slice = slices.next();
      if (slice.done || !this.core.supply(stream.id, slice.value)) return;
    } catch (cause) {
      this.cancel(stream.id);
      const failure: TransportFailure = { kind: 'request', message: "the request can't be sent", cause };
      queueMicrotask(() => stream.sink.end({ type: 'failed', failure }));
      return;
    }
    setImmediate(() => this.#supply(stream, slices));
  }

  cancel(id: number): void {
    if (this.#streams.delete(id)) this.core.cancel(id);
  }

  /** Takes what waits. While records are still being delivered, which the array holds, the last turn does it. */
  #wake(): void {
    this.#hasMore = true;
    if (this.#batch === undefined) this.#turn();
  }

  /**
   * Delivers to a few streams, then lets the event loop run what they set off. A thousand readers that go on together
   * keep everything alive that each of them makes on its way, which more than doubled what `ai` costs per stream.
   */
  #turn(): void {
    const limit = this.#turns.begin();
    let streams = 0;
    let last = -1;
    while (this.#batch !== undefined || this.#hasMore) {
      this.#batch ??= this.#drain();
      const batch = this.#batch;
      while (batch.offset < batch.end) {
        const id = at(this.#records, batch.offset);
        if (id !== last) {
          if (streams === limit) {
            this.#turns.end(streams, () => this.#turn());
            return;
          }
          streams += 1;
          last = id;
        }
        this.#take(batch);
      }
      this.#batch = undefined;
    }
    this.#turns.end(streams);
  }

  #drain(): Batch {
    const records = this.#records;
    const text = this.core.drain(records);
    this.#hasMore = records[1] === 1;
    return {
      text,
      chunks: new ChunkReader(text, at(records, 2), at(records, 3)),
      offset: HEADER_LENGTH,
      end: HEADER_LENGTH + at(records, 0) * RECORD_LENGTH,
      position: 0,
    };
  }

  /** Delivers the next record. */
  #take(batch: Batch): void {
    const records = this.#records;
    const { offset, text, chunks } = batch;
    batch.offset += RECORD_LENGTH;
    const kind = at(records, offset + 1);
    const length = at(records, offset + 3);
    const stream = this.#streams.get(at(records, offset));
    if (kind === KIND_CHUNK) {
      chunks.skip(length);
    } else {
      batch.position += length;
    }
    // A stream that was cancelled while it waited here.
    if (stream === undefined) return;
    stream.delivered += length + RECORD_COST;
    try {
      if (kind === KIND_CHUNK) {
        this.#deliverChunk(stream, chunks.take());
      } else {
        const piece = text.substring(batch.position - length, batch.position);
        this.#deliver(stream, kind, at(records, offset + 2), piece);
      }
    } catch (error) {
      // A sink that throws is a bug; it must not silence the streams behind it.
      this.cancel(stream.id);
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #deliver(stream: Stream, kind: number, index: number, text: string): void {
    const { sink } = stream;
    switch (kind) {
      case KIND_TEXT:
        return sink.text?.(text);
      case KIND_REASONING:
        return sink.reasoning?.(text);
      case KIND_TOOL_ARGUMENTS:
        return sink.toolArguments?.(index, text);
      case KIND_EVENT:
        // Written by serde from `Event`, whose shape is that of CompletionEvent.
        return sink.event?.(JSON.parse(text) as CompletionEvent);
      case KIND_RAW:
        return deliverRaw(sink, text);
      case KIND_HEAD:
        return sink.head?.(JSON.parse(text) as ResponseHead);
      case KIND_BODY:
        return sink.body?.(text);
      case KIND_DONE:
        this.#streams.delete(stream.id);
        return sink.end({ type: 'done' });
      case KIND_EOF:
        this.#streams.delete(stream.id);
        return sink.end({ type: 'eof' });
      case KIND_FAILED:
        this.#streams.delete(stream.id);
        return sink.end({ type: 'failed', failure: JSON.parse(text) as TransportFailure });
      default:
        throw new Error(`record kind ${kind} is unknown: the addon and the package have different versions`);
    }
  }

  #deliverChunk(stream: Stream, chunk: unknown): void {
    if (chunk === undefined) {
      stream.sink.event?.({ type: 'malformed', detail: 'invalid JSON' });
      this.cancel(stream.id);
      stream.sink.end({ type: 'done' });
    } else {
      stream.sink.chunk?.(chunk);
    }
  }
}

/** Reads the chunks of one drain, which are one JSON array: parsed once, for all streams. */
class ChunkReader {
  #parsed: unknown[] | undefined;
  #next = 0;
  /** Where the last skipped chunk is in the text, for the case that the array can't be parsed as a whole. */
  #start: number;
  #end: number;
  #oneByOne = false;

  constructor(
    private readonly text: string,
    private readonly arrayAt: number,
    private readonly count: number,
  ) {
    this.#start = arrayAt;
    this.#end = arrayAt;
  }

  skip(length: number): void {
    this.#start = this.#end + 1;
    this.#end = this.#start + length;
    this.#next++;
  }

  /** The chunk that was skipped last; undefined when it is not JSON to this engine. */
  take(): unknown {
    if (this.#parsed === undefined && !this.#oneByOne) {
      try {
        this.#parsed = JSON.parse(this.text.substring(this.arrayAt)) as unknown[];
      } catch {
        this.#oneByOne = true;
      }
    }
    if (this.#parsed?.length === this.count) return this.#parsed[this.#next - 1];
    try {
      return JSON.parse(this.text.substring(this.#start, this.#end));
    } catch {
      return undefined;
    }
  }
}

function deliverRaw(sink: RecordSink, text: string): void {
  let chunk: unknown;
  try {
    chunk = JSON.parse(text);
  } catch {
    // The `malformed` event behind it says so.
    return;
  }
  sink.raw?.(chunk);
}

/** The array is as long as its header says. */
function at(records: Int32Array, index: number): number {
  return records[index] as number;
}
