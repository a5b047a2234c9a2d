// §5.1: prompt to messages.

import { change, row, section } from '../row.mjs';
import { assistant, results } from './history.mjs';

const PROMPT = 'ts/ai-sdk/convert-prompt.ts';
const FILE = 'ts/ai-sdk/convert-file.ts';
const TESTS = 'convert-prompt';

const messages = [
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

export const prompt = section('5.1', [...messages, ...assistant, ...results]);
