// Callers that keep books of their own: what they were told that their requests cost is what a gateway must have counted.

import { setTimeout as sleep } from 'node:timers/promises';
import { PRICES } from './gateways.mjs';

/** Output tokens that a request may have. */
const LIMIT = 16;

/** What a gateway reserves at most for a request, nano-dollars: each byte a token of input, and all of the output. */
export const WORST_CASE = Math.round(
  (JSON.stringify(bodyOf(true)).length + 200) * PRICES.input * 1e3 + LIMIT * PRICES.output * 1e3,
);

/** The books of all callers of a run. */
export class Books {
  /** Requests that were sent. */
  sent = 0;
  /** Requests that were answered, and what that cost in nano-dollars. */
  answered = 0;
  cost = 0;
  /** Requests that the gateway refused, by code. */
  refused = new Map();
  /** Requests that nobody knows the end of. */
  lost = 0;

  refusals(code) {
    return this.refused.get(code) ?? 0;
  }

  toString() {
    const refused = [...this.refused].map(([code, count]) => `${count} ${code}`).join(', ');
    return `${this.answered} answered for $${(this.cost / 1e9).toFixed(6)}, refused: ${refused || 'none'}, ${this.lost} lost`;
  }
}

/**
 * `count` callers, each sending one request after the other, spread over the gateways that `gateways` returns. They go on
 * until `isOver`, which is asked with the code of each refusal (or `undefined` after an answer), says so.
 */
export async function call(count, gateways, key, books, isOver) {
  const caller = async (number) => {
    for (let turn = 0; ; turn += 1) {
      const all = gateways();
      const code = await ask(all[(number + turn) % all.length], key, books, turn % 2 === 1);
      if (code === 'invalid_api_key') throw new Error('the key is not known');
      if (isOver(code)) return;
      // Who was refused or cut off does not hammer.
      if (code !== undefined) await sleep(10);
    }
  };
  await Promise.all(Array.from({ length: count }, (_, number) => caller(number)));
}

/** One request; returns the code of its refusal, `lost`, or `undefined` when it was answered. */
export async function ask(gateway, key, books, stream = false) {
  books.sent += 1;
  let reply;
  try {
    reply = await gateway.send('POST', '/v1/chat/completions', key, bodyOf(stream));
  } catch {
    books.lost += 1;
    return 'lost';
  }
  if (reply.status !== 200) {
    const { code } = JSON.parse(reply.text).error;
    books.refused.set(code, books.refusals(code) + 1);
    return code;
  }
  // The last event of a stream says what it cost, as a plain reply does.
  const dollars = /"cost":\{"usd":([-+.\de]+)/.exec(reply.text)?.[1];
  if (dollars === undefined) throw new Error(`a reply without its cost: ${reply.text}`);
  books.answered += 1;
  books.cost += Math.round(Number(dollars) * 1e9);
  return undefined;
}

function bodyOf(stream) {
  return { model: 'm', stream, max_tokens: LIMIT, messages: [{ role: 'user', content: 'Hello there' }] };
}
