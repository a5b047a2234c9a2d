// §12.6: parts per chunk and costs per token, as counts with a ceiling.

import { change, row, section } from '../row.mjs';

const INBOX = 'ts/transport/native/inbox.ts';
const QUEUE = 'ts/ai-sdk/part-queue.ts';
const STREAM = 'ts/ai-sdk/convert-stream.ts';
const PARTS = 'fixtures-stream';
const COSTS = 'cost-per-token';

export const costs = section('12.6', [
  row(
    'Parts per chunk',
    '(wrong) an empty delta for the role',
    PARTS,
    change(
      STREAM,
      '  text(delta: string): void {\n    this.#accept();',
      "  text(delta: string): void {\n    this.#accept();\n    if (this.#block !== 'text') {\n      this.#openText();\n      this.#queue.delta('text-delta', this.#blockId, '');\n    }",
    ),
  ),
  row(
    'Parts per chunk',
    '(wrong) metadata with the usage',
    PARTS,
    change(
      STREAM,
      'this.#usage = event.usage;',
      "this.#usage = event.usage;\n        this.#queue.push({ type: 'response-metadata' });",
    ),
  ),
  row(
    'Parts per chunk',
    'waiting deltas are merged',
    COSTS,
    change(
      QUEUE,
      'if (this.merge && this.#waiting === undefined) {',
      'if (this.merge && this.hooks === undefined) {',
    ),
    change(
      'ts/transport/native.ts',
      "coalesceMs: coalesce === 'waiting' ? 0 : coalesce === 'off' ? -1 : coalesce.everyMs,",
      "coalesceMs: typeof coalesce === 'string' ? -1 : coalesce.everyMs,",
    ),
  ),
  row(
    'CPU per token',
    '(wrong) JSON for every record of the outbox',
    COSTS,
    change(
      INBOX,
      'return sink.text?.(text);',
      'return sink.text?.(String(JSON.parse(JSON.stringify(text))));',
    ),
  ),
  row(
    'CPU per token',
    '(wrong) every record is given back at once',
    COSTS,
    change(INBOX, 'const RELEASE_STEP = WINDOW_BYTES / 4;', 'const RELEASE_STEP = 0;'),
  ),
  row(
    'CPU per token',
    '(wrong) a drain holds one record',
    COSTS,
    change(INBOX, 'const RECORD_CAPACITY = 4096;', 'const RECORD_CAPACITY = 1;'),
    change(
      'ts/transport/native.ts',
      "coalesceMs: coalesce === 'waiting' ? 0 : coalesce === 'off' ? -1 : coalesce.everyMs,",
      "coalesceMs: typeof coalesce === 'string' ? -1 : coalesce.everyMs,",
    ),
  ),
  row(
    'CPU per token',
    '(wrong) a chunk is parsed twice, over fetch',
    COSTS,
    change(
      'ts/transport/fetch/decode-chunk.ts',
      'chunk = JSON.parse(data);',
      'JSON.parse(data);\n      chunk = JSON.parse(data);',
    ),
  ),
]);
