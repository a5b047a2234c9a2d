// §6.3: errors inside the stream.

import { change, row, section } from '../row.mjs';

const BUILD = 'ts/errors/build.ts';
const OPEN = 'ts/ai-sdk/open-stream.ts';
const STREAM = 'ts/ai-sdk/convert-stream.ts';
const VALUE = 'ts/ai-sdk/stream-error.ts';
const PARTS = 'convert-stream';
/** Takes one field out of the value of an error part. */
const valueField = (name) =>
  row('After that: an error part', name, PARTS, change(VALUE, `    ${name}: error.${name},\n`, ''));

export const inside = section('6.3', [
  row(
    'doStream resolves at the first data event',
    '(wrong) at the headers',
    PARTS,
    change(
      STREAM,
      'this.#context = { ...this.#context, head };',
      'this.#context = { ...this.#context, head };\n    this.#accept();',
    ),
  ),
  row(
    'doStream resolves at the first data event',
    '(wrong) at the first token',
    PARTS,
    change(
      STREAM,
      'this.#accept();\n    this.#take(event);',
      "if (event.type !== 'meta') this.#accept();\n    this.#take(event);",
    ),
  ),
  row(
    'doStream resolves at the first data event',
    '(wrong) later, through `ai`',
    'ai-sdk',
    change(
      STREAM,
      'this.#accept();\n    this.#take(event);',
      "if (event.type !== 'meta') this.#accept();\n    this.#take(event);",
    ),
  ),
  row(
    'doStream resolves at the first data event',
    'an error event rejects',
    PARTS,
    change(
      STREAM,
      'if (failure !== undefined) this.#listener.refused(failure.error);\n      else this.#accept();',
      'this.#accept();',
    ),
  ),
  row(
    'doStream resolves at the first data event',
    'raw chunks are no data event',
    PARTS,
    change(
      STREAM,
      "this.#queue.push({ type: 'raw', rawValue: chunk });",
      "this.#accept();\n    this.#queue.push({ type: 'raw', rawValue: chunk });",
    ),
  ),
  row(
    'doStream resolves at the first data event',
    'the status of the registry',
    PARTS,
    change(
      BUILD,
      'const statusCode = registered === 0 ? undefined : registered;',
      'const statusCode = registered === 0 ? undefined : head?.status;',
    ),
  ),
  row(
    'doStream resolves at the first data event',
    'the headers are kept',
    PARTS,
    change(
      BUILD,
      'const base = { ...replyFields(head, context), body: { error: wireError }',
      'const base = { ...replyFields(undefined, context), body: { error: wireError }',
    ),
  ),
  row(
    'doStream resolves at the first data event',
    '(wrong) a tee',
    'ai-sdk',
    change(OPEN, 'resolve({ stream: queue.stream,', 'resolve({ stream: queue.stream.tee()[0],'),
  ),
  row(
    'After that: an error part',
    'the part',
    PARTS,
    change(STREAM, "this.#queue.push({ type: 'error', error: streamErrorValue(error) });", ''),
  ),
  row(
    'After that: an error part',
    'the mark of `ai`',
    PARTS,
    change(VALUE, 'Object.defineProperty(value, MARKER, { value: true });', ''),
  ),
  valueField('message'),
  valueField('type'),
  valueField('code'),
  valueField('statusCode'),
  valueField('isRetryable'),
  row('After that: an error part', 'data', PARTS, change(VALUE, '    data: error,\n', '')),
  row(
    'After that: an error part',
    '`ai` sees the explicit flag',
    'ai-sdk',
    change(VALUE, '    isRetryable: error.isRetryable,\n', ''),
  ),
  row(
    'Then close open blocks',
    'open blocks',
    PARTS,
    change(STREAM, 'this.#errorPart(error);\n    this.#closeBlock();', 'this.#errorPart(error);'),
  ),
  row('Then close open blocks', 'open inputs', PARTS, change(STREAM, "this.#tools.finish('broken');", '')),
  row(
    'Then close open blocks',
    'finish',
    PARTS,
    change(STREAM, 'this.#finishPart({ unified, raw: this.#finish?.reason });', ''),
  ),
  row(
    'Then close open blocks',
    'finish says error',
    PARTS,
    change(
      STREAM,
      "return { error: this.#failure, unified: 'error' };",
      "return { error: this.#failure, unified: 'interrupted' };",
    ),
  ),
  row(
    'Then close open blocks',
    'a broken connection is interrupted',
    PARTS,
    change(STREAM, "outcome.failure.kind === 'interrupted' ? 'interrupted' : 'error'", "'error'"),
  ),
  row(
    'Then close open blocks',
    'a body that ends is interrupted',
    PARTS,
    change(STREAM, "unified: 'interrupted' };", "unified: 'error' };"),
  ),
  row(
    'Then close open blocks',
    'the usage that is known',
    PARTS,
    change(
      STREAM,
      'usage: convertUsage(this.#usage),',
      'usage: convertUsage(this.#failure === undefined ? this.#usage : undefined),',
    ),
  ),
  row(
    'Then close open blocks',
    'then close',
    PARTS,
    change(
      STREAM,
      'else this.#break(failure.error, failure.unified);\n    this.#queue.close();',
      'else return this.#break(failure.error, failure.unified);\n    this.#queue.close();',
    ),
  ),
  row(
    'Then close open blocks',
    '(wrong) controller.error',
    PARTS,
    change(
      STREAM,
      'this.#finishPart({ unified, raw: this.#finish?.reason });',
      'this.#queue.stream;\n    this.#queue.abort(error);',
    ),
  ),
  row(
    'streamRetries',
    'cancelling is immediate',
    'ai-sdk',
    change(OPEN, 'this.onEnd();\n    this.handle?.cancel();', 'this.onEnd();'),
  ),
  row(
    'streamRetries',
    'the new stream',
    'ai-sdk',
    change(VALUE, '    isRetryable: error.isRetryable,\n', '    isRetryable: false,\n'),
  ),
  row(
    'streamRetries',
    'the connection of the failed stream is freed',
    'ai-sdk',
    change(
      OPEN,
      'const timer = setTimeout(() => this.handle?.cancel(), SETTLE_MS);',
      'const timer = setTimeout(() => {}, SETTLE_MS);',
    ),
    change(OPEN, 'this.onEnd();\n    this.handle?.cancel();', 'this.onEnd();'),
  ),
]);
