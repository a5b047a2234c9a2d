// Models across a step of Workflow (ai-sdk-provider.md §4.6).

import { describe, expect, it, vi } from 'vitest';
import { AurikoEmbeddingModel } from '../ts/ai-sdk/embedding-model.js';
import { AurikoChatLanguageModel } from '../ts/ai-sdk/language-model.js';
import {
  type SerializedModel,
  WORKFLOW_DESERIALIZE,
  WORKFLOW_SERIALIZE,
} from '../ts/ai-sdk/serialize-model.js';
import { type AurikoProviderSettings, createAuriko, type Transport } from '../ts/index.js';
import { json, scriptedServer } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

const PROMPT = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }];
const REPLY = { id: 'c1', choices: [{ index: 0, message: { content: 'hello' }, finish_reason: 'stop' }] };

/** Through JSON, as a step that is stored. */
const stored = (data: SerializedModel): SerializedModel => JSON.parse(JSON.stringify(data));

const revived = (model: AurikoChatLanguageModel): AurikoChatLanguageModel =>
  AurikoChatLanguageModel[WORKFLOW_DESERIALIZE](stored(AurikoChatLanguageModel[WORKFLOW_SERIALIZE](model)));

describe.each(transports)('a revived model over %s', (name) => {
  it('makes the same request', async () => {
    const server = await scriptedServer(json(200, REPLY, { 'x-request-id': 'r1' }));
    const settings: AurikoProviderSettings = {
      apiKey: 'ak_test',
      baseURL: server.url,
      transport: name,
      name: 'mine',
      headers: { 'X-A': 'a', authorization: undefined },
      queryParams: { v: '1' },
      routing: { optimize: 'ttft', weights: { cost: 1 } },
      metadata: { tags: ['a'] },
      timeout: { idleMs: 5 },
      maxRetries: 0,
      coalesce: { everyMs: 5 },
      structuredOutputs: false,
      abandonedAfterMs: 7,
    };
    const model = createAuriko(settings)('m:ttft');
    const copy = revived(model);
    expect([copy.provider, copy.modelId]).toEqual(['mine.chat', 'm:ttft']);
    const call = { prompt: PROMPT, responseFormat: { type: 'json' as const, schema: {} } };
    const results = [await model.doGenerate(call), await copy.doGenerate(call)];
    const [first, second] = server.requests;
    expect(second).toEqual(first);
    expect(first?.headers).toMatchObject({ 'x-a': 'a' });
    expect(first?.headers).not.toHaveProperty('authorization');
    expect(results[1]?.providerMetadata).toEqual(results[0]?.providerMetadata);
    // All settings came along, also those that no request shows; and it can be done again.
    const data = AurikoChatLanguageModel[WORKFLOW_SERIALIZE](copy);
    expect(data).toEqual(stored(AurikoChatLanguageModel[WORKFLOW_SERIALIZE](model)));
    expect(data.config).toMatchObject({
      timeout: { idleMs: 5 },
      coalesce: { everyMs: 5 },
      abandonedAfterMs: 7,
    });
  });

  it('makes the same request for embeddings', async () => {
    const server = await scriptedServer(json(200, { data: [{ index: 0, embedding: [1] }] }));
    const auriko = createAuriko({ apiKey: 'ak_test', baseURL: server.url, transport: name });
    const model = auriko.embeddingModel('e');
    const copy = AurikoEmbeddingModel[WORKFLOW_DESERIALIZE](
      stored(AurikoEmbeddingModel[WORKFLOW_SERIALIZE](model)),
    );
    expect([copy.provider, copy.modelId]).toEqual(['auriko.embedding', 'e']);
    await model.doEmbed({ values: ['one'] });
    await copy.doEmbed({ values: ['one'] });
    expect(server.requests[1]).toEqual(server.requests[0]);
  });
});

describe('a serialised model', () => {
  it('is found by the symbols of @workflow/serde', () => {
    for (const Model of [AurikoChatLanguageModel, AurikoEmbeddingModel]) {
      expect(Reflect.get(Model, Symbol.for('workflow-serialize'))).toBeTypeOf('function');
      expect(Reflect.get(Model, Symbol.for('workflow-deserialize'))).toBeTypeOf('function');
    }
  });

  it('holds no functions: a key from one is read from the environment again', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(async () => Response.json(REPLY));
    const model = createAuriko({ apiKey: () => 'ak_function', fetch, baseURL: 'https://a.test' })('m');
    const data = AurikoChatLanguageModel[WORKFLOW_SERIALIZE](model);
    expect(data).toEqual({ modelId: 'm', config: { baseURL: 'https://a.test' } });
    vi.stubEnv('AURIKO_API_KEY', 'ak_env');
    try {
      const server = await scriptedServer(json(200, REPLY));
      const config = { ...data.config, baseURL: server.url };
      const copy = AurikoChatLanguageModel[WORKFLOW_DESERIALIZE]({ ...data, config });
      await copy.doGenerate({ prompt: PROMPT });
      expect(server.requests[0]?.headers.authorization).toBe('Bearer ak_env');
      expect(fetch).not.toHaveBeenCalled();
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('holds no key that comes from the environment', () => {
    vi.stubEnv('AURIKO_API_KEY', 'ak_env');
    try {
      const data = AurikoChatLanguageModel[WORKFLOW_SERIALIZE](createAuriko()('m'));
      expect(data).toEqual({ modelId: 'm', config: {} });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('can not be made of a model with a transport object', () => {
    // The cast stands for an embedded gateway, of which only the type matters here.
    const auriko = createAuriko({ transport: { name: 'embedded' } as Transport });
    const chat = () => AurikoChatLanguageModel[WORKFLOW_SERIALIZE](auriko('m'));
    const embedding = () => AurikoEmbeddingModel[WORKFLOW_SERIALIZE](auriko.embeddingModel('e'));
    for (const act of [chat, embedding]) {
      expect(act).toThrow(expect.objectContaining({ name: 'AI_UnsupportedFunctionalityError' }));
      expect(act).toThrow(/transport object/);
    }
  });

  it('is checked when it is revived', () => {
    const act = () =>
      AurikoChatLanguageModel[WORKFLOW_DESERIALIZE]({ modelId: 'm', config: { baseURL: '' } });
    expect(act).toThrow(expect.objectContaining({ argument: 'baseURL' }));
  });
});
