// An abort must look like an abort to `ai`, which goes by the error's name, and nothing else may look like one.

const ABORT_NAMES: ReadonlySet<string> = new Set(['AbortError', 'ResponseAborted', 'TimeoutError']);

/** What an aborted call rejects with: the signal's reason if `ai` knows it as an abort, else an `AbortError` around it. */
export function abortReason(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  if (reason instanceof Error && ABORT_NAMES.has(reason.name)) return reason;
  const error = new DOMException('The call was aborted.', 'AbortError');
  // Not as a constructor option, which browsers do not know.
  Object.defineProperty(error, 'cause', { value: reason, configurable: true, writable: true });
  return error;
}
