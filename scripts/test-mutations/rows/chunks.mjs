// §5.3: chunks to parts. The decoder's rows are those of the JavaScript decoder; native.mjs has the Rust one's.

import { change, row, section } from '../row.mjs';

const DECODE = 'ts/transport/fetch/decode-chunk.ts';
const STREAM = 'ts/ai-sdk/convert-stream.ts';
const DECODER = 'transport-fetch-decode';
const PARTS = 'convert-stream';

const IDENTITY = 'if (id === undefined && model === undefined && created === undefined) return;';
const CLOSE_TEXT = '#openText(): void {\n    this.#closeBlock();';
const CLOSE_REASONING = '#openReasoning(): void {\n    this.#closeBlock();';

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

const deltas = [
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
