// `apiKeys`: the API keys of a workspace (api.md §7.2).

import type { ApiPromise } from '../api-promise.js';
import { pathSegment, type RequestOptions } from '../request-options.js';
import { hasArray, hasNoError, hasTexts, Resource } from '../resource.js';
import type {
  ApiKey,
  ApiKeyCreateParams,
  ApiKeyInfo,
  ApiKeyListParams,
  ApiKeyUsage,
  ApiKeyUsageParams,
  ApiList,
  CreatedApiKey,
  Deletion,
} from '../types.js';
import { workspacePath } from './workspace-paths.js';

/** API keys of a workspace. Reading needs the scope `keys:read`, writing `keys:write`. */
export class ApiKeys extends Resource {
  /** The workspace's keys, without their secrets. */
  list(
    workspace: string,
    params: ApiKeyListParams = {},
    options?: RequestOptions,
  ): ApiPromise<ApiList<ApiKeyInfo>> {
    return this.send(
      () => ({
        method: 'GET',
        path: workspacePath(workspace, 'api-keys'),
        query: { include_revoked: params.include_revoked },
      }),
      options,
      hasArray('data'),
    );
  }

  /**
   * Creates a key. Its secret is in the reply and comes never again.
   *
   * Not idempotent, hence not retried unless `maxRetries` of the call says so: a lost reply would leave a key behind whose
   * secret nobody has.
   */
  create(workspace: string, params: ApiKeyCreateParams, options?: RequestOptions): ApiPromise<CreatedApiKey> {
    return this.send(
      () => ({
        method: 'POST',
        path: workspacePath(workspace, 'api-keys'),
        body: { key_type: 'api', ...params },
        maxRetries: 0,
        isSecretReply: true,
      }),
      options,
      hasTexts('id', 'api_key'),
    );
  }

  /** One key, without its secret. */
  retrieve(workspace: string, key: string, options?: RequestOptions): ApiPromise<ApiKey> {
    return this.send(() => ({ method: 'GET', path: keyPath(workspace, key) }), options, hasTexts('id'));
  }

  /** Revokes a key for good. */
  revoke(workspace: string, key: string, options?: RequestOptions): ApiPromise<Deletion> {
    return this.send(() => ({ method: 'DELETE', path: keyPath(workspace, key) }), options, hasNoError);
  }

  /** What a key has used. The scope `usage:read` will do. */
  usage(
    workspace: string,
    key: string,
    params: ApiKeyUsageParams = {},
    options?: RequestOptions,
  ): ApiPromise<ApiKeyUsage> {
    return this.send(
      () => ({
        method: 'GET',
        path: `${keyPath(workspace, key)}/usage`,
        query: { period: params.period },
      }),
      options,
      hasNoError,
    );
  }
}

function keyPath(workspace: string, key: string): string {
  return workspacePath(workspace, 'api-keys', pathSegment(key, 'key'));
}
