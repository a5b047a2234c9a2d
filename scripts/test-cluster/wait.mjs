// Waiting for what must come true, however long a busy machine takes.

import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 60_000;
const AGAIN_MS = 20;

/** Asks again and again until the answer is truthy, and returns it. */
export async function eventually(what, ask) {
  const started = performance.now();
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() - started > PATIENCE_MS) throw new Error(`it never came true that ${what}`);
    await sleep(AGAIN_MS);
  }
}

/** Fails the scenario. */
export function check(isTrue, what) {
  if (!isTrue) throw new Error(`not true: ${what}`);
}
