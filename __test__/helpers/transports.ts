// The transports that tests run on: fetch always, native where the addon is built. AURIKO_TRANSPORT picks one.

import { createFetchTransport } from '../../ts/transport/fetch.js';
import { loadNative } from '../../ts/transport/native.js';
import type { Transport } from '../../ts/transport.js';

const native = await loadNative();
const wanted = process.env.AURIKO_TRANSPORT;

if ('reason' in native) {
  // A machine on which the addon can't be built still tests the rest; everybody else must see this.
  console.warn(`The native transport is not tested: ${native.reason}`);
}

/** Names and transports to run a suite on. */
export const transports: readonly (readonly ['native' | 'fetch', Transport])[] = [
  ...('transport' in native ? ([['native', native.transport]] as const) : []),
  ...([['fetch', createFetchTransport()]] as const),
].filter(([name]) => wanted === undefined || wanted === name);
