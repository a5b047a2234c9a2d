// Stream framing: bytes that servers and proxies send, and that a decoder must survive. On either wire.

import { check, clean, gate, messageOf, no, problemOf, quote, settlesWithin, yes } from '../harness.mjs';
import { chunk, ending, frames } from '../wires.mjs';

/** The whole stream "ab", as text. */
const whole = ({ wire }) => frames(...wire.start(), ...wire.text('a', 'b'), ...wire.end(), '[DONE]');

/** The stream "ab" with something between "a" and "b". */
const between = ({ wire }, inserted) =>
  frames(...wire.start(), ...wire.text('a')) + inserted + frames(...wire.text('b'), ...wire.end(), '[DONE]');

/** A scenario whose stream must give "ab" and finish as if nothing had happened. */
const survives = (name, bytesOf) => ({
  name,
  run: async (trial) => clean(await trial.streamBytes([bytesOf(trial)]), 'ab'),
});

export default {
  group: 'Stream framing',
  scenarios: [
    survives('CRLF line ends', (trial) => whole(trial).replaceAll('\n', '\r\n')),
    survives('lone CR line ends', (trial) => whole(trial).replaceAll('\n', '\r')),
    survives('byte order mark', (trial) => `\uFEFF${whole(trial)}`),
    survives('the finish word in a last event without its blank line, no `[DONE]`', ({ wire }) =>
      frames(...wire.start(), ...wire.text('a', 'b'), ...wire.endWithFinish()).trimEnd(),
    ),
    survives('`data: : keepalive`', (trial) => between(trial, 'data: : keepalive\n\n')),
    survives('empty `data:`', (trial) => between(trial, 'data:\n\n')),
    survives('comments', (trial) => between(trial, ': keep-alive\n\n:\n\n')),
    survives('`event:`, `id:` and `retry:` lines', (trial) =>
      between(trial, 'retry: 10\nid: 7\nevent: message\n\n'),
    ),
    survives('one event over several `data:` lines', ({ wire }) => {
      const lines = wire
        .text('a')
        .map((value) => JSON.stringify(value, undefined, 1).replaceAll('\n', '\ndata: '));
      return frames(...wire.start(), ...lines, ...wire.text('b'), ...wire.end(), '[DONE]');
    }),
    survives('keys called `__proto__`', (trial) => {
      const [a, b] = trial.wire.text('a', 'b').map((value) => JSON.stringify(value));
      const [start, ...more] = trial.wire.start();
      return (
        frames(start, ...more) +
        frames(`{"__proto__":{"polluted":1},${a.slice(1)}`, b, ...trial.wire.end(), '[DONE]')
      );
    }),
    survives('broken bytes after `[DONE]`', (trial) => `${whole(trial)}data: {"late"\n\n`),
    {
      name: 'one byte at a time, through the middle of UTF-8 characters',
      async run(trial) {
        const { wire } = trial;
        const bytes = Buffer.from(
          frames(...wire.start(), ...wire.text('é😀', '漢'), ...wire.end(), '[DONE]'),
        );
        return clean(await trial.streamBytes([...bytes].map((byte) => Uint8Array.of(byte))), 'é😀漢');
      },
    },
    {
      name: '`event: error` is an error part with its message',
      async run(trial) {
        const { wire } = trial;
        const read = await trial.streamBytes([
          frames(...wire.start(), ...wire.text('a')) +
            `event: error\n${frames(wire.error('upstream is gone'))}`,
        ]);
        if (read.thrown !== undefined) return no(`read threw: ${messageOf(read.thrown)}`);
        if (read.errors.length === 0) return no(`no error part, finish \`${read.unified}\``);
        return check(
          JSON.stringify(read.errors[0]).includes('upstream is gone') ||
            messageOf(read.errors[0]).includes('upstream is gone'),
          messageOf(read.errors[0]),
        );
      },
    },
    {
      name: 'an `error` that is a plain text',
      chatOnly: true,
      async run(trial) {
        const read = await trial.streamBytes([
          frames(chunk({ content: 'a' }), { error: 'upstream is gone' }),
        ]);
        if (read.thrown !== undefined) return no(`read threw: ${messageOf(read.thrown)}`);
        if (read.errors.length === 0) return no(`no error part, finish \`${read.unified}\``);
        return check(messageOf(read.errors[0]).includes('upstream is gone'), messageOf(read.errors[0]));
      },
    },
    {
      name: 'malformed JSON: one error part, then the stream ends and is not a success',
      async run(trial) {
        const read = await trial.streamBytes([between(trial, 'data: {"id":"c1","choi\n\n')]);
        if (read.rejected !== undefined) return no(`call rejected: ${messageOf(read.rejected)}`);
        if (read.thrown !== undefined) return no('read throws');
        if (read.errors.length !== 1) return no(`${read.errors.length} error parts`);
        if (read.text !== 'a') return no(`goes on, finish \`${read.unified}\``);
        return check(read.unified === 'error', `finish \`${read.unified}\``);
      },
    },
    {
      name: 'finish comes with `[DONE]`, not when a lingering server closes',
      async run(trial) {
        const release = gate();
        const server = await trial.server(async (exchange) => {
          exchange.sse();
          exchange.write(whole(trial));
          await release.promise;
          exchange.end();
        });
        const model = await trial.model(server);
        const { stream } = await model.doStream({
          prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
        });
        const reader = stream.getReader();
        const finished = (async () => {
          for (;;) {
            const { done, value } = await reader.read();
            if (done || value.type === 'finish') return;
          }
        })();
        const inTime = await settlesWithin(finished);
        release.resolve();
        return check(inTime, 'waits for the close');
      },
    },
    {
      name: 'the stream itself ends with `[DONE]` too',
      async run(trial) {
        const release = gate();
        const server = await trial.server(async (exchange) => {
          exchange.sse();
          exchange.write(whole(trial));
          await release.promise;
          exchange.end();
        });
        const inTime = await settlesWithin(trial.read(server));
        release.resolve();
        return check(inTime, 'waits for the close');
      },
    },
    {
      name: 'an event of 4 MB',
      async run(trial) {
        const { wire } = trial;
        const long = 'x'.repeat(4 * 1024 * 1024);
        const read = await trial.streamBytes([
          frames(...wire.start(), ...wire.text(long), ...wire.end(), '[DONE]'),
        ]);
        return check(problemOf(read) === undefined && read.text.length === long.length, problemOf(read));
      },
    },
    {
      name: 'no `[DONE]`, but a finish word: a success',
      chatOnly: true,
      run: async (trial) =>
        clean(await trial.streamBytes([frames(chunk({ content: 'ab' }), ...ending())]), 'ab'),
    },
    {
      name: 'raw chunks on request, each before its parts',
      chatOnly: true,
      async run(trial) {
        const read = await trial.stream([chunk({ content: 'a' }), chunk({ content: 'b' }), ...ending()], {
          call: { includeRawChunks: true },
        });
        const order = read.parts
          .filter(({ type }) => type === 'raw' || type === 'text-delta')
          .map(({ type }) => type)
          .join(' ');
        if (read.of('raw').length !== 4) return no(`${read.of('raw').length} raw parts for 4 chunks`);
        return order.startsWith('raw text-delta raw text-delta') ? yes() : no(quote(order));
      },
    },
  ],
};
