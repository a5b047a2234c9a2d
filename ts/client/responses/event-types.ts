// The events of a Responses stream, in wire names (api.md §4.5). They are told apart by `type`. Events of other types
// come unchanged, as `UnknownResponseEvent`: a reader's `switch` needs a `default`.

import type {
  Response,
  ResponseOutputItem,
  ResponseOutputRefusal,
  ResponseOutputText,
} from './output-types.js';

interface Event<Type extends string> {
  type: Type;
  /** Counts the events of a stream. */
  sequence_number?: number;
}

interface ItemEvent<Type extends string> extends Event<Type> {
  item_id: string;
  /** Place of the item in `response.output`. */
  output_index: number;
}

interface ContentEvent<Type extends string> extends ItemEvent<Type> {
  /** Place of the part in the item's `content`. */
  content_index: number;
}

interface SummaryEvent<Type extends string> extends ItemEvent<Type> {
  /** Place of the part in the item's `summary`. */
  summary_index: number;
}

/** The stream begins. */
export type ResponseBeginEvent = Event<'response.created' | 'response.in_progress'> & { response: Response };

/** The last event: the response as it became. A response that failed says why in `error`; nothing is thrown. */
export type ResponseTerminalEvent = Event<
  'response.completed' | 'response.incomplete' | 'response.failed'
> & { response: Response };

/** An item begins, or is whole. */
export type ResponseItemEvent = Event<'response.output_item.added' | 'response.output_item.done'> & {
  output_index: number;
  item: ResponseOutputItem;
};

/** A part of a message begins, or is whole. */
export type ResponseContentPartEvent = ContentEvent<
  'response.content_part.added' | 'response.content_part.done'
> & { part: ResponseOutputText | ResponseOutputRefusal };

/** More text. */
export type ResponseTextDeltaEvent = ContentEvent<'response.output_text.delta'> & {
  delta: string;
  logprobs?: Record<string, unknown>[];
};

/** The text of a part is whole. */
export type ResponseTextDoneEvent = ContentEvent<'response.output_text.done'> & {
  text: string;
  logprobs?: Record<string, unknown>[];
};

/** A part of a summary of the thinking begins, or is whole. */
export type ResponseSummaryPartEvent = SummaryEvent<
  'response.reasoning_summary_part.added' | 'response.reasoning_summary_part.done'
> & { part: { type: 'summary_text'; text: string } };

/** More of a summary. */
export type ResponseSummaryTextDeltaEvent = SummaryEvent<'response.reasoning_summary_text.delta'> & {
  delta: string;
};

/** A part of a summary is whole. */
export type ResponseSummaryTextDoneEvent = SummaryEvent<'response.reasoning_summary_text.done'> & {
  text: string;
};

/** More of a function call's JSON. */
export type ResponseArgumentsDeltaEvent = ItemEvent<'response.function_call_arguments.delta'> & {
  delta: string;
};

/** A function call's JSON is whole. */
export type ResponseArgumentsDoneEvent = ItemEvent<'response.function_call_arguments.done'> & {
  arguments: string;
  name?: string;
};

/** An event of a stream. `error` events with a code are thrown instead, as an `AurikoAPIError`. */
export type ResponseStreamEvent =
  | ResponseBeginEvent
  | ResponseTerminalEvent
  | ResponseItemEvent
  | ResponseContentPartEvent
  | ResponseTextDeltaEvent
  | ResponseTextDoneEvent
  | ResponseSummaryPartEvent
  | ResponseSummaryTextDeltaEvent
  | ResponseSummaryTextDoneEvent
  | ResponseArgumentsDeltaEvent
  | ResponseArgumentsDoneEvent;

/** An event that this version does not know. It comes as it is; a cast makes it this. */
export interface UnknownResponseEvent {
  type: string;
  sequence_number?: number;
  [field: string]: unknown;
}
