// `models`: what can be called, and what the catalogue knows (api.md §6).

import type { ApiPromise } from './api-promise.js';
import { pathSegment, type RequestOptions } from './request-options.js';
import { hasArray, hasObject, hasTexts, Resource } from './resource.js';
import type {
  Model,
  ModelDirectory,
  ModelList,
  ModelListParams,
  ModelRegistry,
  ProviderList,
} from './types.js';

/** Models and providers. */
export class Models extends Resource {
  /** The models that the key may call. */
  list(params: ModelListParams = {}, options?: RequestOptions): ApiPromise<ModelList> {
    const { endpoint } = params;
    return this.send(
      () => ({ method: 'GET', path: '/models', query: { endpoint } }),
      options,
      hasArray('data'),
    );
  }

  /**
   * One callable model, by id or alias.
   *
   * @throws NotFoundError with code `model_not_found`.
   */
  retrieve(model: string, options?: RequestOptions): ApiPromise<Model> {
    const describe = () => ({ method: 'GET' as const, path: `/models/${pathSegment(model, 'model')}` });
    return this.send(describe, options, hasTexts('id'));
  }

  /** All models with their providers, prices, limits and data policies. Preview; needs no key. */
  listDirectory(options?: RequestOptions): ApiPromise<ModelDirectory> {
    return this.send(() => ({ method: 'GET', path: '/directory/models' }), options, hasObject('models'));
  }

  /** All canonical models, and who serves them. Preview; needs no key. */
  listRegistry(options?: RequestOptions): ApiPromise<ModelRegistry> {
    return this.send(() => ({ method: 'GET', path: '/registry/models' }), options, hasArray('models'));
  }

  /** All providers. Preview; needs no key. */
  listProviders(options?: RequestOptions): ApiPromise<ProviderList> {
    return this.send(() => ({ method: 'GET', path: '/registry/providers' }), options, hasArray('providers'));
  }
}
