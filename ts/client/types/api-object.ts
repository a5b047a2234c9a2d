// What all replies have in common.

import type { ResponseHeaders } from '../response-headers.js';

/** A reply. Fields that the types do not know are kept. */
export interface ApiObject {
  /** Not enumerable, so that printing and copying a reply leave it out. */
  readonly responseHeaders: ResponseHeaders;
  [field: string]: unknown;
}

/** A list of one kind of object. */
export interface ApiList<T> extends ApiObject {
  object?: 'list' | (string & {});
  data: T[];
  /** How many there are. */
  count?: number;
}
