// §6.2: aborts.

import { change, row, section } from '../row.mjs';

const ABORT = 'ts/errors/abort.ts';
const BUILD = 'ts/errors/build.ts';
const CLASSES = 'ts/errors/classes.ts';
const MODEL = 'ts/ai-sdk/language-model.ts';
const OPEN = 'ts/ai-sdk/open-stream.ts';
const NAMES = "new Set(['AbortError', 'ResponseAborted', 'TimeoutError']);";

export const aborts = section('6.2', [
  row(
    "an abort must reject with the signal's reason when that is one of these",
    'AbortError',
    'errors',
    change(ABORT, NAMES, NAMES.replace("'AbortError', ", '')),
  ),
  row(
    "an abort must reject with the signal's reason when that is one of these",
    'ResponseAborted',
    'errors',
    change(ABORT, NAMES, NAMES.replace("'ResponseAborted', ", '')),
  ),
  row(
    "an abort must reject with the signal's reason when that is one of these",
    'TimeoutError',
    'errors',
    change(ABORT, NAMES, NAMES.replace(", 'TimeoutError'", '')),
  ),
  row(
    'else with a DOMException',
    '(wrong) any reason as it is',
    'errors',
    change(ABORT, 'if (isAbort(reason)) return reason;', 'return reason;'),
  ),
  row(
    'else with a DOMException',
    'the name AbortError',
    'errors',
    change(ABORT, "'The call was aborted.', 'AbortError'", "'The call was aborted.', 'DataError'"),
  ),
  row(
    'else with a DOMException',
    'the reason as its cause',
    'errors',
    change(
      ABORT,
      "Object.defineProperty(error, 'cause', { value: reason, configurable: true, writable: true });",
      '',
    ),
  ),
  row(
    'nothing else may use these names',
    '(wrong) a limit does',
    'errors',
    change(
      CLASSES,
      "this.name = String(Reflect.get(new.target.prototype, 'className'));",
      "this.name = fields.code.endsWith('_timeout') ? 'TimeoutError' : String(Reflect.get(new.target.prototype, 'className'));",
    ),
  ),
  row(
    'nothing else may use these names',
    '(wrong) a cause does',
    'errors',
    change(
      BUILD,
      'isAbort(failure.cause) ? failure.cause.message : (failure.cause ?? failure.message)',
      'failure.cause ?? failure.message',
    ),
  ),
  row(
    'A signal already aborted must reject before any connection',
    'the checks',
    'ai-sdk',
    change(MODEL, 'throwIfAborted(options.abortSignal);', '', 2),
  ),
  row(
    'Remove the abort listener when the call ends',
    'of a stream',
    'ai-sdk',
    change(OPEN, "this.#stopListening = () => signal.removeEventListener('abort', abort);", ''),
  ),
  row(
    'Remove the abort listener when the call ends',
    'of a stream that ended',
    'ai-sdk',
    change(OPEN, 'readonly onEnd = (): void => this.#stopListening?.();', 'readonly onEnd = (): void => {};'),
  ),
  row(
    'Remove the abort listener when the call ends',
    'of a reply over the addon',
    'ai-sdk',
    change('ts/transport/native.ts', "signal?.removeEventListener('abort', abort);", ''),
  ),
  row(
    'Remove the abort listener when the call ends',
    'of a reply over fetch',
    'ai-sdk',
    change('ts/transport/fetch/send.ts', "signal.removeEventListener('abort', cancel);", ''),
  ),
  row(
    'Errors after an abort are swallowed',
    '(wrong) an error part at the abort',
    'ai-sdk',
    change(
      OPEN,
      'queue.abort(reason);',
      "queue.push({ type: 'error', error: reason });\n      queue.abort(reason);",
    ),
  ),
  row(
    'Errors after an abort are swallowed',
    '(wrong) what the transport says then is an error part',
    'ai-sdk',
    change(
      OPEN,
      'this.handle?.cancel();\n      queue.abort(reason);',
      'converter.abandon(0);\n      queue.abort(reason);',
    ),
  ),
]);
