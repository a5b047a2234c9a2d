// §9: complaints to answer.

import { change, row, rustRow, section } from '../row.mjs';
import { limits, packaging } from './limits-and-packages.mjs';

const BODY = 'ts/ai-sdk/request-body.ts';
const BUILD = 'ts/errors/build.ts';
const METADATA = 'ts/ai-sdk/metadata.ts';
const MODEL = 'ts/ai-sdk/language-model.ts';
const STREAM = 'ts/ai-sdk/convert-stream.ts';
const SCHEMA = 'ts/ai-sdk/structured-output.ts';
const REPLY = 'ts/ai-sdk/convert-response.ts';
const PROMPT = 'ts/ai-sdk/convert-prompt.ts';
const FILTER = 'crates/auriko-routing/src/filter.rs';
const PARTS = 'convert-stream';
const SCHEMAS = 'structured-output';

const results = [
  row(
    'usage missing in streams',
    'usage is asked for',
    'request-body',
    change(BODY, 'body.stream_options ??= { include_usage: true };', ''),
  ),
  row(
    'usage missing in streams',
    'usage is there without a flag',
    'ai-sdk',
    change(STREAM, 'this.#usage = event.usage;', ''),
  ),
  row('cost and the serving provider', 'routing', PARTS, change(METADATA, "['routing', routing],", '')),
  row('cost and the serving provider', 'cost', PARTS, change(METADATA, "['cost', cost],", '')),
  row('cost and the serving provider', 'byok', PARTS, change(METADATA, "['byok', cost.byok],", '')),
  row(
    'cost and the serving provider',
    'in a reply',
    'convert-response',
    change(REPLY, 'routing: isRecord(body.routing_metadata) ? body.routing_metadata : undefined,', ''),
  ),
  row(
    '"Provider returned error" with no details',
    'provider',
    'bad-input',
    change(BUILD, 'provider: error.provider,', ''),
  ),
  row(
    '"Provider returned error" with no details',
    'code',
    'bad-input',
    change(BUILD, 'code: error.code,', "code: 'error',"),
  ),
  row(
    '"Provider returned error" with no details',
    'suggestion',
    'bad-input',
    change(BUILD, 'suggestion: error.suggestion,', ''),
  ),
  row(
    '"Provider returned error" with no details',
    'in a stream: who failed',
    PARTS,
    change(BUILD, '`[${error.provider}] `', "''"),
  ),
  row(
    'errors in streams are invisible or untyped',
    'the part',
    'ai-sdk',
    change(STREAM, "this.#queue.push({ type: 'error', error: streamErrorValue(error) });", ''),
  ),
  row(
    'errors in streams are invisible or untyped',
    'the typed error',
    PARTS,
    change('ts/ai-sdk/stream-error.ts', 'data: error,', 'data: { ...error },'),
  ),
  row(
    'errors in streams are invisible or untyped',
    'the retryable flag',
    'ai-sdk',
    change('ts/ai-sdk/stream-error.ts', '    isRetryable: error.isRetryable,\n', ''),
  ),
  row(
    'truncated streams look like success',
    'the end of the body',
    PARTS,
    change(
      STREAM,
      "if (outcome.type === 'eof' && !hasFinished) {",
      "if (outcome.type === 'failed' && hasFinished) {",
    ),
  ),
  row(
    'truncated streams look like success',
    'a broken connection',
    PARTS,
    change(
      STREAM,
      "if (outcome.type === 'failed' && !(hasFinished && outcome.failure.kind === 'interrupted')) {",
      "if (outcome.type === 'failed' && outcome.failure.kind !== 'interrupted') {",
    ),
  ),
  row(
    'truncated streams look like success',
    'at any byte',
    'bad-input',
    change(
      STREAM,
      "if (outcome.type === 'eof' && !hasFinished) {",
      "if (outcome.type === 'failed' && hasFinished) {",
    ),
  ),
  row(
    'truncated streams look like success',
    'the error part',
    PARTS,
    change(STREAM, 'this.#errorPart(error);\n    this.#closeBlock();', 'this.#closeBlock();'),
  ),
  row(
    'thinking signatures lost',
    '(wrong) on a delta as well',
    PARTS,
    change(
      STREAM,
      'this.#signature = event.signature;',
      "this.#signature = event.signature;\n        this.#queue.push({ type: 'reasoning-delta', id: this.#blockId, delta: '', providerMetadata: { auriko: { signature: event.signature } } });",
    ),
  ),
  row(
    'thinking signatures lost',
    'in a reply',
    'convert-response',
    change(REPLY, '...(isSigned ? { providerMetadata: { auriko: { signature } } } : {}),', ''),
  ),
  row(
    'thinking signatures lost',
    'ordered replay',
    'convert-prompt',
    change(PROMPT, "blocks.push({ type: 'thinking'", "blocks.unshift({ type: 'thinking'"),
  ),
  row(
    'reasoning arrives after the text',
    '(wrong) it does, in a reply',
    'convert-response',
    change(REPLY, 'const content = reasoningOf(message);', 'const content: LanguageModelV4Content[] = [];'),
    change(
      REPLY,
      'content.push(...toolCallsOf(message));\n  return content;',
      'content.push(...reasoningOf(message), ...toolCallsOf(message));\n  return content;',
    ),
  ),
  row(
    'reasoning arrives after the text',
    '(wrong) it does, in a stream',
    PARTS,
    change(
      STREAM,
      '  reasoning(delta: string): void {\n    this.#accept();',
      "  reasoning(delta: string): void {\n    this.#accept();\n    if (this.#textBlocks === 0) this.text('');",
    ),
  ),
  row(
    'reasoning arrives after the text',
    '(wrong) twice',
    'transport-fetch-decode',
    change(
      'ts/transport/fetch/decode-chunk.ts',
      "else if (typeof reasoning === 'string'",
      "if (typeof reasoning === 'string'",
    ),
  ),
];

