// A server that does exactly what a test says, byte for byte: splits, stalls, cuts, lingering connections. Raw TCP,
// because node:http hides the bytes that matter here.

import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as it came. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The test's end of one connection. */
export interface Exchange {
  readonly request: RecordedRequest;
  /** Sends status line and headers. A body follows until the connection closes, or as long as `content-length` says. */
  head(status: number, headers?: Record<string, string>): void;
  /** Sends bytes of the body. */
  write(bytes: string | Uint8Array): void;
  /** Ends the body by closing the connection. */
  end(): void;
  /** Breaks the connection with a reset. */
  cut(): void;
  /** Bytes that the system has taken over from the server so far. */
  sentBytes(): number;
  /** Resolves when the client has closed the connection. */
  readonly closed: Promise<void>;
}

type Script = (exchange: Exchange) => void | Promise<void>;

/** A running scripted server. */
export interface ScriptedServer {
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** Open connections that have made a request: Node's fetch keeps a spare one that never does. */
  openConnections(): number;
}

/**
 * Starts a server for the running test. The n-th request is answered by the n-th script, later ones by the last.
 */
export async function scriptedServer(...scripts: Script[]): Promise<ScriptedServer> {
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  const used = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => {
        sockets.delete(socket);
        used.delete(socket);
        resolve();
      });
    });
    // A client that goes away is what many tests are about.
    socket.on('error', () => {});
    let received = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      const parsed = parseRequest(received);
      if (parsed === undefined) return;
      received = Buffer.from(parsed.rest);
      requests.push(parsed.request);
      used.add(socket);
      const script = scripts[Math.min(requests.length, scripts.length) - 1];
      void script?.(exchangeOf(socket, parsed.request, closed));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return { url: `http://127.0.0.1:${address.port}/v1`, requests, openConnections: () => used.size };
}

function exchangeOf(socket: Socket, request: RecordedRequest, closed: Promise<void>): Exchange {
  return {
    request,
    closed,
    head(status, headers = {}) {
      const lines = Object.entries({ connection: 'close', ...headers }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      socket.write(`HTTP/1.1 ${status} Scripted\r\n${lines.join('')}\r\n`);
    },
    write: (bytes) => void socket.write(bytes),
    sentBytes: () => socket.bytesWritten - socket.writableLength,
    end: () => void socket.end(),
    cut: () => void socket.resetAndDestroy(),
  };
}

function parseRequest(bytes: Buffer): { request: RecordedRequest; rest: Buffer } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [first = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const bodyStart = headEnd + 4;
  const bodyEnd = bodyStart + Number(headers['content-length'] ?? 0);
  if (bytes.length < bodyEnd) return undefined;
  const [method = '', path = ''] = first.split(' ');
  const body = bytes.subarray(bodyStart, bodyEnd).toString('utf8');
  return { request: { method, path, headers, body }, rest: bytes.subarray(bodyEnd) };
}

/** Answers with a whole JSON body. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Script {
  return text(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

/** Answers with a whole body. */
export function text(status: number, body: string, headers: Record<string, string> = {}): Script {
  return (exchange) => {
    exchange.head(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
    exchange.write(body);
    exchange.end();
  };
}

/** Answers with an event stream in the given pieces, each written on its own, then closes. */
export function sse(...pieces: (string | Uint8Array)[]): Script {
  return (exchange) => {
    exchange.head(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_test' });
    for (const piece of pieces) exchange.write(piece);
    exchange.end();
  };
}

/** The wire text of frames: objects as JSON, texts as they are. */
export function frames(...values: unknown[]): string {
  return values
    .map((value) => `data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`)
    .join('');
}

/** A chunk with one choice. */
export function chunk(
  delta: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return { id: 'c1', created: 1_700_000_000, model: 'm-1', choices: [{ index: 0, delta, ...more }] };
}

/** The usual end of a stream. */
export function ending(reason = 'stop'): unknown[] {
  return [chunk({}, { finish_reason: reason }), { id: 'c1', choices: [], usage: USAGE }, '[DONE]'];
}

/** The usage that `ending` reports. */
export const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

/** A well-formed error envelope. */
export function envelope(
  type: string,
  code: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return { error: { message: `about ${code}`, type, param: null, code, provider: null, ...more } };
}
