// Which transport carries the requests, on platforms that may have the addon (architecture.md §2.4).

import { environment } from '../options.js';
import type { Transport } from '../transport.js';
import { createFetchTransport } from './fetch.js';

/** What was asked for. */
export interface TransportWish {
  readonly transport?: 'native' | 'fetch' | Transport | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** The transport that was taken, and why it is not the native one. */
export interface TransportChoice {
  readonly transport: Transport;
  /** Absent when the native transport was taken or another was asked for. */
  readonly reason?: string;
}

let warned = false;

/** The platform's own, unless somebody was here before. Mocks and recorders replace it later, and mean these requests too. */
const originalFetch = globalThis.fetch;

const FETCH_REPLACED = '`globalThis.fetch` was replaced after this package was loaded';

/**
 * The transport for these settings.
 *
 * @throws Error when `native` was asked for by name and the addon does not load; the message says why.
 */
export async function chooseTransport(wish: TransportWish): Promise<TransportChoice> {
  if (typeof wish.transport === 'object') return { transport: wish.transport };
  if (wish.fetch !== undefined) return { transport: createFetchTransport({ fetch: wish.fetch }) };
  const name = wish.transport ?? environment('AURIKO_TRANSPORT');
  if (name === 'fetch') return { transport: createFetchTransport() };
  if (name !== undefined && name !== 'native') {
    throw new Error(`AURIKO_TRANSPORT must be 'native' or 'fetch', not '${name}'.`);
  }
  if (name === undefined && globalThis.fetch !== originalFetch) {
    return { transport: createFetchTransport(), reason: FETCH_REPLACED };
  }
  const { transport, reason = 'the native addon did not load' } = await loadNative();
  if (transport !== undefined) return { transport };
  if (name === 'native') {
    throw new Error(
      `The native transport was asked for, but ${reason}. Install ${platformPackage()}, or use 'fetch'.`,
    );
  }
  warnOnce(reason);
  return { transport: createFetchTransport(), reason };
}

async function loadNative(): Promise<{ transport?: Transport; reason?: string }> {
  try {
    const native = await import('./native.js');
    return native.loadNative();
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function warnOnce(reason: string): void {
  if (warned) return;
  warned = true;
  const text = `Auriko runs on fetch: ${reason}. Install ${platformPackage()} for the native transport, or set transport: 'fetch'.`;
  process.emitWarning(text, { code: 'AURIKO_FETCH_TRANSPORT' });
}

/** The optional dependency that holds the addon for this machine. */
function platformPackage(): string {
  const { platform, arch } = process;
  const suffix = platform === 'linux' ? (isMusl() ? '-musl' : '-gnu') : platform === 'win32' ? '-msvc' : '';
  return `@auriko/ai-sdk-provider-${platform}-${arch}${suffix}`;
}

function isMusl(): boolean {
  const report: unknown = process.report?.getReport();
  const header = typeof report === 'object' && report !== null ? Reflect.get(report, 'header') : undefined;
  return (
    typeof header === 'object' && header !== null && Reflect.get(header, 'glibcVersionRuntime') === undefined
  );
}
