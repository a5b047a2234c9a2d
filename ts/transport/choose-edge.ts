// The choice on edge runtimes and in browsers. A file of its own, picked by export condition, so that no bundler for
// such a platform ever follows an import to the addon.

import { environment } from '../options.js';
import type { TransportChoice, TransportWish } from './choose.js';
import { createFetchTransport } from './fetch.js';

/**
 * The transport for these settings: fetch, unless an object was given.
 *
 * @throws Error when `native` was asked for by name.
 */
export async function chooseTransport(wish: TransportWish): Promise<TransportChoice> {
  if (typeof wish.transport === 'object') return { transport: wish.transport };
  if ((wish.transport ?? environment('AURIKO_TRANSPORT')) === 'native') {
    throw new Error(
      "The native transport does not exist on this platform; leave `transport` out or use 'fetch'.",
    );
  }
  const transport = createFetchTransport(wish.fetch === undefined ? {} : { fetch: wish.fetch });
  return { transport, reason: 'this platform runs no native addons' };
}
