// Measurements in a process of their own, so that none inherits another's compiled code, heap or connections.

import { fork } from 'node:child_process';
import { basename } from 'node:path';
import { pinnedNode } from './programs.mjs';

/**
 * Runs a worker script that ends in {@link answerParent}; resolves to its sample.
 *
 * @param execArgv Options of Node itself, such as `--expose-gc`.
 */
export function measureApart(script, args, { execArgv = [] } = {}) {
  return new Promise((resolve, reject) => {
    const worker = fork(script, args, {
      execPath: pinnedNode(),
      execArgv,
      env: { ...process.env, NODE_ENV: 'production' },
    });
    let message;
    worker.once('message', (value) => {
      message = value;
    });
    worker.once('exit', (code) => {
      if (message?.sample) return resolve(message.sample);
      const reason = message?.error ?? `ended with code ${code}`;
      reject(new Error(`${basename(script)} ${args.join(' ')}: ${reason}`));
    });
  });
}

/** The worker's side: sends what `measure` resolves to, and ends the process whatever is still open in it. */
export async function answerParent(measure) {
  try {
    const sample = await measure();
    process.send({ sample }, () => process.exit(0));
  } catch (error) {
    process.send({ error: error?.stack ?? String(error) }, () => process.exit(1));
  }
}
