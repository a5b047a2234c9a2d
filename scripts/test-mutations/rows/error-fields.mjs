// §6.1: what an error keeps, and what it must not.

import { change, row } from '../row.mjs';

const BUILD = 'ts/errors/build.ts';
const CLASSES = 'ts/errors/classes.ts';
const SUMMARY = 'ts/errors/request-summary.ts';
const TESTS = 'errors';
const NAME = "this.name = String(Reflect.get(new.target.prototype, 'className'));";
/** Takes one field out of every error. */
const field = (name) =>
  row(
    `fields ${name}`,
    name,
    TESTS,
    change(CLASSES, `this.${name} = fields.${name};`, `this.${name} = undefined as never;`),
  );

export const kept = [
  row(
    'Only APICallError',
    'every error is one',
    'convert-response',
    change(
      CLASSES,
      NAME,
      `${NAME}\n    Object.assign(this, { [Symbol.for('vercel.ai.error.AI_APICallError')]: false });`,
    ),
  ),
  row(
    'Only APICallError',
    '`ai` retries it',
    'ai-sdk',
    change(
      CLASSES,
      NAME,
      `${NAME}\n    Object.assign(this, { [Symbol.for('vercel.ai.error.AI_APICallError')]: false });`,
    ),
  ),
  row(
    'isInstance by Symbol.for',
    'another copy of the package',
    TESTS,
    change(CLASSES, 'return Symbol.for(`auriko.error.${name}`);', 'return (markers[name] ??= Symbol(name));'),
    change(
      CLASSES,
      'function markerOf(',
      'const markers: Record<string, symbol> = {};\n\nfunction markerOf(',
    ),
  ),
  field('code'),
  field('type'),
  field('param'),
  field('provider'),
  field('docUrl'),
  field('suggestion'),
  field('requestId'),
  field('retryAfterMs'),
  row(
    'requestBodyValues keeps the whole prompt alive',
    'data URLs by their length',
    TESTS,
    change(
      SUMMARY,
      '.replace(DATA_URL, (_, head: string, payload: string) => `${head}<${payload.length} characters>"`)',
      '',
    ),
  ),
  row(
    'requestBodyValues keeps the whole prompt alive',
    'bare base64 by its length',
    TESTS,
    change(
      SUMMARY,
      '.replace(BARE_BASE64, (_, payload: string) => `"<${payload.length} characters of base64>"`)',
      '',
    ),
  ),
  row(
    'requestBodyValues keeps the whole prompt alive',
    'bytes by their length',
    'payloads',
    change(SUMMARY, '`<${piece.length} bytes>`', 'String(piece)'),
  ),
  row(
    'Never put a key in any field',
    'the key is taken out',
    TESTS,
    change(BUILD, 'if (secrets.length === 0) return fields;', 'if (secrets.length < 9) return fields;'),
  ),
  row(
    'Never put a key in any field',
    'a key in the URL',
    TESTS,
    change(SUMMARY, 'const bare = query < 0 ? url : url.slice(0, query);', 'const bare = url;'),
  ),
  row(
    'Never put a key in any field',
    'a user in the URL',
    TESTS,
    change(SUMMARY, "return bare.replace(/^([a-z][a-z0-9+.-]*:\\/\\/)[^/@]*@/i, '$1');", 'return bare;'),
  ),
];
