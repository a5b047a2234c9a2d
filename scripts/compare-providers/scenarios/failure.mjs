// What goes wrong: errors, aborts, limits; and what a result tells about itself.

import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { APICallError, generateText, streamText } from 'ai';
import {
  CALL,
  check,
  gate,
  MODEL,
  messageOf,
  no,
  partly,
  problemOf,
  quote,
  settlesWithin,
  yes,
} from '../harness.mjs';
import { PICTURE } from '../server.mjs';
import { API_KEY } from '../subjects.mjs';
import { chunk, completion, errorBody, frames } from '../wires.mjs';

/** Names that make `ai` take an error for the caller's abort, and never retry it. */
const ABORT_NAMES = ['AbortError', 'ResponseAborted', 'TimeoutError'];
const SOON = { 'retry-after-ms': '1' };

/** The number of requests that `generateText` makes with two retries. */
async function requestsOf(trial, status, body) {
  const server = await trial.server((exchange) =>
    exchange.reply(status, body, { 'content-type': 'application/json', ...SOON }),
  );
  const model = await trial.model(server);
  try {
    await generateText({ model, prompt: 'Hi', maxRetries: 2 });
  } catch {}
  return server.requests.length;
}

const times = (count) => (count === 1 ? '1 request' : `${count} requests`);

const notRetried = (code, status, type) => ({
  name: `\`${code}\` (${status}) is not retried`,
  chatOnly: true,
  async run(trial) {
    const count = await requestsOf(trial, status, JSON.stringify(errorBody(type, code)));
    return check(count === 1, times(count));
  },
});

