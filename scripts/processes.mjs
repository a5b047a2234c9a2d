// Child processes of the scripts: steps that must succeed, and servers that say where they listen.
// A server is always ended by its own pid, also when the script fails or is interrupted.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Runs a step with its output visible; rejects when it fails. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    child.on('error', (error) => {
      const missing = error.code === 'ENOENT' ? `${command} is not installed` : error.message;
      reject(new Error(missing, { cause: error }));
    });
    child.on('exit', (code, signal) => {
      if (code === 0) return resolve();
      reject(new Error(`${[command, ...args].join(' ')} failed (${signal ?? `exit code ${code}`})`));
    });
  });
}

/**
 * Starts a server and waits for the output line that matches `ready`, whose first group is its URL.
 * Resolves to `{ url, output, stop, pid }`; `output` is everything it printed so far.
 */
export function startServer(command, args, { ready, timeoutMs = 30_000, ...options }) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const end = () => child.kill();
  process.once('exit', end);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const output = [];
  const stop = async () => {
    process.removeListener('exit', end);
    child.kill();
    await exited;
  };
  return new Promise((resolve, reject) => {
    const fail = (reason) => {
      child.kill();
      reject(new Error(`${command} ${reason}\n${output.slice(-20).join('\n')}`));
    };
    const timer = setTimeout(fail, timeoutMs, `was not ready after ${timeoutMs} ms`);
    const read = (line) => {
      output.push(line);
      const url = ready.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve({ url, output, stop, pid: child.pid });
    };
    createInterface(child.stdout).on('line', read);
    createInterface(child.stderr).on('line', read);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with code ${code}`);
    });
  });
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  // Without a handler the exit listeners above would not run and servers would stay behind.
  process.once(signal, () => process.exit(130));
}
