// A measurement in a process of its own, so that none inherits another's compiled code or heap.

import { fork } from 'node:child_process';
import { pinnedNode } from './programs.mjs';

/** Runs a program that sends `{ result }` or `{ error }` to its parent; resolves to the result. */
export function measureInProcess(program, args) {
  return new Promise((resolve, reject) => {
    const worker = fork(program, args, {
      execPath: pinnedNode(),
      execArgv: ['--expose-gc'],
      env: { ...process.env, NODE_ENV: 'production' },
    });
    let message;
    worker.once('message', (value) => {
      message = value;
    });
    worker.once('error', reject);
    worker.once('exit', (code) => {
      if (message?.result) resolve(message.result);
      else reject(new Error(`${args.join(', ')}: ${message?.error ?? `ended with code ${code}`}`));
    });
  });
}