export const errors = {
  group: 'Errors',
  scenarios: [
    {
      name: 'status 503: `maxRetries: 2` makes 3 requests',
      async run(trial) {
        const body = trial.wire.isChat
          ? errorBody('api_error', 'service_unavailable')
          : trial.wire.error('busy');
        const count = await requestsOf(trial, 503, JSON.stringify(body));
        return check(count === 3, times(count));
      },
    },
    notRetried('budget_exhausted', 429, 'rate_limit_error'),
    notRetried('insufficient_quota', 429, 'rate_limit_error'),
    notRetried('internal_error', 500, 'api_error'),
    {
      name: 'an error as the first event of a stream rejects the call',
      async run(trial) {
        const { rejected } = await trial.streamBytes([frames(trial.wire.error('upstream is gone'))]);
        if (rejected === undefined) return no('the call succeeds');
        return check(rejected.message.includes('upstream is gone'), messageOf(rejected));
      },
    },
    {
      name: '… and is retried: `maxRetries: 2` makes 3 requests (`streamText`)',
      async run(trial) {
        const server = await trial.server((exchange) => {
          exchange.sse(SOON);
          exchange.write(frames(trial.wire.error('upstream is gone')));
          exchange.end();
        });
        const result = streamText({
          model: await trial.model(server),
          prompt: 'Hi',
          maxRetries: 2,
          onError() {},
        });
        await result.consumeStream({ onError() {} });
        return check(server.requests.length === 3, times(server.requests.length));
      },
    },
    {
      name: 'an error in mid-stream: a part with code and retryable flag, then `finish`',
      chatOnly: true,
      async run(trial) {
        const read = await trial.streamBytes([
          frames(chunk({ content: 'a' }), errorBody('api_error', 'upstream_timeout'), '[DONE]'),
        ]);
        if (read.thrown !== undefined) return no('read throws');
        if (read.errors.length !== 1) return no(`${read.errors.length} error parts`);
        const [error] = read.errors;
        if (read.unified !== 'error') return no(`finish \`${read.unified}\``);
        if (error.isRetryable !== true)
          return no(`${typeof error === 'string' ? 'a text' : 'an object'} without a flag`);
        return check(error.code === 'upstream_timeout', `code ${quote(error.code ?? null)}`);
      },
    },
    {
      name: 'a TCP reset in mid-stream is an error part, not a read that throws',
      async run(trial) {
        const seen = gate();
        const server = await trial.server(async (exchange) => {
          exchange.sseChunked();
          exchange.writeChunk(frames(...trial.wire.start(), ...trial.wire.text('a')));
          await seen.promise;
          exchange.cut();
        });
        const model = await trial.model(server);
        const { stream } = await model.doStream(CALL);
        let hasError = false;
        try {
          for await (const part of stream) {
            if (part.type === 'text-delta') seen.resolve();
            if (part.type === 'error') hasError = true;
          }
        } catch {
          return no('read throws');
        }
        return check(hasError, 'ends without an error');
      },
    },
    {
      name: 'a stream that was cut is started again by `streamRetries: 1`',
      async run(trial) {
        const { wire } = trial;
        const seen = gate();
        const server = await trial.server(
          async (exchange) => {
            exchange.sseChunked();
            exchange.writeChunk(frames(...wire.start(), ...wire.text('a')));
            await Promise.race([seen.promise, exchange.closed]);
            exchange.cut();
          },
          (exchange) => {
            exchange.sse();
            exchange.write(frames(...wire.start(), ...wire.text('whole'), ...wire.end(), '[DONE]'));
            exchange.end();
          },
        );
        const result = streamText({
          model: await trial.model(server),
          prompt: 'Hi',
          maxRetries: 0,
          streamRetries: 1,
          onError() {},
        });
        let text = '';
        try {
          for await (const part of result.stream ?? result.fullStream) {
            if (part.type === 'text-delta') {
              text += part.text;
              seen.resolve();
            }
          }
        } catch (error) {
          return no(`throws: ${messageOf(error)}`);
        }
        if (server.requests.length !== 2) return no(times(server.requests.length));
        return check(text.endsWith('whole'), quote(text));
      },
    },
    {
      name: 'status 200 with an error in the body: its message is kept',
      chatOnly: true,
      async run(trial) {
        const { error } = await trial.generate(errorBody('rate_limit_error', 'budget_exhausted'));
        if (error === undefined) return no('a success');
        return check(error.message.includes('about budget_exhausted'), messageOf(error));
      },
    },
    {
      name: 'status 502 with an HTML page: retryable, the page is kept',
      async run(trial) {
        const { error } = await trial.generate('<html>Bad Gateway from the proxy</html>', {
          status: 502,
          headers: { 'content-type': 'text/html' },
        });
        if (error === undefined) return no('a success');
        if (error.isRetryable !== true) return no('not retryable');
        return check(inspect(error, { depth: 6 }).includes('Bad Gateway from the proxy'), messageOf(error));
      },
    },
    {
      name: 'the message names the upstream provider that failed',
      chatOnly: true,
      async run(trial) {
        const { error } = await trial.generate(
          errorBody('api_error', 'upstream_error', { message: 'Overloaded', provider: 'mistral' }),
          { status: 502 },
        );
        return check(/mistral/i.test(error.message), messageOf(error));
      },
    },
    {
      name: 'code and request id are fields of the error',
      chatOnly: true,
      async run(trial) {
        const { error } = await trial.generate(errorBody('not_found_error', 'model_not_found'), {
          status: 404,
          headers: { 'x-request-id': 'req_7' },
        });
        if (!APICallError.isInstance(error)) return no(`not an APICallError: ${error.name}`);
        const got = [error.code, error.requestId];
        if (got.join() === 'model_not_found,req_7') return yes();
        return error.data?.error?.code === 'model_not_found'
          ? partly('only inside `data` and `responseHeaders`')
          : no(quote(got));
      },
    },
    {
      name: 'connection refused: a retryable error that `ai` does not take for an abort',
      async run(trial) {
        const url = `http://127.0.0.1:${await closedPort()}`;
        const model = await trial.model({ url });
        try {
          await model.doGenerate(CALL);
          return no('a success');
        } catch (error) {
          if (ABORT_NAMES.includes(error.name)) return no(`called ${error.name}`);
          return check(error.isRetryable === true, `not retryable: ${messageOf(error)}`);
        }
      },
    },
    {
      name: 'an error shows no key and no base64 payload when it is logged',
      async run(trial) {
        const data = { type: 'data', data: new Uint8Array(Buffer.concat(Array(40).fill(PICTURE))) };
        const file = { type: 'file', mediaType: 'image/png', data };
        const { error } = await trial.generate(
          trial.wire.isChat ? errorBody('api_error', 'model_unavailable') : trial.wire.error('bad'),
          { status: 400, call: { prompt: [{ role: 'user', content: [file] }] } },
        );
        const shown = inspect(error, { depth: 20, maxStringLength: Number.POSITIVE_INFINITY });
        if (shown.includes(API_KEY)) return no('the key is in it');
        const payload = Buffer.concat(Array(40).fill(PICTURE)).toString('base64');
        return check(!shown.includes(payload), 'the whole payload is in it');
      },
    },
  ],
};

