// The same as a Worker: the answer of `POST /` with `{baseURL, chunks, characters}`.

import { streamOnce } from './stream.mjs';

export default {
  async fetch(request) {
    const { baseURL, chunks, characters } = await request.json();
    try {
      return Response.json({ transport: await streamOnce(baseURL, chunks, characters) });
    } catch (error) {
      return new Response(String(error?.stack ?? error), { status: 500 });
    }
  },
};
