// What scenarios are written with: a trial ties one subject to a scripted server; verdicts say how it went.

import { setTimeout as sleep } from 'node:timers/promises';
import { startScriptedServer } from './server.mjs';
import { frames } from './wires.mjs';

/** Long enough for anything on this machine, so that only what never happens runs into it. */
export const PATIENCE_MS = 1_500;

export const MODEL = 'm-1';
export const CALL = { prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] };

export const TOOL = {
  type: 'function',
  name: 'weather',
  description: 'The weather somewhere.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } } },
};

export const yes = (detail) => ({ verdict: 'yes', detail });
export const no = (detail) => ({ verdict: 'no', detail });
export const partly = (detail) => ({ verdict: 'partly', detail });

/** `yes` when the condition holds; else `no` with the reason. */
export const check = (condition, reason) => (condition ? yes() : no(reason));

/** One subject in one scenario. Every server that it starts ends with it. */
export class Trial {
  #servers = [];
  #extra;

  constructor(subject, extra = {}) {
    this.subject = subject;
    this.wire = subject.wire;
    this.#extra = extra;
  }

  async server(...scripts) {
    const server = await startScriptedServer(...scripts);
    this.#servers.push(server);
    return server;
  }

  provider(server, settings) {
    return this.subject.open(server.url, { ...this.#extra.settings, ...settings });
  }

  async model(server, { settings, modelSettings } = {}) {
    const provider = await this.provider(server, settings);
    const own = { ...this.subject.modelSettings, ...modelSettings };
    return Object.keys(own).length === 0 ? provider.languageModel(MODEL) : provider.languageModel(MODEL, own);
  }

  /** Streams what the given frames say; `[DONE]` follows. */
  async stream(values, options = {}) {
    return this.streamBytes([frames(...values, '[DONE]')], options);
  }

  /** Streams the given pieces of bytes, one write each, and closes. */
  async streamBytes(pieces, options = {}) {
    const server = await this.server(async (exchange) => {
      exchange.sse();
      for (const piece of pieces) {
        exchange.write(piece);
        if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
      }
      exchange.end();
    });
    return this.read(server, options);
  }

  /** Calls `doStream` and reads to the end; what went wrong is part of the result. */
  async read(server, { call = {}, ...how } = {}) {
    const model = await this.model(server, how);
    let result;
    try {
      result = await model.doStream({ ...CALL, ...call });
    } catch (rejected) {
      return summarize([], { rejected });
    }
    const parts = [];
    try {
      for await (const part of result.stream) parts.push(part);
    } catch (thrown) {
      return summarize(parts, { thrown, result });
    }
    return summarize(parts, { result });
  }

  /** The request that a call makes, with its warnings. */
  async request(call, how = {}) {
    const server = await this.server((exchange) =>
      exchange.reply(200, JSON.stringify(this.wire.reply('ok')), { 'content-type': 'application/json' }),
    );
    const model = await this.model(server, how);
    const result = await model.doGenerate({ ...CALL, ...call });
    return { ...server.requests[0], warnings: result.warnings };
  }

  /** A call that is not streamed, answered with the given body. */
  async generate(body, { call = {}, status = 200, headers = {}, ...how } = {}) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const server = await this.server((exchange) =>
      exchange.reply(status, text, { 'content-type': 'application/json', ...headers }),
    );
    const model = await this.model(server, how);
    try {
      return { result: await model.doGenerate({ ...CALL, ...call }), server };
    } catch (error) {
      return { error, server };
    }
  }

  async stop() {
    await Promise.all(this.#servers.map((server) => server.stop()));
  }
}

function summarize(parts, more) {
  const of = (type) => parts.filter((part) => part.type === type);
  const joined = (type) =>
    of(type)
      .map((part) => part.delta)
      .join('');
  return {
    parts,
    of,
    text: joined('text-delta'),
    reasoning: joined('reasoning-delta'),
    calls: of('tool-call'),
    errors: of('error').map((part) => part.error),
    finish: of('finish').at(-1),
    unified: of('finish').at(-1)?.finishReason.unified,
    usage: of('finish').at(-1)?.usage,
    ...more,
  };
}

/** Whether the stream gave this text and finished as if nothing had happened. */
export function clean(read, text) {
  const problem = problemOf(read);
  if (problem !== undefined) return no(problem);
  if (read.text !== text) return no(`text ${quote(read.text)}`);
  return check(read.unified === 'stop', `finish \`${read.unified}\``);
}

/** What went wrong in a read that should have gone well. */
export function problemOf({ rejected, thrown, errors, finish }) {
  if (rejected !== undefined) return `call rejected: ${messageOf(rejected)}`;
  if (thrown !== undefined) return `read threw: ${messageOf(thrown)}`;
  if (errors.length > 0) return `error part: ${messageOf(errors[0])}`;
  return finish === undefined ? 'no finish part' : undefined;
}

/** A short, harmless message. */
export function messageOf(error) {
  const text = typeof error === 'string' ? error : (error?.message ?? JSON.stringify(error) ?? String(error));
  const [line] = text.split('\n');
  // Ports differ from run to run, and the table must not.
  const steady = line.replaceAll(/127\.0\.0\.1:\d+/g, 'server');
  return steady.length > 60 ? `${steady.slice(0, 60)}…` : steady;
}

export const quote = (value) => `\`${JSON.stringify(value)}\``;

/** Whether the promise settles in time. */
export async function settlesWithin(promise, ms = PATIENCE_MS) {
  const settled = Promise.resolve(promise).then(
    () => true,
    () => true,
  );
  return Promise.race([settled, sleep(ms, false)]);
}

/** A promise with its ends outside. */
export function gate() {
  return Promise.withResolvers();
}
