// Paths below a workspace, and what creating there has in common.

import { pathSegment, type RequestOptions } from '../request-options.js';

/** Kinds of things that a workspace has. */
export type Collection = 'api-keys' | 'byok-keys' | 'budgets' | 'billing';

/**
 * The path of a collection, or of one thing in it.
 *
 * @throws InvalidArgumentError when an id is empty or no path segment.
 */
export function workspacePath(workspace: string, collection: Collection, id?: string): string {
  const path = `/workspaces/${pathSegment(workspace, 'workspace')}/${collection}`;
  return id === undefined ? path : `${path}/${id}`;
}

/**
 * The options of a call that creates something under an idempotency key (api.md §8): a new one unless the caller has
 * one, so that a retry after a lost reply does not create it twice.
 */
export function creating(options: RequestOptions = {}): RequestOptions {
  return { ...options, idempotencyKey: options.idempotencyKey ?? crypto.randomUUID() };
}
