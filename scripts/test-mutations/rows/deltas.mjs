// §5.3: the deltas of a chunk to parts.

import { change, row } from '../row.mjs';

const DECODE = 'ts/transport/fetch/decode-chunk.ts';
const STREAM = 'ts/ai-sdk/convert-stream.ts';
const DECODER = 'transport-fetch-decode';
const PARTS = 'convert-stream';
const CLOSE_TEXT = '#openText(): void {\n    this.#closeBlock();';
const CLOSE_REASONING = '#openReasoning(): void {\n    this.#closeBlock();';

export const deltas = [
  row(
    'delta.reasoning_content',
    'text is closed',
    PARTS,
    change(STREAM, CLOSE_REASONING, '#openReasoning(): void {'),
  ),
  row(
    'delta.reasoning_content',
    'reasoning-start',
    PARTS,
    change(STREAM, "this.#queue.push({ type: 'reasoning-start', id: this.#blockId });", ''),
  ),
  row(
    'delta.reasoning_content',
    'reasoning-start only if needed',
    PARTS,
    change(
      STREAM,
      "if (this.#block !== 'reasoning' || this.#signature !== undefined) this.#openReasoning();",
      'this.#openReasoning();',
    ),
  ),
  row(
    'delta.reasoning_content',
    'reasoning-delta',
    PARTS,
    change(STREAM, "this.#queue.delta('reasoning-delta', this.#blockId, delta);", ''),
  ),
  row(
    'delta.reasoning_content',
    'the field',
    DECODER,
    change(
      DECODE,
      "if (typeof thoughts === 'string' && thoughts !== '') target.reasoning(thoughts);\n  else if",
      'if',
    ),
  ),
  row(
    'delta.reasoning_content',
    'a string in `reasoning`',
    DECODER,
    change(
      DECODE,
      "else if (typeof reasoning === 'string' && reasoning !== '') target.reasoning(reasoning);",
      '',
    ),
  ),
  row(
    'delta.reasoning_content',
    'both fields count once',
    DECODER,
    change(DECODE, "else if (typeof reasoning === 'string'", "if (typeof reasoning === 'string'"),
  ),
  row(
    'delta.reasoning_signature',
    'the event',
    DECODER,
    change(DECODE, "if (signature !== undefined) target.event({ type: 'signature', signature });", ''),
  ),
  row(
    'delta.reasoning_signature',
    'on reasoning-end',
    PARTS,
    change(
      STREAM,
      '...(signature === undefined ? {} : { providerMetadata: { auriko: { signature } } }),',
      '',
    ),
  ),
  row(
    'delta.reasoning_redacted_data',
    'the event',
    DECODER,
    change(DECODE, "if (redacted !== undefined) target.event({ type: 'redacted', data: redacted });", ''),
  ),
  row(
    'delta.reasoning_redacted_data',
    'a block of its own',
    PARTS,
    change(
      STREAM,
      '#redacted(redactedData: string): void {\n    this.#openReasoning();',
      "#redacted(redactedData: string): void {\n    if (this.#block !== 'reasoning') this.#openReasoning();",
    ),
  ),
  row(
    'delta.reasoning_redacted_data',
    'redactedData',
    PARTS,
    change(STREAM, 'providerMetadata: { auriko: { redactedData } },', ''),
  ),
  row(
    'delta.content string',
    'reasoning is closed',
    PARTS,
    change(STREAM, CLOSE_TEXT, '#openText(): void {'),
  ),
  row(
    'delta.content string',
    'text-start',
    PARTS,
    change(STREAM, "this.#queue.push({ type: 'text-start', id: this.#blockId });", ''),
  ),
  row(
    'delta.content string',
    'text-start only if needed',
    PARTS,
    change(STREAM, "if (this.#block !== 'text') this.#openText();", 'this.#openText();'),
  ),
  row(
    'delta.content string',
    'text-delta',
    PARTS,
    change(STREAM, "this.#queue.delta('text-delta', this.#blockId, delta);", ''),
  ),
  row(
    'delta.content array',
    '`text` parts',
    DECODER,
    change(
      DECODE,
      '(isThinking ? target.reasoning(text) : target.text(text))',
      '(isThinking ? target.reasoning(text) : undefined)',
    ),
  ),
  row(
    'delta.content array',
    '`thinking` parts',
    DECODER,
    change(
      DECODE,
      '(isThinking ? target.reasoning(text) : target.text(text))',
      '(isThinking ? undefined : target.text(text))',
    ),
  ),
  row(
    'delta.content array',
    'thinking is no text',
    DECODER,
    change(DECODE, '(isThinking ? target.reasoning(text) : target.text(text))', 'target.text(text)'),
  ),
  row(
    'delta.refusal',
    'the event',
    DECODER,
    change(DECODE, "if (refusal !== undefined) target.event({ type: 'refusal', delta: refusal });", ''),
  ),
  row(
    'delta.refusal',
    'as text',
    PARTS,
    change(
      STREAM,
      'this.#isRefusal = true;\n        return this.text(event.delta);',
      'this.#isRefusal = true;\n        return;',
    ),
  ),
  row('delta.refusal', 'the flag', PARTS, change(STREAM, 'this.#isRefusal = true;\n', '')),
  row(
    'delta.annotations',
    'the event',
    DECODER,
    change(
      DECODE,
      "if (Array.isArray(annotations) && annotations.length > 0)\n    target.event({ type: 'annotations', annotations });",
      '',
    ),
  ),
  row('delta.annotations', 'the source', PARTS, change(STREAM, 'this.#queue.push(converted.source);', '')),
  row(
    'delta.annotations',
    'the source comes at once',
    PARTS,
    change(STREAM, 'this.#queue.push(converted.source);', ''),
    change(
      STREAM,
      "this.#queue.push({ type: 'text-end', id,",
      "for (const { source } of citations) if (source !== undefined) this.#queue.push(source);\n      this.#queue.push({ type: 'text-end', id,",
    ),
  ),
  row(
    'delta.annotations',
    'citations on text-end',
    PARTS,
    change(STREAM, '...(citations.length === 0 ? {} : { citations })', ''),
  ),
  row(
    'delta.images',
    'the event',
    DECODER,
    change(DECODE, "for (const image of delta.images ?? []) target.event({ type: 'image', image });", ''),
  ),
  row(
    'delta.images',
    'blocks are closed',
    PARTS,
    change(
      STREAM,
      'if (file === undefined) return;\n    this.#closeBlock();',
      'if (file === undefined) return;',
    ),
  ),
  row('delta.images', 'the file', PARTS, change(STREAM, 'this.#queue.push(file);', '')),
  row(
    'delta.tool_calls[]',
    'the event',
    DECODER,
    change(DECODE, 'for (const call of delta.tool_calls ?? []) emitToolCall(call, target);', ''),
  ),
  row(
    'delta.tool_calls[]',
    'the call',
    PARTS,
    change(
      STREAM,
      "case 'tool-call':\n        this.#closeBlock();\n        return this.#tools.add(event);",
      "case 'tool-call':\n        return;",
    ),
  ),
  row(
    'delta.function_call',
    'the call',
    DECODER,
    change(
      DECODE,
      'if (old !== undefined && old !== null) emitToolCall({ index: 0, function: old }, target);',
      '',
    ),
  ),
  row(
    'delta.function_call',
    'index 0',
    DECODER,
    change(
      DECODE,
      'emitToolCall({ index: 0, function: old }, target);',
      'emitToolCall({ function: old }, target);',
    ),
  ),
  row(
    'delta.function_call',
    'a generated id',
    PARTS,
    change('ts/tool-fragments.ts', 'id: isUsable ? id : generateId(),', "id: isUsable ? id : '',"),
  ),
];
