// What a stream says about itself beside its content: token counts, routing, and whether it has come to its end. A cut
// stream ends without any error in the OpenAI package, so somebody has to know what the end looks like.

import type { RoutingMetadata } from '../client/types.js';
import { isRecord } from '../errors/envelope.js';
import { parseRoutingMetadata } from './routing.js';

/** Events that end a stream of the Responses API. */
const TERMINAL_EVENTS: ReadonlySet<unknown> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
]);

/** How a stream says that it is whole: by a finish reason, by a terminal event, or not at all. */
type Ending = 'finish-reason' | 'terminal-event' | 'unknown';

/** Collects the facts of one stream. */
export class StreamFacts {
  /** Token counts, the wire object. The last one wins. */
  usage: Record<string, unknown> | undefined;
  /** The last one wins. */
  routing: RoutingMetadata | undefined;
  /** The request's path, such as `/chat/completions`; unknown until the client has told. */
  path: string | undefined;
  #hasEnded = false;

  /** Takes one item into account. */
  see(item: unknown): void {
    if (!isRecord(item)) return;
    const { choices, type, response } = item;
    const holder = isRecord(response) ? response : item;
    if (isRecord(holder['usage'])) this.usage = holder['usage'];
    this.routing = parseRoutingMetadata(item) ?? this.routing;
    const hasFinished = Array.isArray(choices) && choices.some((choice) => choice?.finish_reason);
    if (hasFinished || TERMINAL_EVENTS.has(type)) this.#hasEnded = true;
  }

  /** Whether the stream may end here without `[DONE]`. */
  get isWhole(): boolean {
    return this.#hasEnded || endingOf(this.path) === 'unknown';
  }
}

function endingOf(path: string | undefined): Ending {
  if (path === undefined) return 'unknown';
  if (path.endsWith('/completions')) return 'finish-reason';
  return /\/responses(\/[^/]+)?$/.test(path) ? 'terminal-event' : 'unknown';
}
