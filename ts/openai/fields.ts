// Auriko's fields in the types of the OpenAI package. Each file of the package is named twice: programs that import it
// see the `.mjs` declarations, programs that require it the `.js` ones.

// Only what a program sees already can be added to; the `.js` files come into sight by this.
export type {} from 'openai/core/streaming.js';

import type { GatewayOptions, RoutingMetadata } from '../client/types.js';
import type { AurikoErrorDetails } from './client-errors.js';

/** What the gateway reads of a request beside the OpenAI fields. */
export interface AurikoRequestFields {
  /** Routing, models to choose from, labels. */
  gateway?: GatewayOptions;
  /** Per provider, forwarded as it is. */
  extensions?: Record<string, Record<string, unknown>>;
}

/** What the gateway adds to a reply, and to the last chunk of a stream. */
export interface AurikoResponseFields {
  /** Where the call ran and what it cost. */
  routing_metadata?: RoutingMetadata;
}

/** The token counts that a stream of `Item` ends with. */
export type StreamUsage<Item> = Item extends { choices: unknown; usage?: infer Usage }
  ? NonNullable<Usage>
  : Item extends { type: 'response.completed'; response: { usage?: infer Usage } }
    ? NonNullable<Usage>
    : never;

/** What a stream of `AurikoOpenAI` knows; absent on streams of the plain client. */
export interface AurikoStreamFields<Item> {
  /** Where the call ran and what it cost; known at the end. */
  get routing(): RoutingMetadata | undefined;
  /** Token counts; known at the end. */
  get usage(): StreamUsage<Item> | undefined;
}

declare module 'openai/core/streaming.mjs' {
  interface Stream<Item> extends AurikoStreamFields<Item> {}
}
declare module 'openai/core/streaming.js' {
  interface Stream<Item> extends AurikoStreamFields<Item> {}
}

declare module 'openai/core/error.mjs' {
  interface APIError extends AurikoErrorDetails {}
}
declare module 'openai/core/error.js' {
  interface APIError extends AurikoErrorDetails {}
}

declare module 'openai/resources/chat/completions/completions.mjs' {
  interface ChatCompletionCreateParamsBase extends AurikoRequestFields {}
  interface ChatCompletion extends AurikoResponseFields {}
  interface ChatCompletionChunk extends AurikoResponseFields {}
}
declare module 'openai/resources/chat/completions/completions.js' {
  interface ChatCompletionCreateParamsBase extends AurikoRequestFields {}
  interface ChatCompletion extends AurikoResponseFields {}
  interface ChatCompletionChunk extends AurikoResponseFields {}
}

declare module 'openai/resources/responses/responses.mjs' {
  interface ResponseCreateParamsBase extends AurikoRequestFields {}
  interface Response extends AurikoResponseFields {}
}
declare module 'openai/resources/responses/responses.js' {
  interface ResponseCreateParamsBase extends AurikoRequestFields {}
  interface Response extends AurikoResponseFields {}
}
