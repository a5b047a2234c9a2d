// `me`: whose key it is (api.md §7.1).

import type { ApiPromise } from './api-promise.js';
import type { RequestOptions } from './request-options.js';
import { hasNoError, Resource } from './resource.js';
import type { ApiKeyIdentity } from './types.js';

/** The calling key. */
export class Me extends Resource {
  /** Name, workspace, scopes and rate limits of the calling key. Preview. Older services answer in an older form. */
  get(options?: RequestOptions): ApiPromise<ApiKeyIdentity> {
    return this.send(() => ({ method: 'GET', path: '/me' }), options, hasNoError);
  }
}
