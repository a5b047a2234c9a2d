// §9: complaints about limits, memory and packages.

import { change, row, typeRow } from '../row.mjs';

const BUILD = 'ts/errors/build.ts';
const MODEL = 'ts/ai-sdk/language-model.ts';
const READ = 'ts/transport/fetch/read-stream.ts';
const CHOOSE = 'ts/transport/choose.ts';
const OPTIONS = 'ts/options.ts';
const MODELS = 'ts/ai-sdk/models.ts';
const PARTS = 'convert-stream';
const PACKAGE = 'packaging';

export const limits = [
  row(
    'stream hangs for ever',
    'the idle limit, over fetch',
    'bad-input',
    change('ts/transport/fetch/limits.ts', 'if (idleMs === 0) return;', 'if (idleMs >= 0) return;'),
  ),
  row(
    'stream hangs for ever',
    '(wrong) it counts bytes, over fetch',
    'transport-fetch',
    change(READ, 'window.add(value.byteLength);', 'window.add(value.byteLength);\n      watch.touch();'),
  ),
  row(
    'stream hangs for ever',
    '(wrong) keep-alives in data fields count, over fetch',
    'transport-fetch',
    change(READ, "if (result !== 'skipped') watch.touch();", 'watch.touch();'),
  ),
  row(
    'stream hangs for ever',
    'there is a limit by default',
    'provider',
    change(
      OPTIONS,
      'idleMs: over.idleMs ?? timeout.idleMs ?? patienceMs,',
      'idleMs: over.idleMs ?? timeout.idleMs ?? 0,',
    ),
  ),
  row(
    'five-minute ceiling',
    '(wrong) one',
    'provider',
    change(
      OPTIONS,
      'totalMs: over.totalMs ?? timeout.totalMs ?? 0,',
      'totalMs: over.totalMs ?? timeout.totalMs ?? 300_000,',
    ),
  ),
  row(
    'five-minute ceiling',
    'ten minutes for who thinks',
    'provider',
    change(OPTIONS, 'isReasoning ? 600_000 : 60_000', 'isReasoning ? 300_000 : 60_000'),
  ),
  row(
    'five-minute ceiling',
    "the caller's limits",
    'ai-sdk',
    change(
      OPTIONS,
      'firstByteMs: over.firstByteMs ?? timeout.firstByteMs ??',
      'firstByteMs: timeout.firstByteMs ??',
    ),
  ),
  row(
    'memory: prompts and bodies retained',
    'no second copy of large payloads',
    'payloads',
    change(
      'ts/ai-sdk/send.ts',
      "typeof body === 'string' ? body : summariseBody(body)",
      "typeof body === 'string' ? body : body.map((piece) => (typeof piece === 'string' ? piece : String(piece))).join('')",
    ),
  ),
  row(
    'memory: prompts and bodies retained',
    '(wrong) a body in the result of a stream',
    'provider',
    change(MODEL, 'response: { headers },', 'response: { headers, body: prepared.request.body },'),
  ),
  row(
    'memory: prompts and bodies retained',
    'the body is the one that was sent',
    'provider',
    change(
      'ts/ai-sdk/send.ts',
      "typeof body === 'string' ? body : summariseBody(body)",
      "typeof body === 'string' ? JSON.stringify(JSON.parse(body), null, 1) : summariseBody(body)",
    ),
  ),
  row(
    'memory: prompts and bodies retained',
    '(wrong) requests are kept',
    'leaks',
    change(
      MODEL,
      "const PATH = '/chat/completions';",
      "const PATH = '/chat/completions';\nconst KEPT: unknown[] = [];",
    ),
    change(
      MODEL,
      'const settings = {\n        name: this.#name,',
      'KEPT.push(structuredClone(prepared.request.body));\n      const settings = {\n        name: this.#name,',
    ),
  ),
  row(
    'usage of an aborted stream',
    'the headers, which have the request id',
    'provider',
    change(MODEL, 'response: { headers },', ''),
  ),
  row(
    'usage of an aborted stream',
    'the request id of an error',
    PARTS,
    change(BUILD, "requestId: head?.headers['x-request-id'],", ''),
  ),
];

export const packaging = [
  row(
    'listing models',
    'the list',
    'models',
    change(MODELS, 'return data.flatMap((entry: unknown) => modelOf(entry) ?? []);', 'return [];'),
  ),
  row(
    'listing models',
    'the address',
    'models',
    change(MODELS, "endpoint === undefined ? '/models' :", "endpoint === undefined ? '/model' :"),
  ),
  typeRow('listing models', 'typed ids', change('ts/ai-sdk/model-ids.ts', "  | 'gpt-5-nano'\n", '')),
  typeRow(
    'listing models',
    'ids that are not listed',
    change('ts/ai-sdk/model-ids.ts', 'string & {}', 'never', 2),
  ),
  row(
    'CommonJS and Jest',
    'require',
    PACKAGE,
    change('package.json', '"default": "./dist/index.js"', '"import": "./dist/index.js"'),
  ),
  row(
    'CommonJS and Jest',
    'require of `./client`',
    PACKAGE,
    change('package.json', '"default": "./dist/client/index.js"', '"import": "./dist/client/index.js"'),
  ),
  row(
    'CommonJS and Jest',
    'the documentation',
    PACKAGE,
    change('README.md', 'CommonJS code can `require` it on Node', 'It runs on Node'),
  ),
  row(
    'native addon in Next.js',
    'the fallback transport',
    PACKAGE,
    change(
      CHOOSE,
      'warnOnce(reason);\n  return { transport: createFetchTransport(), reason };',
      'throw new Error(reason);',
    ),
  ),
  row('native addon in Next.js', 'the warning', PACKAGE, change(CHOOSE, 'warnOnce(reason);\n', '')),
  row('native addon in Next.js', 'one warning', PACKAGE, change(CHOOSE, 'warned = true;', '')),
  row(
    'native addon in Next.js',
    'serverExternalPackages in the documentation',
    PACKAGE,
    change('README.md', 'serverExternalPackages', 'externalPackages'),
  ),
  row(
    'native addon in Next.js',
    '(wrong) the loader makes up names',
    PACKAGE,
    change(
      'index.js',
      "require('./auriko.linux-x64-gnu.node')",
      "require('./auriko.' + process.platform + '-x64-gnu.node')",
    ),
  ),
];
