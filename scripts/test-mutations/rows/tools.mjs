// §5.4: tool calls from fragments.

import { change, row, section } from '../row.mjs';

const FRAGMENTS = 'ts/tool-fragments.ts';
const CALLS = 'ts/ai-sdk/tool-calls.ts';
const STREAM = 'ts/ai-sdk/convert-stream.ts';
const DECODE = 'ts/transport/fetch/decode-chunk.ts';
const REPLY = 'ts/ai-sdk/convert-response.ts';
const PARTS = 'convert-stream';
const DECODER = 'transport-fetch-decode';
const ASSEMBLED = 'const call = this.#calls.of(fragment);';
const DELTA =
  "if (call.name !== undefined) this.queue.delta('tool-input-delta', call.id, fragment.arguments);";
const END = "this.queue.push({ type: 'tool-input-end', id: call.id });";
const INPUT_START = "this.queue.push({ type: 'tool-input-start', id: call.id, toolName: fragment.name });";

export const tools = section('5.4', [
  row(
    'Key by index',
    'the index',
    PARTS,
    change(FRAGMENTS, 'const open = this.#byIndex.get(index);', 'const open = this.all[0];'),
  ),
  row(
    'Key by index',
    'else the id',
    PARTS,
    change(FRAGMENTS, 'if (id !== undefined) return this.all.find((call) => call.wireId === id);', ''),
  ),
  row(
    'Key by index',
    'else the call that is open',
    PARTS,
    change(
      FRAGMENTS,
      'return last?.name !== undefined && name !== undefined ? undefined : last;',
      'return undefined;',
    ),
  ),
  row(
    'Same index, new non-blank id',
    'the new call',
    PARTS,
    change(
      FRAGMENTS,
      'return open !== undefined && isNextCall(open, id, name) ? undefined : open;',
      'return open;',
    ),
  ),
  row(
    'Same index, new non-blank id',
    'only after complete JSON',
    PARTS,
    change(FRAGMENTS, "return open.tail.trimEnd().endsWith('}') && isJson(open.arguments);", 'return true;'),
  ),
  row(
    'Same index, new non-blank id',
    'a blank id belongs to the open call',
    DECODER,
    change(
      DECODE,
      'const id = string(call.id);',
      "const id = typeof call.id === 'string' ? call.id : undefined;",
    ),
  ),
  row(
    'Same index, new non-blank id',
    'a blank name belongs to the open call',
    DECODER,
    change(
      DECODE,
      'const name = string(call.function?.name);',
      "const name = typeof call.function?.name === 'string' ? call.function.name : undefined;",
    ),
  ),
  row(
    'Same index, new non-blank id',
    '(wrong) a call needs a type',
    DECODER,
    change(
      DECODE,
      'const index = call.index ?? undefined;',
      "if (Reflect.get(call, 'type') !== 'function') return;\n  const index = call.index ?? undefined;",
    ),
  ),
  row(
    'No index 0 may ever come',
    '(wrong) calls are indexed by it',
    PARTS,
    change(
      FRAGMENTS,
      'return this.#find(fragment) ?? this.#open(fragment);',
      'const index = fragment.index ?? 0;\n    if (index > this.all.length) return this.all[index] as OpenCall;\n    return this.#find(fragment) ?? this.#open(fragment);',
    ),
  ),
  row(
    'Name missing at first',
    'arguments are held back',
    PARTS,
    change(CALLS, DELTA, "this.queue.delta('tool-input-delta', call.id, fragment.arguments);"),
  ),
  row(
    'Name missing at first',
    'what was held back comes with the name',
    PARTS,
    change(
      CALLS,
      "if (call.arguments !== '') this.queue.delta('tool-input-delta', call.id, call.arguments);",
      '',
    ),
  ),
  row(
    'Name missing at first',
    'it never comes: the error part',
    PARTS,
    change(CALLS, "if (ending === 'complete') this.onUnnamed();", ''),
  ),
  row(
    'Name missing at first',
    'it never comes: the call is dropped',
    PARTS,
    change(
      CALLS,
      "if (ending === 'complete') this.onUnnamed();\n        continue;",
      "if (ending === 'complete') this.onUnnamed();\n        call.name = 'unnamed';",
    ),
  ),
  row(
    'Id missing, blank or repeated',
    'an id for a missing one',
    PARTS,
    change(FRAGMENTS, 'id: isUsable ? id : generateId(),', "id: isUsable ? id : (id ?? ''),"),
  ),
  row(
    'Id missing, blank or repeated',
    'an id for a repeated one',
    PARTS,
    change(
      FRAGMENTS,
      'const isUsable = id !== undefined && !this.#ids.has(id);',
      'const isUsable = id !== undefined;',
    ),
  ),
  row(
    'Id missing, blank or repeated',
    'in a reply: an id for a missing one',
    'convert-response',
    change(
      REPLY,
      'given === undefined || ids.has(given) ? generateId() : given',
      "given === undefined ? '' : given",
    ),
  ),
  row(
    'Id missing, blank or repeated',
    'in a reply: an id for a repeated one',
    'convert-response',
    change(REPLY, 'given === undefined || ids.has(given) ? generateId() : given', 'given ?? generateId()'),
  ),
  row('Emit tool-input-start', 'the part', PARTS, change(CALLS, INPUT_START, '')),
  row(
    'Emit tool-input-start',
    'at the first delta that has the name',
    PARTS,
    change(
      CALLS,
      INPUT_START,
      "const { name } = fragment;\n      this.start = () => this.queue.push({ type: 'tool-input-start', id: call.id, toolName: name });\n      return;",
    ),
    change(
      CALLS,
      'call.signature ??= fragment.signature;',
      'call.signature ??= fragment.signature;\n    this.start?.();\n    this.start = undefined;',
    ),
    change(
      CALLS,
      'readonly #calls = new OpenCalls();',
      'readonly #calls = new OpenCalls();\n  start: (() => void) | undefined;',
    ),
  ),
  row('Emit tool-input-start', 'each fragment as tool-input-delta', PARTS, change(CALLS, DELTA, '')),
  row(
    'Emit tool-input-start',
    'empty fragments emit nothing',
    PARTS,
    change(CALLS, "if (fragment.arguments === '') return;", ''),
  ),
  row(
    'Emit tool-input-end and tool-call only at the finish word',
    '(wrong) when the next call starts',
    PARTS,
    change(
      CALLS,
      ASSEMBLED,
      `${ASSEMBLED}\n    const before = this.#calls.all.at(-2);\n    if (before !== undefined && call.arguments === '') this.queue.push({ type: 'tool-input-end', id: before.id });`,
    ),
  ),
  row(
    'Emit tool-input-end and tool-call only at the finish word',
    '(wrong) when the arguments parse',
    PARTS,
    change(CALLS, DELTA, `${DELTA}\n    if (isJson(call.arguments)) this.finish('complete');`),
  ),
  row(
    'Emit tool-input-end and tool-call only at the finish word',
    'tool-input-end',
    PARTS,
    change(CALLS, END, ''),
  ),
  row(
    'Emit tool-input-end and tool-call only at the finish word',
    'tool-call',
    PARTS,
    change(CALLS, "if (ending === 'broken') continue;", 'continue;'),
  ),
  row(
    'Empty arguments',
    "'{}' in a stream",
    PARTS,
    change(FRAGMENTS, "return text.trim() === '' ? '{}' : text;", 'return text;'),
  ),
  row(
    'Empty arguments',
    "'{}' in a reply",
    'convert-response',
    change(
      REPLY,
      'input: toolInput(argumentsText(details.arguments)),',
      'input: argumentsText(details.arguments),',
    ),
  ),
  row(
    'Finish length or interrupted',
    'length: the tool-call',
    PARTS,
    change(
      STREAM,
      "this.#tools.finish(isError ? 'broken' : 'complete');",
      "this.#tools.finish(isError || word === 'length' ? 'broken' : 'complete');",
    ),
  ),
  row(
    'Finish length or interrupted',
    'length: the raw text',
    PARTS,
    change(
      CALLS,
      'input: toolInput(call.arguments),',
      "input: isJson(call.arguments) ? toolInput(call.arguments) : '{}',",
    ),
  ),
  row(
    'Finish length or interrupted',
    'interrupted: no tool-call',
    PARTS,
    change(STREAM, "this.#tools.finish('broken');", "this.#tools.finish('complete');"),
  ),
  row(
    'Finish length or interrupted',
    'interrupted: the input ends',
    PARTS,
    change(CALLS, END, `if (ending === 'broken') continue;\n      ${END}`),
  ),
  row(
    'Do not re-parse',
    '(wrong) parse at every delta',
    PARTS,
    change(
      CALLS,
      'call.arguments += fragment.arguments;',
      'call.arguments += fragment.arguments;\n    isJson(call.arguments);',
    ),
  ),
]);