const requests = [
  row(
    'reasoning setting ignored',
    'reasoning_effort',
    'request-body',
    change(BODY, "['reasoning_effort', effort],", "['reasoning_effort', undefined],"),
  ),
  row(
    'reasoning setting ignored',
    'none is off',
    'request-body',
    change(BODY, "return 'off';", "return 'none';"),
  ),
  row(
    'reasoning setting ignored',
    'minimal is low',
    'request-body',
    change(BODY, "return 'low';", "return 'minimal';"),
  ),
  row(
    'reasoning setting ignored',
    'the warning',
    'request-body',
    change(
      BODY,
      "warnings.push({ type: 'compatibility', feature: 'reasoning', details: \"'minimal' is sent as 'low'.\" });",
      '',
    ),
  ),
  row(
    'reasoning setting ignored',
    'the other words',
    'request-body',
    change(BODY, '    default:\n      return reasoning;', '    default:\n      return undefined;'),
  ),
  row(
    'reasoning setting ignored',
    'providerOptions win',
    'request-body',
    change(
      BODY,
      'options.body.reasoning_effort ?? reasoningEffort(call.reasoning, warnings)',
      'reasoningEffort(call.reasoning, warnings) ?? options.body.reasoning_effort',
    ),
  ),
  row(
    'tool deltas without name, index, id',
    'without name',
    PARTS,
    change(
      'ts/ai-sdk/tool-calls.ts',
      "if (call.name !== undefined) this.queue.delta('tool-input-delta', call.id, fragment.arguments);",
      "this.queue.delta('tool-input-delta', call.id, fragment.arguments);",
    ),
  ),
  row(
    'tool deltas without name, index, id',
    'without index',
    PARTS,
    change(
      'ts/tool-fragments.ts',
      'if (id !== undefined) return this.all.find((call) => call.wireId === id);',
      '',
    ),
  ),
  row(
    'tool deltas without name, index, id',
    'without id',
    PARTS,
    change('ts/tool-fragments.ts', 'id: isUsable ? id : generateId(),', "id: isUsable ? id : '',"),
  ),
  row(
    'json_schema unsupported by a model',
    'the second request',
    SCHEMAS,
    change(
      MODEL,
      'if (plainer === undefined || first === plainer || !isSchemaRefused(error)) throw error;',
      'throw error;',
    ),
  ),
  row(
    'json_schema unsupported by a model',
    'for that error only',
    SCHEMAS,
    change(MODEL, ' || !isSchemaRefused(error)) throw error;', ') throw error;'),
  ),
  row(
    'json_schema unsupported by a model',
    'opt-in',
    SCHEMAS,
    change('ts/ai-sdk/model-config.ts', 'structuredOutputs = true,', "structuredOutputs = 'auto',"),
  ),
  row(
    'json_schema unsupported by a model',
    'json_object',
    SCHEMAS,
    change(SCHEMA, "response_format: { type: 'json_object' },", ''),
  ),
  row(
    'json_schema unsupported by a model',
    'the schema instruction',
    SCHEMAS,
    change(SCHEMA, '...messages.slice(0, position), instruction,', '...messages.slice(0, position),'),
  ),
  row(
    'json_schema unsupported by a model',
    'the warning',
    SCHEMAS,
    change(SCHEMA, 'warnings: [...call.warnings, warning],', ''),
  ),
  rustRow(
    'json_schema unsupported by a model',
    'the gateway routes by capability',
    { package: 'auriko-routing', target: ['--lib'] },
    change(FILTER, '.with_if(has_schema, Filter::StructuredOutput)', ''),
  ),
  row(
    'images from tools become text',
    '(wrong) they do',
    'convert-prompt',
    change(PROMPT, 'images.push(file);', 'texts.push(JSON.stringify(file));'),
  ),
];

export const complaints = section('9', [...results, ...requests, ...limits, ...packaging]);