export const abort = {
  group: 'Abort',
  scenarios: [
    {
      name: 'a signal that is already aborted: no request, an `AbortError`',
      async run(trial) {
        const server = await trial.server((exchange) => exchange.reply(200, '{}'));
        const model = await trial.model(server);
        try {
          await model.doStream({ ...CALL, abortSignal: AbortSignal.abort() });
          return no('a success');
        } catch (error) {
          if (server.requests.length > 0) return no('the request is made');
          return check(error.name === 'AbortError', `called ${error.name}`);
        }
      },
    },
    {
      name: 'abort while waiting for headers closes the connection',
      async run(trial) {
        const arrived = gate();
        const server = await trial.server((exchange) => arrived.resolve(exchange));
        const model = await trial.model(server);
        const controller = new AbortController();
        const call = model.doStream({ ...CALL, abortSignal: controller.signal }).catch((error) => error);
        const exchange = await arrived.promise;
        controller.abort();
        if (!(await settlesWithin(exchange.closed))) return no('stays open');
        const error = await call;
        return check(error?.name === 'AbortError', messageOf(error));
      },
    },
    {
      name: 'abort in mid-stream closes the connection',
      run: (trial) =>
        leave(trial, async ({ model, firstDelta }) => {
          const controller = new AbortController();
          const { stream } = await model.doStream({ ...CALL, abortSignal: controller.signal });
          const reader = stream.getReader();
          await firstDelta(reader);
          controller.abort();
          await reader.read().catch(() => {});
        }),
    },
    {
      name: '`stream.cancel()` closes the connection',
      run: (trial) =>
        leave(trial, async ({ model, firstDelta }) => {
          const { stream } = await model.doStream(CALL);
          const reader = stream.getReader();
          await firstDelta(reader);
          await reader.cancel();
        }),
    },
    {
      name: 'a stream that nobody holds any more is closed by garbage collection',
      run: (trial) =>
        leave(
          trial,
          async ({ model, firstDelta }) => {
            const { stream } = await model.doStream(CALL);
            const reader = stream.getReader();
            await firstDelta(reader);
            reader.releaseLock();
          },
          collectGarbage,
        ),
    },
    {
      name: 'leaving `for await (… of result.textStream)` early closes the connection of a stream that goes on',
      run: (trial) =>
        leave(
          trial,
          async ({ model }) => {
            const result = streamText({ model, prompt: 'Hi', onError() {} });
            for await (const _ of result.textStream) break;
          },
          collectGarbage,
          { isEndless: true },
        ),
    },
    {
      name: 'no listener stays on the signal after the call',
      async run(trial) {
        const { wire } = trial;
        const server = await trial.server((exchange) => {
          exchange.sse();
          exchange.write(frames(...wire.start(), ...wire.text('a'), ...wire.end(), '[DONE]'));
          exchange.end();
        });
        const { signal } = new AbortController();
        const read = await trial.read(server, { call: { abortSignal: signal } });
        const problem = problemOf(read);
        if (problem !== undefined) return no(problem);
        // Node's own `fetch` removes its listener when the request has been collected.
        const isGone = (async () => {
          while (getEventListeners(signal, 'abort').length > 0) await sleep(10);
        })();
        await collectGarbage(settlesWithin(isGone, 500));
        const left = getEventListeners(signal, 'abort').length;
        return check(left === 0, `${left} left`);
      },
    },
  ],
};

export const limits = {
  group: 'Limits',
  scenarios: [
    {
      name: 'a stream that stalls behind keep-alives is ended by the provider’s own idle limit',
      async run(trial) {
        const { wire } = trial;
        const server = await trial.server((exchange) => {
          exchange.sse();
          exchange.write(frames(...wire.start(), ...wire.text('a')));
          const timer = setInterval(() => exchange.write(': keep-alive\n\n'), 40);
          exchange.closed.then(() => clearInterval(timer));
        });
        // Peers have no such setting; theirs is ignored.
        const reading = trial.read(server, { settings: { timeout: { idleMs: 250 } } });
        if (!(await settlesWithin(reading))) return no('waits for ever');
        const { thrown, errors, unified } = await reading;
        if (thrown !== undefined) return no(`read throws: ${messageOf(thrown)}`);
        return check(errors[0]?.isRetryable === true, `${errors.length} error parts, finish \`${unified}\``);
      },
    },
    {
      name: 'a server that sends no headers is given up by the provider’s own limit; the error is retryable and no abort',
      async run(trial) {
        const server = await trial.server(() => {});
        const reading = trial.read(server, { settings: { timeout: { firstByteMs: 250 } } });
        if (!(await settlesWithin(reading))) return no('waits (300 s of `fetch`)');
        const { rejected } = await reading;
        if (ABORT_NAMES.includes(rejected?.name)) return no(`called ${rejected.name}`);
        return check(rejected?.isRetryable === true, messageOf(rejected));
      },
    },
    {
      name: 'one call can have its own limits',
      async run(trial) {
        const server = await trial.server(() => {});
        const providerOptions = { [trial.subject.optionsKey]: { timeout: { firstByteMs: 250 } } };
        const reading = trial.read(server, { call: { providerOptions } });
        if (!(await settlesWithin(reading))) return no('waits');
        const { rejected } = await reading;
        if (ABORT_NAMES.includes(rejected?.name)) return no(`called ${rejected.name}`);
        return check(rejected?.isRetryable === true, messageOf(rejected));
      },
    },
  ],
};

