// Who is measured. `open({ baseURL, headers, script })` is called in a process of its own and loads only its own package, so
// that memory is its own too. All of them reuse connections, which fetch, undici and reqwest do without being asked.
// `script` is what the server at `baseURL` will do, for the one that asks no server.
//
// A client is `{ stream, plain }`. `stream({ until, images })` reads one streamed reply to its end, or until so many
// characters have come, and resolves to `{ length, firstAt, read }`; `plain()` reads a reply that is not streamed and
// resolves to the length of its text.

import { auriko, aurikoSdk } from './subjects/auriko.mjs';
import { noProvider } from './subjects/floor.mjs';
import { bareFetch, bareUndici } from './subjects/http.mjs';
import { openaiCompatible, openaiSdk, openrouter } from './subjects/peers.mjs';

/** What a subject is read through. `direct` is its own stream, the others add the pipeline of `ai`. */
const LAYERS = { direct: 'doStream', textStream: 'textStream', uiMessageStream: 'toUIMessageStream' };

const PROVIDERS = {
  'auriko (native)': auriko({ transport: 'native' }),
  'auriko (native, every 33 ms)': auriko({ transport: 'native', coalesce: { everyMs: 33 } }),
  'auriko (fetch)': auriko({ transport: 'fetch' }),
  '@ai-sdk/openai-compatible': openaiCompatible,
  '@openrouter/ai-sdk-provider': openrouter,
  'ai (no provider)': noProvider,
};

const CLIENTS = {
  'auriko SDK (native)': aurikoSdk({ transport: 'native' }),
  'auriko SDK (fetch)': aurikoSdk({ transport: 'fetch' }),
  openai: openaiSdk,
  'bare fetch': bareFetch,
  'bare undici.request': bareUndici,
};

/** What is imported, and whose client then answers first. Every other subject's package is one of these. */
const PACKAGES = {
  '@auriko/ai-sdk-provider': {
    load: () => import('../../dist/index.js'),
    client: 'auriko doStream (native)',
  },
  '@auriko/ai-sdk-provider/client': {
    load: () => import('../../dist/client/index.js'),
    client: 'auriko SDK (native)',
  },
  '@ai-sdk/openai-compatible': {
    load: () => import('@ai-sdk/openai-compatible'),
    client: '@ai-sdk/openai-compatible doStream',
  },
  '@openrouter/ai-sdk-provider': {
    load: () => import('@openrouter/ai-sdk-provider'),
    client: '@openrouter/ai-sdk-provider doStream',
  },
  openai: { load: () => import('openai'), client: 'openai' },
  undici: { load: () => import('undici'), client: 'bare undici.request' },
};

const READ = Object.fromEntries([
  ...Object.keys(LAYERS).flatMap((layer) =>
    Object.entries(PROVIDERS).map(([name, provider]) => [subjectName(name, layer), over(provider, layer)]),
  ),
  ...Object.entries(CLIENTS).map(([name, client]) => [name, { layer: 'direct', open: client }]),
]);
/** Subjects by name: `{ layer, open }`, and `load` for those of the layer `package`. */
export const SUBJECTS = {
  ...READ,
  ...Object.fromEntries(
    Object.entries(PACKAGES).map(([name, { load, client }]) => [
      `import ${name}`,
      { layer: 'package', load, open: READ[client].open },
    ]),
  ),
};

/** How a provider is called where it is read through a layer: `auriko doStream (native)`. */
export function subjectName(provider, layer) {
  const [, name, transport = ''] = /^(\S+)( \(.+\))?$/.exec(provider);
  return `${name} ${LAYERS[layer]}${transport}`;
}

function over(provider, layer) {
  return {
    layer,
    async open(server) {
      const { modelClient } = await import('./subjects/ai-sdk.mjs');
      return modelClient(await provider(server), layer);
    },
  };
}
