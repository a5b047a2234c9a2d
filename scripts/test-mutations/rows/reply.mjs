// §5.2: a reply that is no stream, to content.

import { change, row, section } from '../row.mjs';

const REPLY = 'ts/ai-sdk/convert-response.ts';
const SOURCES = 'ts/ai-sdk/sources.ts';
const VALUES = 'ts/transport/fetch/decode-chunk.ts';
const TESTS = 'convert-response';

const CALLS_LAST = 'content.push(...toolCallsOf(message));\n  return content;';

export const reply = section('5.2', [
  row(
    'Order: reasoning, text',
    'reasoning comes first',
    TESTS,
    change(REPLY, 'const content = reasoningOf(message);', 'const content: LanguageModelV4Content[] = [];'),
    change(
      REPLY,
      CALLS_LAST,
      'content.push(...toolCallsOf(message), ...reasoningOf(message));\n  return content;',
    ),
  ),
  row(
    'refusal as text',
    'the refusal',
    TESTS,
    change(REPLY, "texts.push(string(message.refusal) ?? '');", ''),
  ),
  row(
    'refusal as text',
    'it comes behind the text',
    TESTS,
    change(
      REPLY,
      "texts.push(string(message.refusal) ?? '');",
      "texts.unshift(string(message.refusal) ?? '');",
    ),
  ),
  row(
    'sources',
    'they come behind the text',
    TESTS,
    change(
      REPLY,
      'content.push(...cited.map(({ source }) => source));',
      'content.unshift(...cited.map(({ source }) => source));',
    ),
  ),
  row(
    'files',
    'they come behind the sources',
    TESTS,
    change(REPLY, 'content.push(...images.flatMap(', 'content.unshift(...images.flatMap('),
  ),
  row(
    'tool calls',
    'they come last',
    TESTS,
    change(REPLY, CALLS_LAST, 'content.unshift(...toolCallsOf(message));\n  return content;'),
  ),
  row('tool calls', 'the calls', TESTS, change(REPLY, CALLS_LAST, 'return content;')),
  row(
    'message.reasoning blocks (array) win',
    'they win over reasoning_content',
    TESTS,
    change(
      REPLY,
      'if (Array.isArray(message.reasoning) && message.reasoning.length > 0) {',
      "if (Array.isArray(message.reasoning) && typeof message.reasoning_content !== 'string') {",
    ),
  ),
  row(
    'both describe the same thoughts',
    '(wrong) both are content',
    TESTS,
    change(
      REPLY,
      'const content = reasoningOf(message);',
      `const content = reasoningOf(message);
  const twice = string(message.reasoning_content);
  if (Array.isArray(message.reasoning) && twice !== undefined) content.push({ type: 'reasoning', text: twice });`,
    ),
  ),
  row(
    'annotations[].url_citation',
    'the source part',
    TESTS,
    change(REPLY, 'content.push(...cited.map(({ source }) => source));', ''),
  ),
  row(
    'annotations[].url_citation',
    'citations on the text',
    TESTS,
    change(REPLY, '...(isFirst && citations.length > 0 ? { citations } : {})', ''),
  ),
  row(
    'images[]',
    'the file',
    TESTS,
    change(REPLY, 'content.push(...images.flatMap((image) => convertImage(image) ?? []));', ''),
  ),
  row(
    'images[]',
    'its media type',
    TESTS,
    change(SOURCES, "typeof image.mime_type === 'string' ? image.mime_type : 'image/png'", "'image/*'"),
  ),
  row(
    'images[]',
    'base64 kept as it came',
    TESTS,
    change(
      SOURCES,
      "data: { type: 'data', data: image.data }",
      "data: { type: 'data', data: Buffer.from(image.data, 'base64') }",
    ),
  ),
  row(
    'created',
    'the timestamp',
    TESTS,
    change(REPLY, '...(created === undefined ? {} : { timestamp: new Date(created * 1000) }),', ''),
  ),
  row(
    'created',
    '0 means absent',
    TESTS,
    change(
      VALUES,
      "typeof value === 'number' && value >= 1 &&",
      "typeof value === 'number' && value >= 0 &&",
    ),
  ),
  row('model', 'modelId', TESTS, change(REPLY, '...(modelId === undefined ? {} : { modelId }),', '')),
  row(
    'Missing choices',
    'InvalidResponseDataError',
    TESTS,
    change(
      REPLY,
      "throw new InvalidResponseDataError({ data: body, message: 'The reply has no choices.' });",
      'return {};',
    ),
  ),
  row(
    'A 200 body with error',
    'the error',
    TESTS,
    change(
      REPLY,
      'if (body.error !== undefined && body.error !== null) throw errorFromStreamError(body.error, withHead);',
      '',
    ),
  ),
  row(
    'A 200 body with error',
    'it is mapped by its code',
    TESTS,
    change(
      REPLY,
      'throw errorFromStreamError(body.error, withHead);',
      "throw invalidResponse('Invalid JSON response', reply.body, withHead);",
    ),
  ),
]);
