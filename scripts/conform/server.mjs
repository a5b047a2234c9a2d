// The scripted server that both SDKs talk to. Every run of a case has a path of its own, `/<run>/v1`, under which its
// replies are given one after the other, the last one for ever, and its requests are noted.

import { createServer } from 'node:http';

/** Starts the server; resolves to `{ open, close }`. `open` makes a run's place: its base URL and what was asked there. */
export async function startScriptedServer() {
  const runs = new Map();
  const server = createServer(async (request, response) => {
    const [, id = '', rest = ''] = /^\/([^/]+)(.*)$/.exec(request.url ?? '') ?? [];
    const body = await read(request);
    const run = runs.get(id);
    if (run === undefined) return response.writeHead(500).end();
    const [path, query = ''] = rest.split('?');
    run.requests.push({ method: request.method, path, query, body: parsed(body) });
    const reply = run.replies[Math.min(run.requests.length, run.replies.length) - 1];
    answer(reply, request, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  let count = 0;
  return {
    open(replies) {
      count += 1;
      const run = { replies, requests: [] };
      runs.set(String(count), run);
      return { baseURL: `http://127.0.0.1:${port}/${count}/v1`, requests: run.requests };
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(reply, request, response) {
  if (reply.destroy) return request.socket.destroy();
  if (reply.silent) return undefined;
  const isStream = reply.frames !== undefined;
  const text = reply.json === undefined ? (reply.text ?? '') : JSON.stringify(reply.json);
  const type = isStream ? 'text/event-stream' : reply.json === undefined ? 'text/html' : 'application/json';
  response.writeHead(reply.status ?? 200, { 'content-type': type, ...reply.headers });
  if (!isStream) return response.end(text);
  response.flushHeaders();
  // Pieces are written one by one, so that a client sees the borders.
  const write = (index) => {
    if (index < reply.frames.length)
      response.write(reply.frames[index], () => setImmediate(write, index + 1));
    else if (reply.cut) request.socket.destroy();
    else response.end();
  };
  return write(0);
}

async function read(request) {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

function parsed(body) {
  try {
    return body === '' ? undefined : JSON.parse(body);
  } catch {
    return body;
  }
}
