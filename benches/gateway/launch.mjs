// Starts a gateway in an empty folder of its own and waits for its first reply.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canReadProcesses, descendantsOf } from '../runner/process-tree.mjs';
import { requestBody, SCENARIOS } from './scenarios.mjs';

const READY_WITHIN_MS = 120_000;
const ENDED_WITHIN_MS = 10_000;
/** Between two tries to reach a server that does not listen yet. */
const RETRY_MS = 2;

/**
 * Resolves to `{ address, pid, headers, startMs, stop }`; `headers` are those that every request needs, `startMs` is from the start of the process to the end of its first
 * completed request.
 */
export async function launch(subject, upstream) {
  const folder = mkdtempSync(join(tmpdir(), 'auriko-bench-'));
  const port = await freePort();
  const { command, args, env, headers } = subject.prepare({ port: String(port), upstream, folder });
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output.push(data);
      if (output.length > 50) output.shift();
    });
  }
  let hasEnded = false;
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', resolve);
  }).then(() => {
    hasEnded = true;
  });
  const kill = () => {
    // Worker processes outlive a main process that is killed.
    const workers = canReadProcesses && child.pid !== undefined ? descendantsOf(child.pid) : [];
    child.kill('SIGKILL');
    for (const worker of workers) process.kill(worker, 'SIGKILL');
  };
  process.once('exit', kill);
  const stop = async () => {
    child.kill();
    await Promise.race([ended, sleep(ENDED_WITHIN_MS, undefined, { ref: false })]);
    if (!hasEnded) kill();
    await ended;
    process.removeListener('exit', kill);
    rmSync(folder, { recursive: true, force: true });
  };
  const address = `127.0.0.1:${port}`;
  let problem = 'it did not listen';
  while (!hasEnded && performance.now() - startedAt < READY_WITHIN_MS) {
    try {
      await complete(address, headers);
      return { address, pid: child.pid, headers, startMs: performance.now() - startedAt, stop };
    } catch (error) {
      problem = error.message;
      await sleep(RETRY_MS);
    }
  }
  await stop();
  throw new Error(`${command} did not answer: ${problem}\n${Buffer.concat(output).toString().slice(-2000)}`);
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function complete(address, headers = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${address}/v1/chat/completions`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      agent: false,
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      response.resume();
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`status ${response.statusCode}`));
      });
    });
    sent.end(JSON.stringify(requestBody(SCENARIOS['plain 1'])));
  });
}
