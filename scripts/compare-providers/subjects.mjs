// Who is compared. Each is set up as its documentation says for a server of one's own. `settings` are those of the
// factory; `modelSettings` exist only where the package has them.

import { CHAT_WIRE, GATEWAY_WIRE } from './wires.mjs';

const API_KEY = 'sk-secret-of-the-caller';

export const SUBJECTS = {
  auriko: {
    package: '@auriko/ai-sdk-provider',
    wire: CHAT_WIRE,
    optionsKey: 'auriko',
    cacheControl: { auriko: { cacheControl: { type: 'ephemeral' } } },
    async open(url, settings) {
      const { createAuriko } = await import('../../dist/index.js');
      return createAuriko({ apiKey: API_KEY, baseURL: `${url}/v1`, ...settings });
    },
    /** Which of the endpoints a gateway of ours has. */
    async servedOf(endpoints) {
      const { startGateway } = await import('../../dist/gateway/index.js');
      const gateway = await startGateway({
        port: 0,
        config: { providers: [{ id: 'simulated', kind: 'simulated' }], store: { data_dir: ':memory:' } },
      });
      const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
      const ask = (path) => fetch(new URL(path, gateway.url), request);
      const isServed = await Promise.all(endpoints.map(async (path) => (await ask(path)).status !== 404));
      await gateway.close();
      return endpoints.filter((_, index) => isServed[index]);
    },
  },
  'openai-compatible': {
    package: '@ai-sdk/openai-compatible',
    wire: CHAT_WIRE,
    optionsKey: 'mock',
    // Options of messages and parts are read from this key, whatever the provider's name.
    cacheControl: { openaiCompatible: { cache_control: { type: 'ephemeral' } } },
    async open(url, settings) {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      return createOpenAICompatible({
        name: 'mock',
        apiKey: API_KEY,
        baseURL: `${url}/v1`,
        includeUsage: true,
        supportsStructuredOutputs: true,
        ...settings,
      });
    },
  },
  openrouter: {
    package: '@openrouter/ai-sdk-provider',
    wire: CHAT_WIRE,
    optionsKey: 'openrouter',
    cacheControl: { openrouter: { cacheControl: { type: 'ephemeral' } } },
    modelSettings: { usage: { include: true } },
    async open(url, settings) {
      const { createOpenRouter } = await import('@openrouter/ai-sdk-provider');
      return createOpenRouter({ apiKey: API_KEY, baseURL: `${url}/v1`, ...settings });
    },
  },
  gateway: {
    package: '@ai-sdk/gateway',
    wire: GATEWAY_WIRE,
    optionsKey: 'gateway',
    cacheControl: { anthropic: { cacheControl: { type: 'ephemeral' } } },
    async open(url, settings) {
      const { createGateway } = await import('@ai-sdk/gateway');
      return createGateway({ apiKey: API_KEY, baseURL: `${url}/v4/ai`, ...settings });
    },
  },
};

export { API_KEY };
