// The gateways' configuration files. JSON strings are valid in TOML and YAML.

import { availableParallelism } from 'node:os';
import { MODELS } from './scenarios.mjs';

/** Ours, as the text of a file and as the object that an embedded gateway takes. */
export const auriko = {
  object: (upstream, ids = MODELS) => ({
    providers: [
      {
        id: 'mock',
        kind: 'openai-compatible',
        base_url: `http://${upstream}/v1`,
        api_key: 'sk-bench',
        // With prices, so that every reply's cost is worked out as in production.
        input_price: 0.5,
        output_price: 1.5,
        models: ids.map((id) => ({ id })),
      },
    ],
  }),
  toml(upstream, ids = MODELS) {
    const [{ models, ...provider }] = this.object(upstream, ids).providers;
    const lines = (object) =>
      Object.entries(object).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    return [
      '[[providers]]',
      ...lines(provider),
      ...models.flatMap((model) => ['[[providers.models]]', ...lines(model)]),
      '',
    ].join('\n');
  },
};

/** Ours without a provider: a model that answers at once, with so many words. */
export const simulated = ({ model, tokens }) => ({
  providers: [
    {
      id: 'simulated',
      kind: 'simulated',
      latency_ms: 0,
      chunk_pace_ms: 0,
      output_tokens: tokens,
      models: [{ id: model }],
    },
  ],
});

/** A plain reverse proxy that buffers nothing, with kept-alive connections on both sides. */
export function nginx({ port, upstream, folder }) {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${folder}/${name};`,
  );
  return [
    'daemon off;',
    'worker_processes auto;',
    `pid ${folder}/nginx.pid;`,
    'error_log stderr;',
    'events { worker_connections 4096; }',
    'http {',
    '  access_log off;',
    ...temporary,
    // By default a connection is closed after 1000 requests.
    `  upstream mock { server ${upstream}; keepalive 128; keepalive_requests 1000000000; }`,
    '  server {',
    `    listen 127.0.0.1:${port};`,
    '    keepalive_requests 1000000000;',
    '    location / {',
    '      proxy_pass http://mock;',
    '      proxy_http_version 1.1;',
    '      proxy_set_header Connection "";',
    '      proxy_buffering off;',
    '    }',
    '  }',
    '}',
    '',
  ].join('\n');
}

/** One entry per model at the same server. */
export function litellm(upstream) {
  const entry = (model) => [
    `  - model_name: ${JSON.stringify(model)}`,
    '    litellm_params:',
    `      model: ${JSON.stringify(`openai/${model}`)}`,
    `      api_base: ${JSON.stringify(`http://${upstream}/v1`)}`,
    '      api_key: sk-bench',
    '      input_cost_per_token: 0.0000005',
    '      output_cost_per_token: 0.0000015',
  ];
  return ['model_list:', ...MODELS.flatMap(entry), ''].join('\n');
}

/** Its prices, checks and limits on; no authentication, cache or database, and room for every connection. */
export function litellmRs({ port, upstream }) {
  return JSON.stringify({
    schema_version: '1.0',
    server: { host: '127.0.0.1', port: Number(port), workers: availableParallelism(), max_connections: 4096 },
    providers: [
      {
        name: 'mock',
        provider_type: 'openai_compatible',
        endpoint_access: 'private_network',
        api_key: 'sk-bench',
        base_url: `http://${upstream}/v1`,
        max_concurrent_requests: 4096,
        // Required, and not to be reached.
        rpm: 1_000_000_000,
        tpm: 4_000_000_000,
        timeout: 30,
        max_retries: 1,
        models: MODELS,
        tags: [],
        enabled: true,
      },
    ],
    router: { strategy: 'round_robin' },
    storage: {
      database: {
        url: 'sqlite://bench.db',
        enabled: false,
        max_connections: 10,
        connection_timeout: 5,
        ssl: false,
      },
      redis: {
        url: 'redis://127.0.0.1:1',
        enabled: false,
        max_connections: 1,
        connection_timeout: 5,
        cluster: false,
      },
      vector_db: null,
    },
    auth: {
      enable_jwt: false,
      enable_api_key: false,
      allow_anonymous: true,
      jwt_secret: '',
      jwt_expiration: 86_400,
      api_key_header: 'Authorization',
    },
    monitoring: {
      metrics: { enabled: false, port: 9090, path: '/metrics', interval_seconds: 15 },
      tracing: { enabled: false, endpoint: null, service_name: 'bench', sampling_rate: 0, jaeger: null },
      health: { path: '/health', detailed: false },
      logging: null,
    },
    cache: { enabled: false, ttl: 3600, max_size: 1000 },
    pricing: {
      source: 'embedded://model_prices_extended',
      allow_degraded: false,
      unpriced_model_policy: 'allow_unpriced',
      unpriced_fallback_cost_per_1k_tokens: 0.001,
    },
  });
}
