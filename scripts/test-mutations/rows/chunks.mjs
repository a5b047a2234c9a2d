// §5.3: chunks to parts. The decoder's rows are those of the JavaScript decoder; framing.mjs has some of the Rust one.

import { change, row, section } from '../row.mjs';
import { deltas } from './deltas.mjs';

const DECODE = 'ts/transport/fetch/decode-chunk.ts';
const STREAM = 'ts/ai-sdk/convert-stream.ts';
const DECODER = 'transport-fetch-decode';
const PARTS = 'convert-stream';
const IDENTITY = 'if (id === undefined && model === undefined && created === undefined) return;';

const whole = [
  row(
    'first with any of id/model/created',
    'the event',
    DECODER,
    change(DECODE, 'if (!this.#metaSeen) this.#emitMeta(chunk);', ''),
  ),
  row(
    'first with any of id/model/created',
    'the part',
    PARTS,
    change(
      STREAM,
      "case 'meta':\n        return this.#queue.push({",
      "case 'meta':\n        return Object({",
    ),
  ),
  row('first with any of id/model/created', 'once', DECODER, change(DECODE, 'this.#metaSeen = true;', '')),
  row(
    'first with any of id/model/created',
    'any one is enough',
    DECODER,
    change(DECODE, IDENTITY, IDENTITY.replaceAll('&&', '||')),
  ),
  row(
    'first with any of id/model/created',
    'empty ids are ignored',
    DECODER,
    change(
      DECODE,
      'const id = string(chunk.id);',
      "const id = typeof chunk.id === 'string' ? chunk.id : undefined;",
    ),
  ),
  row(
    'choices empty',
    'usage is read',
    DECODER,
    change(
      DECODE,
      'if (isRecord(chunk.usage)) target',
      'if (choices?.length && isRecord(chunk.usage)) target',
    ),
  ),
  row(
    'choices empty',
    'routing_metadata is read',
    DECODER,
    change(
      DECODE,
      'if (isRecord(chunk.routing_metadata)) target',
      'if (choices?.length && isRecord(chunk.routing_metadata)) target',
    ),
  ),
  row(
    'choices empty',
    '(wrong) a part for it',
    DECODER,
    change(
      DECODE,
      'if (choices !== undefined) {',
      "if (choices?.length === 0) target.text(' ');\n    if (choices !== undefined) {",
    ),
  ),
  row(
    'several choices',
    'the one with index 0',
    DECODER,
    change(DECODE, '(choice.index ?? position) === 0', 'position === 0'),
  ),
  row(
    'several choices',
    'the others are left out',
    DECODER,
    change(DECODE, 'choice !== undefined && (choice.index ?? position) === 0', 'choice !== undefined'),
  ),
  row(
    'delta.role',
    "'' is nothing",
    DECODER,
    change(DECODE, "if (content !== '') target.text(content);", 'target.text(content);'),
  ),
  row(
    'delta.role',
    'null is nothing',
    DECODER,
    change(
      DECODE,
      "if (typeof content === 'string') {",
      "if (content === null) target.text('');\n  if (typeof content === 'string') {",
    ),
  ),
  row(
    'delta.role',
    'a role is nothing',
    DECODER,
    change(
      DECODE,
      'const { content } = delta;\n  if (',
      "const { content } = delta;\n  if ('role' in delta) target.text('');\n  if (",
    ),
  ),
];

const endings = [
  row('finish_reason', 'it is remembered', PARTS, change(STREAM, 'this.#finish = event;', '')),
  row(
    'finish_reason',
    'the event',
    DECODER,
    change(
      DECODE,
      "target.event({ type: 'finish', reason, ...(native === undefined ? {} : { native }) });",
      '',
    ),
  ),
  row(
    'finish_reason',
    'nothing is emitted yet',
    PARTS,
    change(
      STREAM,
      'this.#finish = event;\n        return;',
      'this.#finish = event;\n        return this.#complete();',
    ),
  ),
  row('usage, routing_metadata, logprobs', 'usage', PARTS, change(STREAM, 'this.#usage = event.usage;', '')),
  row(
    'usage, routing_metadata, logprobs',
    'the last usage wins',
    PARTS,
    change(STREAM, 'this.#usage = event.usage;', 'this.#usage ??= event.usage;'),
  ),
  row(
    'usage, routing_metadata, logprobs',
    'routing_metadata',
    PARTS,
    change(STREAM, 'this.#routing = event.routing;', ''),
  ),
  row(
    'usage, routing_metadata, logprobs',
    'logprobs',
    PARTS,
    change(STREAM, 'this.#addLogprobs(event.logprobs);', ''),
  ),
  row(
    'usage, routing_metadata, logprobs',
    'logprobs only when asked for',
    PARTS,
    change(STREAM, 'if (!this.#wantsLogprobs) return;', ''),
  ),
  row(
    'key error',
    'the event',
    DECODER,
    change(
      DECODE,
      "if (chunk.error !== undefined && chunk.error !== null)\n      return this.#last({ type: 'error', error: chunk.error });",
      '',
    ),
  ),
  row(
    'key error',
    'the error',
    PARTS,
    change(STREAM, 'this.#failure = errorFromStreamError(event.error, this.#context);', ''),
  ),
  row(
    'data: [DONE]',
    'the event',
    DECODER,
    change(
      DECODE,
      "if (data === '[DONE]') return this.#last({ type: 'done' });",
      "if (data === '[DONE]') return 'skipped';",
    ),
  ),
  row(
    'data: [DONE]',
    'blocks are closed',
    PARTS,
    change(STREAM, '#complete(): void {\n    this.#closeBlock();', '#complete(): void {'),
  ),
  row(
    'data: [DONE]',
    'tools are finished',
    PARTS,
    change(STREAM, "this.#tools.finish(isError ? 'broken' : 'complete');", ''),
  ),
  row(
    'data: [DONE]',
    'blocks close before tools are finished',
    PARTS,
    change(STREAM, '#complete(): void {\n    this.#closeBlock();', '#complete(): void {'),
    change(
      STREAM,
      "this.#tools.finish(isError ? 'broken' : 'complete');",
      "this.#tools.finish(isError ? 'broken' : 'complete');\n    this.#closeBlock();",
    ),
  ),
  row('data: [DONE]', 'the finish part', PARTS, change(STREAM, '    this.#queue.push(part);\n', '')),
  row(
    'data: [DONE]',
    'the stream is closed',
    PARTS,
    change(
      STREAM,
      'else this.#break(failure.error, failure.unified);\n    this.#queue.close();',
      'else this.#break(failure.error, failure.unified);',
    ),
  ),
];

export const chunks = section('5.3', [...whole, ...deltas, ...endings]);
