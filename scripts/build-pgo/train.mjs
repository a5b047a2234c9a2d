// What the instrumented programs do while they count: the gateway's program under load with and without keys, and a Node
// process that uses every part of the addon. Real traffic is none of these; what matters is which branches are taken
// again and again, and those are the same.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { auriko } from '../../benches/gateway/configurations.mjs';
import { launch } from '../../benches/gateway/launch.mjs';
import { load } from '../../benches/gateway/load.mjs';
import { MODELS, SCENARIOS } from '../../benches/gateway/scenarios.mjs';
import { run, startServer } from '../processes.mjs';

/** A second of each is some ten thousand requests. */
const TRAINING = ['plain 1', 'plain 16', 'stream 32x200', 'stream 32x200@10ms'];

/** The mock answers with a tool call of so many characters (crates/auriko-testkit/src/script.rs). */
const TOOL_CALL = 'training.tool-bytes-512';

/**
 * @param programs Paths: `gateway` and `addon` with counters, `mockUpstream` and `loadGenerator` without.
 * @throws when a program fails or loses a part of a reply
 */
export async function train({ gateway, addon, mockUpstream, loadGenerator }) {
  const mock = await startServer(mockUpstream, [], { ready: /^listening http:\/\/(.+)$/ });
  try {
    for (const prepare of [openGateway(gateway), guardedGateway(gateway)]) {
      const server = await launch({ prepare }, mock.url);
      try {
        for (const name of TRAINING) await load(loadGenerator, server, SCENARIOS[name], true);
        await askOtherwise(server);
      } finally {
        // Counters are written at the end of the process.
        await server.stop();
      }
    }
    await run(process.execPath, [join(import.meta.dirname, 'train-node.mjs'), mock.url], {
      env: { ...process.env, NAPI_RS_NATIVE_LIBRARY_PATH: addon },
    });
  } finally {
    await mock.stop();
  }
}

function openGateway(command) {
  return ({ port, upstream, folder }) => {
    const file = join(folder, 'auriko.toml');
    writeFileSync(file, auriko.toml(upstream, [...MODELS, TOOL_CALL]));
    const data = ['--data-dir', join(folder, 'data')];
    return { command, args: ['--port', port, '--config', file, ...data, '--log-level', 'warn'] };
  };
}

function guardedGateway(command) {
  return (place) => {
    const prepared = openGateway(command)(place);
    const manage = (...args) => {
      const all = [...args, '--data-dir', join(place.folder, 'data')];
      const { status, stdout, stderr } = spawnSync(command, all, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${all.join(' ')} failed: ${stderr}`);
      return stdout;
    };
    manage('budgets', 'create', '--limit-usd', '1000000');
    const { api_key } = JSON.parse(
      manage('keys', 'create', '--name', 'training', '--budget-usd', '1000000', '--json'),
    );
    return { ...prepared, headers: { authorization: `Bearer ${api_key}` } };
  };
}

/** The other dialects, longer conversations, tools, refusals. */
async function askOtherwise({ address, headers }) {
  const { model } = SCENARIOS['stream 32x200'];
  const turns = Array.from({ length: 6 }, (_, turn) => ({
    role: turn % 2 === 0 ? 'user' : 'assistant',
    content: 'A turn of a conversation that has gone on for a while.',
  }));
  const messages = [...turns, { role: 'user', content: 'Say something long.' }];
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const tools = [
    { type: 'function', function: { name: 'weather', description: 'The weather.', parameters } },
  ];
  const calls = [
    ['chat/completions', { model, messages, tools, temperature: 0.5, stream: true }],
    ['chat/completions', { model: TOOL_CALL, messages, tools, stream: true }],
    ['chat/completions', { model, messages, tools, temperature: 0.5 }],
    ['responses', { model, input: 'Say something long.', stream: true }],
    ['messages', { model, messages, max_tokens: 200, stream: true }],
    ['chat/completions', { model, messages: 'none' }],
  ];
  for (let round = 0; round < 50; round++) {
    for (const [path, body] of calls) {
      const response = await fetch(`http://${address}/v1/${path}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      const isRefused = typeof body.messages === 'string';
      if (response.ok === isRefused) throw new Error(`${path} answered ${response.status}: ${text}`);
    }
  }
}
