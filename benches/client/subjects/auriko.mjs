// This package, as it is built in dist/.

import { API_KEY, chunkLength, drain, MODEL, reading, requestBody } from './call.mjs';

/** A model of the AI SDK provider. */
export function auriko(settings) {
  return async ({ baseURL, headers }) => {
    const { createAuriko } = await import('../../../dist/index.js');
    return createAuriko({ apiKey: API_KEY, baseURL, headers, ...settings })(MODEL);
  };
}

/** The SDK. */
export function aurikoSdk(settings) {
  return async ({ baseURL, headers }) => {
    const { Auriko } = await import('../../../dist/client/index.js');
    return completionsClient(new Auriko({ apiKey: API_KEY, baseURL, headers, maxRetries: 0, ...settings }));
  };
}

/** A client of the shape that `openai` gave the field. */
export function completionsClient(client) {
  return {
    async stream({ until, ...rest } = {}) {
      const stream = await client.chat.completions.create(requestBody({ stream: true, ...rest }));
      return drain(reading(stream), chunkLength, until);
    },
    async plain() {
      const reply = await client.chat.completions.create(requestBody({ stream: false }));
      return reply.choices[0].message.content.length;
    },
  };
}
