// `embeddings.create`, for services that have embeddings: the hosted one plans them.

import type { ApiPromise } from './api-promise.js';
import type { RequestOptions } from './request-options.js';
import { hasArray, Resource } from './resource.js';
import { mergeGatewayExtraBody } from './routing-options.js';
import type { EmbeddingCreateParams, EmbeddingList } from './types.js';

/** Embeddings. */
export class Embeddings extends Resource {
  /** A vector for each input. */
  create(params: EmbeddingCreateParams, options?: RequestOptions): ApiPromise<EmbeddingList> {
    return this.send(
      () => {
        const { extraBody, ...body } = params;
        return { method: 'POST', path: '/embeddings', body: mergeGatewayExtraBody(body, extraBody) };
      },
      options,
      hasArray('data'),
    );
  }
}
