// Embeddings, in wire names: the OpenAI shape with `gateway`.

import type { ApiObject } from './api-object.js';
import type { GatewayOptions, RoutingMetadata } from './gateway.js';

/** A request for embeddings. */
export interface EmbeddingCreateParams {
  model: string;
  /** Texts, or texts as token ids. */
  input: string | readonly string[] | readonly number[] | readonly (readonly number[])[];
  /** Length of each vector, where the model can be told. */
  dimensions?: number;
  /** How vectors travel; `base64` is 32-bit little-endian floats. @default 'float' */
  encoding_format?: 'float' | 'base64';
  /** Your own id of the end user. */
  user?: string;
  gateway?: GatewayOptions;
  /** Merged over the body last; `gateway` child by child. Unchecked. */
  extraBody?: Readonly<Record<string, unknown>>;
}

/** The vector of one input. */
export interface Embedding {
  object?: 'embedding' | (string & {});
  /** Which input it belongs to. */
  index: number;
  /** Base64 text when that was asked for. */
  embedding: number[] | string;
  [field: string]: unknown;
}

/** Reply of `embeddings.create`. */
export interface EmbeddingList extends ApiObject {
  object?: 'list' | (string & {});
  data: Embedding[];
  model?: string;
  usage?: { prompt_tokens: number; total_tokens: number; [field: string]: unknown };
  routing_metadata?: RoutingMetadata;
}
