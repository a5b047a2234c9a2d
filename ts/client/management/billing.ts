// `billing`: the credit of a workspace (api.md §7.4).

import type { ApiPromise } from '../api-promise.js';
import type { RequestOptions } from '../request-options.js';
import { hasNoError, Resource } from '../resource.js';
import type { CreditBalance } from '../types.js';
import { workspacePath } from './workspace-paths.js';

/** Credit of a workspace. */
export class Billing extends Resource {
  /** What is left, was bought and was used. Preview; needs the session of the workspace's owner. */
  balance(workspace: string, options?: RequestOptions): ApiPromise<CreditBalance> {
    return this.send(
      () => ({ method: 'GET', path: `${workspacePath(workspace, 'billing')}/balance` }),
      options,
      hasNoError,
    );
  }
}
