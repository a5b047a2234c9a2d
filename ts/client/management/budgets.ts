// `budgets`: spending limits of a workspace (budgets.md §1).

import type { ApiPromise } from '../api-promise.js';
import { pathSegment, type RequestOptions } from '../request-options.js';
import { hasArray, hasNoError, hasTexts, Resource } from '../resource.js';
import type {
  ApiList,
  Budget,
  BudgetCreateParams,
  BudgetInfo,
  BudgetUpdateParams,
  Deletion,
} from '../types.js';
import { creating, workspacePath } from './workspace-paths.js';

/** Budgets of a workspace. An API key may read them; writing needs the session of an owner or admin. */
export class Budgets extends Resource {
  /** The workspace's budgets, with what is spent of them. */
  list(workspace: string, options?: RequestOptions): ApiPromise<ApiList<BudgetInfo>> {
    const describe = () => ({ method: 'GET' as const, path: workspacePath(workspace, 'budgets') });
    return this.send(describe, options, hasArray('data'));
  }

  /**
   * Creates a budget. Sent with an idempotency key, a new one unless the options have one.
   *
   * @throws ConflictError with code `duplicate_resource` when scope and period have a budget already.
   */
  create(workspace: string, params: BudgetCreateParams, options?: RequestOptions): ApiPromise<Budget> {
    return this.send(
      () => ({ method: 'POST', path: workspacePath(workspace, 'budgets'), body: params }),
      creating(options),
      hasTexts('id'),
    );
  }

  /** One budget. */
  retrieve(workspace: string, budget: string, options?: RequestOptions): ApiPromise<Budget> {
    return this.send(() => ({ method: 'GET', path: budgetPath(workspace, budget) }), options, hasTexts('id'));
  }

  /**
   * Changes a budget; scope and period can't be changed.
   *
   * @throws BadRequestError with code `field_immutable`.
   */
  update(
    workspace: string,
    budget: string,
    params: BudgetUpdateParams,
    options?: RequestOptions,
  ): ApiPromise<Budget> {
    const describe = () => ({ method: 'PATCH' as const, path: budgetPath(workspace, budget), body: params });
    return this.send(describe, options, hasTexts('id'));
  }

  /** Deletes a budget. */
  delete(workspace: string, budget: string, options?: RequestOptions): ApiPromise<Deletion> {
    return this.send(() => ({ method: 'DELETE', path: budgetPath(workspace, budget) }), options, hasNoError);
  }
}

function budgetPath(workspace: string, budget: string): string {
  return workspacePath(workspace, 'budgets', pathSegment(budget, 'budget'));
}
