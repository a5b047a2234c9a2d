// A server that does exactly what a scenario says, byte for byte. Raw TCP, because node:http hides what matters here:
// splits, cuts, lingering connections. Written apart from the tests' server, which needs vitest.

import { createServer } from 'node:net';

/**
 * Starts a server whose n-th POST is answered by the n-th script, later ones by the last. A script gets an exchange.
 * Resolves to `{ url, requests, downloads, stop }`; GET requests count as downloads and are answered with a picture.
 */
export async function startScriptedServer(...scripts) {
  const requests = [];
  const downloads = [];
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    const closed = new Promise((resolve) => {
      socket.once('close', () => {
        sockets.delete(socket);
        resolve();
      });
    });
    // A client that goes away is what many scenarios are about.
    socket.on('error', () => {});
    let received = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      const parsed = parseRequest(received);
      if (parsed === undefined) return;
      received = parsed.rest;
      const exchange = exchangeOf(socket, parsed.request, closed);
      if (parsed.request.method === 'GET' && parsed.request.path.endsWith('.png')) {
        downloads.push(parsed.request.path);
        exchange.reply(200, PICTURE, { 'content-type': 'image/png' });
        return;
      }
      requests.push(parsed.request);
      const script = scripts[Math.min(requests.length, scripts.length) - 1];
      Promise.resolve(script?.(exchange)).catch((error) => socket.destroy(error));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, requests, downloads, stop };
}

/** The smallest picture: one pixel. */
export const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

function exchangeOf(socket, request, closed) {
  return {
    request,
    /** Resolves when the client has closed the connection. */
    closed,
    /** Sends status line and headers; the body ends with the connection, or as `content-length` says. */
    head(status, headers = {}) {
      const lines = Object.entries({ connection: 'close', ...headers }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      socket.write(`HTTP/1.1 ${status} Scripted\r\n${lines.join('')}\r\n`);
    },
    /** Head of an event stream. */
    sse(headers = {}) {
      this.head(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_1', ...headers });
    },
    write: (bytes) => socket.write(bytes),
    /** Head of an event stream in chunked coding, of which `fetch` notices when it is cut short. */
    sseChunked() {
      this.sse({ connection: 'keep-alive', 'transfer-encoding': 'chunked' });
    },
    /** One chunk of such a stream. */
    writeChunk: (text) => socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`),
    end: () => socket.end(),
    /** Breaks the connection with a reset. */
    cut: () => socket.resetAndDestroy(),
    reply(status, body, headers = {}) {
      this.head(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
      socket.write(body);
      socket.end();
    },
  };
}

function parseRequest(bytes) {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [first, ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const bodyStart = headEnd + 4;
  const bodyEnd = bodyStart + Number(headers['content-length'] ?? 0);
  if (bytes.length < bodyEnd) return undefined;
  const [method, path] = first.split(' ');
  const text = bytes.subarray(bodyStart, bodyEnd).toString('utf8');
  const request = { method, path, headers, text, body: text === '' ? undefined : parse(text) };
  return { request, rest: bytes.subarray(bodyEnd) };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
