// Where an error code is explained.

import { ERROR_CODES } from '../error-codes.js';

/** The page of a code of the registry; `undefined` for any other. */
export function documentationOf(code: string): string | undefined {
  return Object.hasOwn(ERROR_CODES, code) ? `https://docs.auriko.ai/errors/${code}` : undefined;
}