/** What a router says about a call, in the words of both routers that speak this wire. */
const ROUTED = {
  provider: 'mistral',
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15, cost: 0.0125 },
  routing_metadata: { provider: 'mistral', cost: { usd: '0.0125' } },
};

export const metadata = {
  group: 'Metadata',
  scenarios: [
    {
      name: 'cost and serving provider in `providerMetadata`, streamed',
      chatOnly: true,
      variants: {
        'openai-compatible': {
          setting: 'a `metadataExtractor` of one’s own',
          settings: {
            metadataExtractor: {
              extractMetadata: async () => undefined,
              createStreamExtractor() {
                let last;
                return {
                  processChunk(value) {
                    last = value;
                  },
                  buildMetadata: () => ({ mock: { routing: last.routing_metadata } }),
                };
              },
            },
          },
        },
      },
      async run(trial) {
        const read = await trial.stream([
          { ...chunk({ content: 'a' }), provider: 'mistral' },
          chunk({}, { finish_reason: 'stop' }),
          { ...chunk({}), choices: [], ...ROUTED },
        ]);
        return costAndProvider(read.finish?.providerMetadata);
      },
    },
    {
      name: 'cost and serving provider in `providerMetadata`, whole reply',
      chatOnly: true,
      variants: {
        'openai-compatible': {
          setting: 'a `metadataExtractor` of one’s own',
          settings: {
            metadataExtractor: {
              extractMetadata: async ({ parsedBody }) => ({ mock: { routing: parsedBody.routing_metadata } }),
              createStreamExtractor: () => ({ processChunk() {}, buildMetadata: () => undefined }),
            },
          },
        },
      },
      async run(trial) {
        const { result, error } = await trial.generate(completion({ content: 'a' }, ROUTED));
        return error === undefined ? costAndProvider(result.providerMetadata) : no(messageOf(error));
      },
    },
    {
      name: 'cost and serving provider as the AI Gateway sends them',
      gatewayOnly: true,
      async run(trial) {
        const [finishPart] = trial.wire.end().slice(-1);
        const read = await trial.stream([
          ...trial.wire.start(),
          {
            ...finishPart,
            providerMetadata: { gateway: { cost: '0.0125', routing: { finalProvider: 'mistral' } } },
          },
        ]);
        return costAndProvider(read.finish?.providerMetadata);
      },
    },
    {
      name: 'the request id of the server',
      async run(trial) {
        const { wire } = trial;
        const read = await trial.stream([...wire.start(), ...wire.text('a'), ...wire.end()]);
        return check(read.result?.response?.headers?.['x-request-id'] === 'req_1', 'not in the headers');
      },
    },
    {
      name: 'warnings of the router reach the caller',
      chatOnly: true,
      async run(trial) {
        const { result } = await trial.generate(
          completion(
            { content: 'a' },
            {
              routing_metadata: {
                warnings: [{ type: 'unsupported_parameter', code: 'top_k', message: 'top_k was dropped' }],
              },
            },
          ),
        );
        return check(JSON.stringify(result.warnings).includes('top_k was dropped'), 'lost');
      },
    },
    {
      name: '`request.url` for telemetry',
      async run(trial) {
        const { result } = await trial.generate(trial.wire.reply('ok'));
        return check(String(result.request?.url ?? '').startsWith('http://'), 'absent');
      },
    },
    {
      name: '`request.body` is the text that was sent, not a second copy',
      async run(trial) {
        const { result, server } = await trial.generate(trial.wire.reply('ok'));
        return check(result.request?.body === server.requests[0].text, `a ${typeof result.request?.body}`);
      },
    },
    {
      name: 'the models of the service can be listed',
      async run(trial) {
        const specification = { specificationVersion: 'v4', provider: 'mistral', modelId: MODEL };
        const reply = {
          object: 'list',
          data: [{ id: MODEL, object: 'model', created: 1, owned_by: 'mistral' }],
          // The AI Gateway's word for it.
          models: [{ id: MODEL, name: 'M', specification, modelType: 'language' }],
        };
        const server = await trial.server((exchange) =>
          exchange.reply(200, JSON.stringify(reply), { 'content-type': 'application/json' }),
        );
        const provider = await trial.provider(server);
        const list = provider.models?.list ?? provider.getAvailableModels;
        if (typeof list !== 'function') return no('none');
        const listed = await list.call(provider.models ?? provider);
        return check(JSON.stringify(listed).includes(MODEL), quote(listed));
      },
    },
  ],
};

