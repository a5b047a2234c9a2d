// Runs the cases through the official Python package, sync and async, each in one process.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pythonWith } from '../python.mjs';
import { startScriptedServer } from './server.mjs';

/** The version that is the yardstick. */
export const OFFICIAL_VERSION = '1.2.0';

/** Outcomes by `sync` and `async` and case name. */
export async function official(cases) {
  const python = await pythonWith('conform', { auriko: OFFICIAL_VERSION });
  const server = await startScriptedServer();
  const [sync, asynchronous] = await Promise.all([
    runAll(python, server, cases, false),
    runAll(python, server, cases, true),
  ]);
  await server.close();
  return { sync, async: asynchronous };
}

async function runAll(python, server, cases, isAsync) {
  const places = cases.map(({ replies }) => server.open(replies));
  const runs = cases.map(({ call, args, params, client, seed }, id) => ({
    id,
    base_url: places[id].baseURL,
    is_async: isAsync,
    call,
    args,
    params,
    client,
    seed,
  }));
  const outcomes = new Map();
  for await (const line of output(python, JSON.stringify(runs))) {
    const { id, outcome, waits } = JSON.parse(line);
    outcomes.set(cases[id].name, { outcome, waits, requests: places[id].requests });
  }
  if (outcomes.size !== cases.length) throw new Error('the Python driver ended early');
  return outcomes;
}

/** The lines that drive.py prints. */
async function* output(python, input) {
  const environment = { ...process.env, AURIKO_API_KEY: '' };
  const child = spawn(python, [join(import.meta.dirname, 'drive.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: environment,
  });
  child.stdin.end(input);
  yield* createInterface(child.stdout);
}
