// §5.1: prompt to messages.

import { change, row, section } from '../row.mjs';

const PROMPT = 'ts/ai-sdk/convert-prompt.ts';
const FILE = 'ts/ai-sdk/convert-file.ts';
const TESTS = 'convert-prompt';

const prompt51 = [
  row(
    'system',
    'the message',
    TESTS,
    change(PROMPT, "return [{ role: 'system', content: message.content, ...name }];", 'return [];'),
  ),
  row(
    'user, one text part',
    'a string as content',
    TESTS,
    change(PROMPT, 'if (parts.length === 1 && isPlain) return first.text;', ''),
  ),
  row(
    'user, one text part',
    "the message's options",
    TESTS,
    change(PROMPT, 'cacheControl(first, options) === undefined', 'cacheControl(first, {}) === undefined'),
  ),
  row(
    'user, one text part',
    "the message's name",
    TESTS,
    change(
      PROMPT,
      'content: userContent(message.content, options, payloads), ...name }',
      'content: userContent(message.content, options, payloads) }',
    ),
  ),
  row(
    'user, one text part',
    "the part's options",
    TESTS,
    change(
      PROMPT,
      "return partOptions(part.providerOptions, 'part').cacheControl ?? inherited.cacheControl;",
      'return inherited.cacheControl;',
    ),
  ),
  row(
    'user, several parts',
    'the array',
    TESTS,
    change(PROMPT, 'if (parts.length === 1 && isPlain)', 'if (isPlain)'),
  ),
  row(
    'user, several parts',
    "the message's mark is on the last part only",
    TESTS,
    change(PROMPT, 'index === parts.length - 1 ? options : {}', 'options'),
  ),
  row(
    'text',
    'the text',
    TESTS,
    change(PROMPT, "{ type: 'text', text: part.text }", "{ type: 'text', text: '' }"),
  ),
  row(
    'text',
    'cache_control',
    TESTS,
    change(PROMPT, 'return mark === undefined ? wire : { ...wire, cache_control: mark };', 'return wire;'),
  ),
  row(
    'file, top level image',
    'the image part',
    TESTS,
    change(FILE, "return { type: 'image_url', image_url: {", "return { type: 'file', image_url: {"),
  ),
  row(
    'file, top level image',
    'an http URL as it is',
    TESTS,
    change(
      FILE,
      'return data.originalUrl ?? data.url.href;',
      'return data.originalUrl ?? decodeURI(data.url.href);',
    ),
  ),
  row(
    'file, top level image',
    'the URL as the caller wrote it',
    TESTS,
    change(FILE, 'return data.originalUrl ?? data.url.href;', 'return data.url.href;'),
  ),
  row(
    'file, top level image',
    'detail',
    TESTS,
    change(FILE, '...(detail === undefined ? {} : { detail })', ''),
  ),
  row(
    'file, top level image',
    'data as a data URL',
    TESTS,
    change(
      FILE,
      `return \`data:\${fullMediaType(mediaType, data.data)};base64,\${encoded(data.data, payloads)}\`;`,
      'return encoded(data.data, payloads);',
    ),
  ),
  row(
    'file, top level image',
    'the full media type of data',
    TESTS,
    change(FILE, 'fullMediaType(mediaType, data.data)', 'mediaType'),
  ),
  row(
    'file, other media',
    'the refusal',
    TESTS,
    change(
      FILE,
      `throw new UnsupportedFunctionalityError({
    functionality: \`file parts of type \${part.mediaType}\`,
    message: \`Auriko takes images`,
      `return Object({
    functionality: \`file parts of type \${part.mediaType}\`,
    message: \`Auriko takes images`,
    ),
  ),
  row(
    'file, other media',
    'the media type in the refusal',
    TESTS,
    change(
      FILE,
      `functionality: \`file parts of type \${part.mediaType}\`,
    message: \`Auriko takes images`,
      `functionality: 'file parts',
    message: \`Auriko takes images`,
    ),
  ),
  row(
    'file, other media',
    'PDFs, which the gateway declares',
    TESTS,
    change(FILE, 'if (part.mediaType.toLowerCase() === PDF) return pdfPart(part, payloads);', ''),
  ),
  row(
    'file, other media',
    'audio, which the gateway declares',
    TESTS,
    change(FILE, "if (topLevel === 'audio') return audioPart(part, payloads);", ''),
  ),
  row(
    'file text',
    'a text part when the top level is text',
    TESTS,
    change(FILE, "if (topLevel === 'text') return textPart(part);", ''),
  ),
  row(
    'file text',
    'the text of text data',
    TESTS,
    change(FILE, "if (data.type === 'text') return { type: 'text', text: data.text };", ''),
  ),
  row(
    'file reference',
    'the id of this provider, and no other',
    TESTS,
    change(FILE, 'const own = references.auriko;', 'const own = Object.values(references)[0];'),
  ),
  row(
    'file reference',
    'references of images',
    TESTS,
    change(
      FILE,
      "case 'reference':\n      return reference(data.reference);",
      "case 'reference':\n      return '';",
    ),
  ),
];

const assistant = [
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

const results = [
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

export const prompt = section('5.1', [...prompt51, ...assistant, ...results]);