export const runtime = {
  group: 'Runtime',
  scenarios: [
    {
      name: 'Node 20.19: allowed by `engines`, and a stream works',
      async run(trial) {
        const { wire, subject } = trial;
        const server = await trial.server((exchange) => {
          exchange.sse();
          exchange.write(frames(...wire.start(), ...wire.text('a', 'b'), ...wire.end(), '[DONE]'));
          exchange.end();
        });
        const program = join(import.meta.dirname, '../one-stream.mjs');
        const ran = await runNode20([program, subject.id, server.url]);
        const { engines } = JSON.parse(readFileSync(subject.manifest, 'utf8'));
        if (ran !== 'ab') return no(`${ran}; engines ${engines?.node}`);
        const major = Number(/\d+/.exec(engines?.node ?? '0')?.[0]);
        return check(major <= 20, `runs, but engines say \`${engines.node}\``);
      },
    },
    {
      name: 'a replaced `globalThis.fetch` (mocks, tracing) sees the requests',
      async run(trial) {
        const { wire } = trial;
        const server = await trial.server((exchange) => {
          exchange.sse();
          exchange.write(frames(...wire.start(), ...wire.text('a'), ...wire.end(), '[DONE]'));
          exchange.end();
        });
        const original = globalThis.fetch;
        let seen = 0;
        globalThis.fetch = (...request) => {
          seen += 1;
          return original(...request);
        };
        try {
          const read = await trial.read(server);
          return check(seen === 1 && read.text === 'a', problemOf(read) ?? 'does not');
        } finally {
          globalThis.fetch = original;
        }
      },
    },
  ],
};

function costAndProvider(found) {
  const text = JSON.stringify(found ?? {});
  const missing = ['0.0125', 'mistral'].filter((word) => !text.includes(word));
  if (missing.length === 0) return yes();
  return no(missing.length === 2 ? 'neither' : `no ${missing[0] === 'mistral' ? 'provider' : 'cost'}`);
}

/** Starts a stream that never ends and leaves it; the server must see the connection close. */
async function leave(trial, go, after = () => {}, { isEndless = false } = {}) {
  const arrived = gate();
  const { wire } = trial;
  const server = await trial.server((exchange) => {
    exchange.sse();
    exchange.write(frames(...wire.start(), ...wire.text('a', 'b')));
    arrived.resolve(exchange);
    if (!isEndless) return;
    const more = frames(...wire.text('x'.repeat(16_384)));
    const timer = setInterval(() => exchange.write(more), 1);
    exchange.closed.then(() => clearInterval(timer));
  });
  const firstDelta = async (reader) => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || value.type === 'text-delta') return;
    }
  };
  const model = await trial.model(server);
  await go({ model, firstDelta });
  const { closed } = await arrived.promise;
  const isClosed = settlesWithin(closed);
  await after(isClosed);
  return check(await isClosed, 'stays open');
}

/** Collects garbage until the promise settles. */
async function collectGarbage(until) {
  let isOver = false;
  until.then(() => {
    isOver = true;
  });
  while (!isOver) {
    globalThis.gc();
    await sleep(20);
  }
}

/** A port on which nobody listens. */
async function closedPort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What a program prints on the oldest Node that we support, or why it failed. */
function runNode20(args) {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const node20 = join(import.meta.dirname, '../node_modules/node/bin', name);
  return new Promise((resolve) => {
    execFile(node20, args, { timeout: 10_000 }, (error, output, errors) => {
      const reason = /^\w*Error.*$/m.exec(errors)?.[0] ?? error?.message;
      resolve(error === null ? output : messageOf(reason));
    });
  });
}
