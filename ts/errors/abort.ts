// An abort must look like an abort to `ai`, which goes by the error's name, and nothing else may look like one.

const ABORT_NAMES: ReadonlySet<string> = new Set(['AbortError', 'ResponseAborted', 'TimeoutError']);

/** What an aborted call rejects with: the signal's reason if `ai` knows it as an abort, else an `AbortError` around it. */
export function abortReason(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  if (isAbort(reason)) return reason;
  const error = new DOMException('The call was aborted.', 'AbortError');
  // Not as a constructor option, which browsers do not know.
  Object.defineProperty(error, 'cause', { value: reason, configurable: true, writable: true });
  return error;
}

/** Whether `ai` would take the error for the caller's abort. It also looks into causes, where such a name must not be. */
export function isAbort(error: unknown): error is Error {
  return error instanceof Error && ABORT_NAMES.has(error.name);
}
