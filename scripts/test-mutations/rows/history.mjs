// §5.1: what assistants and tools said before.

import { change, row } from '../row.mjs';

const PROMPT = 'ts/ai-sdk/convert-prompt.ts';
const FILE = 'ts/ai-sdk/convert-file.ts';
const TESTS = 'convert-prompt';

export const assistant = [
  row(
    'assistant text',
    'all texts but the last',
    TESTS,
    change(PROMPT, 'text += part.text;', 'text = part.text;'),
  ),
  row('assistant text', 'the order', TESTS, change(PROMPT, 'text += part.text;', 'text = part.text + text;')),
  row(
    'assistant text',
    'null beside tool calls',
    TESTS,
    change(PROMPT, "content: text === '' && calls.length > 0 ? null : text,", 'content: text,'),
  ),
  row(
    'assistant text',
    'empty text without tool calls',
    TESTS,
    change(PROMPT, "text === '' && calls.length > 0 ? null : text", "text === '' ? null : text"),
  ),
  row(
    'assistant reasoning',
    'the block of signed thinking',
    TESTS,
    change(PROMPT, 'if (options.signature !== undefined) {', 'if (options.signature === null) {'),
  ),
  row(
    'assistant reasoning',
    'the block of redacted thinking',
    TESTS,
    change(PROMPT, "blocks.push({ type: 'redacted', data: options.redactedData });", ''),
  ),
  row(
    'assistant reasoning',
    'the original order of blocks',
    TESTS,
    change(PROMPT, "blocks.push({ type: 'redacted'", "blocks.unshift({ type: 'redacted'"),
  ),
  row(
    'assistant reasoning',
    'unsigned thinking is no block',
    TESTS,
    change(PROMPT, 'if (options.signature !== undefined) {', '{'),
  ),
  row(
    'assistant reasoning',
    'reasoning_content',
    TESTS,
    change(PROMPT, "...(thoughts === '' ? {} : { reasoning_content: thoughts }),", ''),
  ),
  row(
    'assistant tool-call',
    'the id',
    TESTS,
    change(PROMPT, "    id: part.toolCallId,\n    type: 'function',", "    type: 'function',"),
  ),
  row(
    'assistant tool-call',
    'the type',
    TESTS,
    change(PROMPT, "    id: part.toolCallId,\n    type: 'function',", '    id: part.toolCallId,'),
  ),
  row(
    'assistant tool-call',
    'the name',
    TESTS,
    change(PROMPT, 'function: { name: part.toolName, ', 'function: { '),
  ),
  row(
    'assistant tool-call',
    'provider_signature',
    TESTS,
    change(PROMPT, '...(signature === undefined ? {} : { provider_signature: signature }),', ''),
  ),
  row(
    'assistant tool-call',
    'arguments as JSON text',
    TESTS,
    change(PROMPT, 'arguments: argumentsText(part.input) }', 'arguments: part.input }'),
  ),
  row(
    'assistant tool-call',
    'JSON text goes through unchanged',
    TESTS,
    change(PROMPT, 'JSON.parse(input);\n    return input;', 'return JSON.stringify(JSON.parse(input));'),
  ),
];

export const results = [
  row(
    'tool-result text',
    'the text',
    TESTS,
    change(PROMPT, 'return output.value;', 'return JSON.stringify(output.value);'),
  ),
  row(
    'tool-result text',
    'the text of an error',
    TESTS,
    change(
      PROMPT,
      "case 'error-text':\n      return output.value;",
      "return output.value;\n    case 'error-text':\n      return '';",
    ),
  ),
  row(
    'json/error-json',
    'JSON text',
    TESTS,
    change(PROMPT, 'return stableJson(output.value);', 'return String(output.value);'),
  ),
  row(
    'json/error-json',
    'the JSON of an error',
    TESTS,
    change(
      PROMPT,
      "case 'error-json':\n      return stableJson(output.value);",
      "return stableJson(output.value);\n    case 'error-json':\n      return '';",
    ),
  ),
  row(
    'json/error-json',
    'the stable key order of results',
    TESTS,
    change(PROMPT, 'return stableJson(output.value);', 'return JSON.stringify(output.value);'),
  ),
  row(
    'json/error-json',
    'the stable key order of arguments',
    TESTS,
    change(PROMPT, 'return stableJson(input ?? {});', 'return JSON.stringify(input ?? {});'),
  ),
  row(
    'execution-denied',
    'the reason',
    TESTS,
    change(PROMPT, 'return output.reason ?? DENIED;', 'return DENIED;'),
  ),
  row(
    'execution-denied',
    'the fixed sentence',
    TESTS,
    change(PROMPT, 'return output.reason ?? DENIED;', "return output.reason ?? '';"),
  ),
  row(
    'content',
    'all texts but the first',
    TESTS,
    change(PROMPT, "return texts.join('\\n');", "return texts[0] ?? '';"),
  ),
  row(
    'content',
    'the user message with the images',
    TESTS,
    change(PROMPT, "if (images.length > 0) messages.push({ role: 'user', content: images });", ''),
  ),
  row(
    'content',
    'the images follow',
    TESTS,
    change(
      PROMPT,
      "messages.push({ role: 'user', content: images })",
      "messages.unshift({ role: 'user', content: images })",
    ),
  ),
  row(
    'content',
    'the warning',
    TESTS,
    change(PROMPT, 'if (moved > 0) {\n    warnings.push({', 'if (moved > 0) {\n    new Array().push({'),
  ),
  row(
    'content',
    '(wrong) base64 as JSON text',
    TESTS,
    change(PROMPT, 'images.push(file);', 'texts.push(JSON.stringify(file));'),
  ),
  row(
    'tool-approval-response',
    '(wrong) a message for it',
    TESTS,
    change(
      PROMPT,
      "if (part.type !== 'tool-result') continue;",
      "if (part.type !== 'tool-result') {\n      messages.push({ role: 'tool', content: '' });\n      continue;\n    }",
    ),
  ),
  row(
    'custom, reasoning-file',
    'the warning about custom parts',
    TESTS,
    change(PROMPT, `skip(\`custom parts (\${part.kind})\`, warnings);`, ''),
  ),
  row(
    'custom, reasoning-file',
    'the warning about reasoning files',
    TESTS,
    change(PROMPT, "skip('reasoning files', warnings);", ''),
  ),
  row(
    'custom, reasoning-file',
    '(wrong) something is sent for them',
    TESTS,
    change(
      PROMPT,
      "skip('reasoning files', warnings);",
      "skip('reasoning files', warnings);\n        text += part.mediaType;",
    ),
  ),
  row(
    'Test for the media type by top level',
    'images as plain `image`',
    TESTS,
    change(FILE, "if (topLevel === 'image') return", "if (part.mediaType.startsWith('image/')) return"),
  ),
];
