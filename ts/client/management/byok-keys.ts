// `byokKeys`: your own keys of providers (api.md §7.3).

import type { ApiPromise } from '../api-promise.js';
import { pathSegment, type RequestOptions } from '../request-options.js';
import { hasArray, hasNoError, hasTexts, Resource } from '../resource.js';
import type {
  ApiList,
  ByokKey,
  ByokKeyCreateParams,
  ByokKeyInfo,
  ByokKeyUpdateParams,
  ByokProviderList,
  ByokTierList,
  Deletion,
} from '../types.js';
import { creating, workspacePath } from './workspace-paths.js';

/** Your own keys of providers. Reading needs the scope `byok:read`, writing `byok:write`. */
export class ByokKeys extends Resource {
  /** The workspace's keys, without their secrets. */
  list(workspace: string, options?: RequestOptions): ApiPromise<ApiList<ByokKeyInfo>> {
    const describe = () => ({ method: 'GET' as const, path: workspacePath(workspace, 'byok-keys') });
    return this.send(describe, options, hasArray('data'));
  }

  /**
   * Stores a key, once the provider has accepted it. Sent with an idempotency key, a new one unless the options have one.
   *
   * @throws BadRequestError when the provider refuses the key, APIStatusError 502 when it could not be asked; nothing is
   * stored then. ConflictError while the same idempotency key is still at work.
   */
  create(workspace: string, params: ByokKeyCreateParams, options?: RequestOptions): ApiPromise<ByokKey> {
    return this.send(
      () => ({
        method: 'POST',
        path: workspacePath(workspace, 'byok-keys'),
        body: params,
        secret: params.api_key,
      }),
      creating(options),
      hasTexts('id'),
    );
  }

  /** One key, without its secret. */
  retrieve(workspace: string, key: string, options?: RequestOptions): ApiPromise<ByokKey> {
    return this.send(() => ({ method: 'GET', path: keyPath(workspace, key) }), options, hasTexts('id'));
  }

  /**
   * Changes a key; its secret can't be changed.
   *
   * @throws BadRequestError with code `field_immutable`.
   */
  update(
    workspace: string,
    key: string,
    params: ByokKeyUpdateParams,
    options?: RequestOptions,
  ): ApiPromise<ByokKey> {
    const describe = () => ({ method: 'PATCH' as const, path: keyPath(workspace, key), body: params });
    return this.send(describe, options, hasTexts('id'));
  }

  /** Deletes a key. */
  delete(workspace: string, key: string, options?: RequestOptions): ApiPromise<Deletion> {
    return this.send(() => ({ method: 'DELETE', path: keyPath(workspace, key) }), options, hasNoError);
  }

  /** The providers that take own keys. Needs no key. */
  listProviders(options?: RequestOptions): ApiPromise<ByokProviderList> {
    return this.send(() => ({ method: 'GET', path: '/byok/providers' }), options, hasNoError);
  }

  /** What `account_tier` may be at a provider. Needs no key. */
  listTiers(provider: string, options?: RequestOptions): ApiPromise<ByokTierList> {
    const describe = () => ({
      method: 'GET' as const,
      path: `/byok/providers/${pathSegment(provider, 'provider')}/tiers`,
    });
    return this.send(describe, options, hasNoError);
  }
}

function keyPath(workspace: string, key: string): string {
  return workspacePath(workspace, 'byok-keys', pathSegment(key, 'key'));
}
