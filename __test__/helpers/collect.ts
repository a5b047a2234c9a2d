// Collects what a transport delivers, as plain data that can be compared.

import type { CompletionEvent, EventSink, ResponseHead, StreamOutcome } from '../../ts/events.js';
import type { StreamHandle, StreamOptions, Transport, TransportRequest } from '../../ts/transport.js';

/** All that a stream delivered. */
export interface Collected {
  head: ResponseHead | undefined;
  events: CompletionEvent[];
  raw: unknown[];
  outcome: StreamOutcome;
}

/** A request to a test server, under limits that no test reaches by accident. */
export function testRequest(url: string, more: Partial<TransportRequest> = {}): TransportRequest {
  return {
    method: 'POST',
    url: `${url}/chat/completions`,
    headers: { 'content-type': 'application/json', authorization: 'Bearer ak_test' },
    body: '{"stream":true}',
    limits: { connectMs: 10_000, firstByteMs: 10_000, idleMs: 10_000, totalMs: 0 },
    maxRetries: 0,
    ...more,
  };
}

/** Streams and resolves at the end. Without merging, unless asked for: so events can be compared one by one. */
export function collect(
  transport: Transport,
  request: TransportRequest,
  options: Partial<StreamOptions> = {},
  onEvent?: (event: CompletionEvent, handle: StreamHandle) => void,
): Promise<Collected> {
  return new Promise((resolve) => {
    const collected: Collected = { head: undefined, events: [], raw: [], outcome: { type: 'eof' } };
    const add = (event: CompletionEvent) => {
      collected.events.push(event);
      onEvent?.(event, handle);
      handle.release();
    };
    const sink: EventSink = {
      head(head) {
        collected.head = head;
      },
      text: (delta) => add({ type: 'text', delta }),
      reasoning: (delta) => add({ type: 'reasoning', delta }),
      toolArguments: (index, delta) =>
        add({ type: 'tool-call', ...(index < 0 ? {} : { index }), arguments: delta }),
      event: add,
      raw: (chunk) => void collected.raw.push(chunk),
      end(outcome) {
        resolve({ ...collected, outcome });
      },
    };
    const handle: StreamHandle = transport.streamEvents(
      request,
      { coalesce: 'off', includeRaw: false, ...options },
      sink,
    );
  });
}

/** Adjacent deltas joined, for comparisons that merging must not disturb. */
export function merged(events: readonly CompletionEvent[]): CompletionEvent[] {
  const result: CompletionEvent[] = [];
  for (const event of events) {
    const last = result.at(-1);
    if ((event.type === 'text' || event.type === 'reasoning') && last?.type === event.type) {
      last.delta += event.delta;
    } else {
      result.push({ ...event });
    }
  }
  return result;
}
