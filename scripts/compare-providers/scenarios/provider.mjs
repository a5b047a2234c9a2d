// The provider object: does it fit where the AI SDK wants a provider?

import {
  createProviderRegistry,
  customProvider,
  embed,
  generateText,
  NoSuchModelError,
  wrapLanguageModel,
} from 'ai';
import { check, MODEL, messageOf, no, partly, quote, yes } from '../harness.mjs';
import { frames } from '../wires.mjs';

const SERIALIZE = Symbol.for('workflow-serialize');

export default {
  group: 'Provider object',
  scenarios: [
    {
      name: 'the provider says `specificationVersion: "v4"`, its models too',
      async run(trial) {
        const server = await trial.server();
        const provider = await trial.provider(server);
        const model = await trial.model(server);
        if (model.specificationVersion !== 'v4') return no(`model ${quote(model.specificationVersion)}`);
        return check(
          provider.specificationVersion === 'v4',
          `provider ${quote(provider.specificationVersion ?? null)}`,
        );
      },
    },
    {
      name: '`createProviderRegistry`: usage and finish reason as in a direct call',
      run: (trial) =>
        throughAi(trial, (provider) =>
          createProviderRegistry({ own: provider }).languageModel(`own:${MODEL}`),
        ),
    },
    {
      name: '`customProvider` with this provider as fallback',
      run: (trial) =>
        throughAi(trial, (provider) => customProvider({ fallbackProvider: provider }).languageModel(MODEL)),
    },
    {
      name: '`wrapLanguageModel` with a middleware',
      run: (trial) =>
        throughAi(trial, (provider) =>
          wrapLanguageModel({
            model: provider.languageModel(MODEL),
            middleware: { specificationVersion: 'v4' },
          }),
        ),
    },
    {
      name: '`AI_SDK_DEFAULT_PROVIDER`: plain model ids',
      run: (trial) =>
        throughAi(trial, (provider) => {
          globalThis.AI_SDK_DEFAULT_PROVIDER = provider;
          return MODEL;
        }).finally(() => {
          delete globalThis.AI_SDK_DEFAULT_PROVIDER;
        }),
    },
    {
      name: 'kinds of model it does not serve: `NoSuchModelError`; the others are V4 models',
      async run(trial) {
        const provider = await trial.provider(await trial.server());
        for (const kind of ['embeddingModel', 'imageModel']) {
          if (typeof provider[kind] !== 'function') return no(`no \`${kind}\``);
          try {
            const version = provider[kind](MODEL).specificationVersion;
            if (version !== 'v4') return no(`\`${kind}\` is ${quote(version)}`);
          } catch (error) {
            if (!NoSuchModelError.isInstance(error)) return no(`\`${kind}\`: ${messageOf(error)}`);
          }
        }
        return yes();
      },
    },
    {
      name: '`embed`: an embedding with its token count',
      async run(trial) {
        const reply = trial.wire.isChat
          ? {
              object: 'list',
              model: MODEL,
              data: [{ object: 'embedding', index: 0, embedding: [0.5, -1] }],
              usage: { prompt_tokens: 3, total_tokens: 3 },
            }
          : { embeddings: [[0.5, -1]], usage: { tokens: 3 } };
        const server = await trial.server((exchange) =>
          exchange.reply(200, JSON.stringify(reply), { 'content-type': 'application/json' }),
        );
        try {
          const provider = await trial.provider(server);
          // OpenRouter knows the older name only.
          const model = provider.embeddingModel?.(MODEL) ?? provider.textEmbeddingModel(MODEL);
          const { embedding, usage } = await embed({ model, value: 'Hi' });
          return check(
            embedding.length === 2 && usage.tokens === 3,
            `${quote(embedding)}, ${usage.tokens} tokens`,
          );
        } catch (error) {
          return no(messageOf(error));
        }
      },
    },
    {
      name: 'image models',
      endpoints: ['/v1/images/generations'],
      byDesign: 'the Auriko API has no endpoint for them',
      async run(trial) {
        const provider = await trial.provider(await trial.server());
        try {
          return check(provider.imageModel(MODEL).specificationVersion === 'v4', 'not a V4 model');
        } catch (error) {
          return no(error.name);
        }
      },
    },
    {
      name: 'models for video, speech, transcription, reranking',
      endpoints: ['/v1/videos', '/v1/audio/speech', '/v1/audio/transcriptions', '/v1/rerank'],
      byDesign: 'the Auriko API has no endpoint for them',
      async run(trial) {
        const provider = await trial.provider(await trial.server());
        const kinds = ['video', 'speech', 'transcription', 'reranking'];
        const missing = kinds.filter((kind) => typeof provider[`${kind}Model`] !== 'function');
        if (missing.length === 0) return yes();
        const some = kinds.filter((kind) => !missing.includes(kind));
        return some.length === 0 ? no('none') : partly(`${some.join(', ')} only`);
      },
    },
    {
      name: 'models can be serialised for workflows',
      async run(trial) {
        const model = await trial.model(await trial.server());
        const serialize = model.constructor[SERIALIZE];
        if (serialize === undefined) return no();
        return check(JSON.stringify(serialize(model)).includes(MODEL), 'without the model id');
      },
    },
    {
      name: 'no key at import or creation is fine; the first call says what is missing',
      async run(trial) {
        const server = await trial.server();
        const provider = await trial.provider(server, { apiKey: undefined });
        try {
          await provider.languageModel(MODEL).doGenerate({
            prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
            abortSignal: AbortSignal.timeout(500),
          });
          return no('no error');
        } catch (error) {
          if (server.requests.length > 0) return no('sends the request without a key');
          return check(/api.?key/i.test(error.message), messageOf(error));
        }
      },
    },
    {
      name: '`apiKey` may be an async function, asked before each request',
      async run(trial) {
        let asked = 0;
        const apiKey = async () => `key-${++asked}`;
        const server = await trial.server((exchange) =>
          exchange.reply(200, JSON.stringify(trial.wire.reply('ok')), { 'content-type': 'application/json' }),
        );
        const model = await trial.model(server, { settings: { apiKey } });
        for (let call = 0; call < 2; call++) {
          await model.doGenerate({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] });
        }
        const sent = server.requests.map(({ headers }) => headers.authorization);
        return check(
          sent.join() === 'Bearer key-1,Bearer key-2',
          sent.every((value) => value === sent[0]) ? 'the function itself is sent as the key' : quote(sent),
        );
      },
    },
    {
      name: 'a custom `fetch` sees every request',
      async run(trial) {
        const server = await trial.server((exchange) => {
          exchange.sse();
          exchange.write(
            frames(...trial.wire.start(), ...trial.wire.text('a'), ...trial.wire.end(), '[DONE]'),
          );
          exchange.end();
        });
        let seen = 0;
        const spy = (...request) => {
          seen += 1;
          return fetch(...request);
        };
        const { text } = await trial.read(server, { settings: { fetch: spy } });
        return check(seen === 1 && text === 'a', `${seen} calls of fetch, text ${quote(text)}`);
      },
    },
    {
      name: 'headers of provider and call are sent; the call wins; `undefined` is left out',
      async run(trial) {
        const { headers } = await trial.request(
          { headers: { 'x-both': 'call', 'x-none': undefined } },
          { settings: { headers: { 'x-both': 'provider', 'x-own': 'provider' } } },
        );
        const sent = [headers['x-both'], headers['x-own'], headers['x-none'] ?? null];
        return check(JSON.stringify(sent) === '["call","provider",null]', quote(sent));
      },
    },
  ],
};

/** Compares usage and finish reason of a model that went through the SDK with a direct call. */
async function throughAi(trial, modelOf) {
  const reply = JSON.stringify(trial.wire.reply('ok'));
  const server = await trial.server((exchange) =>
    exchange.reply(200, reply, { 'content-type': 'application/json' }),
  );
  const provider = await trial.provider(server);
  const direct = await generateText({ model: provider.languageModel(MODEL), prompt: 'Hi' });
  const through = await generateText({ model: modelOf(provider), prompt: 'Hi' });
  const picture = ({ text, finishReason, usage }) =>
    JSON.stringify([text, finishReason, usage.inputTokens, usage.outputTokens]);
  return check(picture(through) === picture(direct), `\`${picture(through)}\` for \`${picture(direct)}\``);
}
