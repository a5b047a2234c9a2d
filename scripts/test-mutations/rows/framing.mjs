// §5.3, what the framing has to survive: over fetch, where a library splits the lines, and in the Rust decoder, which is ours.

import { change, row, rustRow, section } from '../row.mjs';

const READ = 'ts/transport/fetch/read-stream.ts';
const DECODE = 'ts/transport/fetch/decode-chunk.ts';
const BUILD = 'ts/errors/build.ts';
const STREAM = 'ts/ai-sdk/convert-stream.ts';
const FRAMES = 'transport-fetch';
const DECODER = 'transport-fetch-decode';

const SSE = 'crates/auriko-wire/src/sse/decode.rs';
const CHUNK = 'crates/auriko-wire/src/chunk.rs';
const WIRE = { package: 'auriko-wire', target: ['--lib'], filter: undefined };

const FEED = 'parser.feed(decoder.decode(value, { stream: true }));';
const KEEP_ALIVE = "if (data === '' || data.startsWith(':')) return 'skipped';";

const fetch = [
  row(
    'CRLF',
    '(wrong) a carriage return belongs to the line',
    FRAMES,
    change(READ, FEED, FEED.replace('true }))', "true }).replaceAll('\\r', ' '))")),
  ),
  row(
    'BOM',
    '(wrong) it belongs to the first line',
    FRAMES,
    change(
      READ,
      'const decoder = new TextDecoder();',
      "const decoder = new TextDecoder('utf-8', { ignoreBOM: true });",
    ),
    change(READ, FEED, FEED.replace('true }))', "true }).replaceAll('\\uFEFF', 'x'))")),
  ),
  row(
    'comments',
    '(wrong) they are data',
    FRAMES,
    change(READ, FEED, FEED.replace('true }))', "true }).replace(/^:/gm, 'data:'))")),
  ),
  row(
    'several data: lines',
    '(wrong) the first line is all',
    FRAMES,
    change(READ, 'onFrame(event, data, isCut)', "onFrame(event, data.split('\\n')[0] ?? '', isCut)"),
  ),
  row(
    'a last event without its blank line',
    'the event',
    FRAMES,
    change(READ, 'parser.feed(`${decoder.decode()}\\n\\n`);', ''),
  ),
  row(
    'data: : keepalive',
    'it is skipped',
    DECODER,
    change(DECODE, KEEP_ALIVE, "if (data === '') return 'skipped';"),
  ),
  row(
    'empty data:',
    'it is skipped',
    DECODER,
    change(DECODE, KEEP_ALIVE, "if (data.startsWith(':')) return 'skipped';"),
  ),
  row(
    'event: error',
    'the error',
    DECODER,
    change(DECODE, "if (event === 'error') return this.#last({ type: 'error', error: errorOf(data) });", ''),
  ),
  row(
    'an error that is a plain string',
    'the error',
    DECODER,
    change(
      DECODE,
      'if (chunk.error !== undefined && chunk.error !== null)',
      "if (typeof chunk.error === 'object' && chunk.error !== null)",
    ),
  ),
  row(
    'an error that is a plain string',
    'its words',
    'convert-stream',
    change(BUILD, 'message: salvageMessage({ error: wireError }) ??', 'message:'),
  ),
  row(
    '__proto__ keys',
    '(wrong) they set the prototype',
    DECODER,
    change(
      DECODE,
      'chunk = JSON.parse(data);',
      'chunk = JSON.parse(data, (_key, value) => (isRecord(value) ? Object.assign({}, value) : value));',
    ),
  ),
  row(
    'a chunk split inside a UTF-8 character',
    'the rest of the character',
    FRAMES,
    change(READ, 'decoder.decode(value, { stream: true })', 'new TextDecoder().decode(value)'),
  ),
  row(
    'Malformed JSON',
    'the error part',
    'convert-stream',
    change(STREAM, 'this.#failure = malformedChunk(event.detail, this.#context);', ''),
  ),
  row(
    'Malformed JSON',
    'it is retryable',
    'convert-stream',
    change(BUILD, "'malformed_chunk',\n    true,", "'malformed_chunk',\n    false,"),
  ),
  row(
    'Malformed JSON',
    'the event',
    DECODER,
    change(
      DECODE,
      "return this.#last({ type: 'malformed', detail: isShort ?",
      "return Object('skipped', { type: 'malformed', detail: isShort ?",
    ),
  ),
  row('Malformed JSON', 'then stop', DECODER, change(DECODE, 'this.#done = true;', '')),
];

const native = [
  rustRow(
    'CRLF',
    'the line feed behind a carriage return',
    WIRE,
    change(SSE, "self.skip_line_feed = self.buffer[end] == b'\\r';", 'self.skip_line_feed = false;'),
  ),
  rustRow(
    'CRLF',
    'a carriage return ends a line',
    WIRE,
    change(SSE, "memchr2(b'\\n', b'\\r', ", "memchr2(b'\\n', b'\\n', "),
  ),
  rustRow('BOM', 'it is skipped', WIRE, change(SSE, 'self.line_start += BOM.len();', '')),
  rustRow(
    'comments',
    'they are skipped',
    WIRE,
    change(SSE, 'Some(0) => return Ok(()),', 'Some(0) => (&b"data"[..], &line[1..]),'),
  ),
  rustRow(
    'several data: lines',
    'the lines behind the second',
    WIRE,
    change(
      SSE,
      'Data::Joined => {\n                        self.join(value_start, end);',
      'Data::Joined => {',
    ),
  ),
  rustRow(
    'several data: lines',
    'the line feed between them',
    WIRE,
    change(SSE, "self.joined.push(b'\\n');", ''),
  ),
  rustRow(
    'a last event without its blank line',
    'the event',
    WIRE,
    change(SSE, 'data => Some(Ok(Frame { is_cut: true, ..self.dispatch(data) })),', '_ => None,'),
  ),
  rustRow(
    'data: : keepalive',
    'it is skipped',
    WIRE,
    change(SSE, "data.is_empty() || data.starts_with(':')", 'data.is_empty()'),
  ),
  rustRow(
    'empty data:',
    'it is skipped',
    WIRE,
    change(SSE, "data.is_empty() || data.starts_with(':')", "data.starts_with(':')"),
  ),
  rustRow(
    'event: error',
    'the error',
    WIRE,
    change(CHUNK, 'if frame.event == "error" {', 'if frame.event == "err" {'),
  ),
  rustRow(
    'an error that is a plain string',
    'the error',
    WIRE,
    change(
      CHUNK,
      'if let Some(error) = present(chunk.error) {',
      "if let Some(error) = present(chunk.error).filter(|error| error.get().starts_with('{')) {",
    ),
  ),
  rustRow(
    'a chunk split inside a UTF-8 character',
    'the rest of the character',
    WIRE,
    change(
      SSE,
      'self.buffer.extend_from_slice(bytes);',
      'self.buffer.extend_from_slice(String::from_utf8_lossy(bytes).as_bytes());',
    ),
  ),
  rustRow(
    'Malformed JSON',
    'the event',
    WIRE,
    change(
      CHUNK,
      'Err(error) => self.last(Event::Malformed { detail: describe(&error) }, emit),',
      'Err(_) => Verdict::Skipped,',
    ),
  ),
  rustRow('Malformed JSON', 'then stop', WIRE, change(CHUNK, 'self.done = true;', '')),
];

export const framing = section('5.3 framing', [
  ...fetch,
  ...native.map((entry) => ({ ...entry, gone: `native: ${entry.gone}` })),
]);
