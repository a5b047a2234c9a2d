// An endless talker: answers every request with a stream of as many one-token chunks as `x-mock-chunks` says, written as
// fast as the reader reads, and never holds more than one piece of it.

import { once } from 'node:events';
import { createServer } from 'node:http';

const HEAD = '"id":"chatcmpl-memory","object":"chat.completion.chunk","created":1760000000,"model":"memory"';
const delta = (index) =>
  `data: {${HEAD},"choices":[{"index":0,"delta":{"content":" token${index % 10}"},"finish_reason":null}]}\n\n`;

const PIECE_CHUNKS = 100;
const piece = Buffer.from(Array.from({ length: PIECE_CHUNKS }, (_, index) => delta(index)).join(''));

const server = createServer(async (request, response) => {
  request.resume();
  const chunks = Number(request.headers['x-mock-chunks']);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (let sent = 0; sent < chunks && !response.destroyed; sent += PIECE_CHUNKS) {
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  const usage = `"usage":{"prompt_tokens":1,"completion_tokens":${chunks},"total_tokens":${chunks + 1}}`;
  response.write(`data: {${HEAD},"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n`);
  response.end(`data: {${HEAD},"choices":[],${usage}}\n\ndata: [DONE]\n\n`);
});
server.listen(0, '127.0.0.1', () => console.log(`listening http://127.0.0.1:${server.address().port}`));
