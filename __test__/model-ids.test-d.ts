// Types of model ids. Compiled by `npx tsc --noEmit`, never run: a wrong type fails there.

import { type EmbeddingModel, type LanguageModel, streamText } from 'ai';
import {
  type AurikoEmbeddingModelId,
  type AurikoModelId,
  type AurikoProvider,
  type AurikoRegisteredModels,
  auriko,
} from '../ts/index.js';

// What users write.
declare global {
  interface RegisteredProviderModels extends AurikoRegisteredModels {}
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const isTrue = <T extends true>(): T | undefined => undefined;

// The known ids are members of their own, so editors suggest them; every other id is allowed as well.
type Known<T> = T extends string ? (string extends T ? never : T) : never;
isTrue<Equal<string extends AurikoModelId ? true : false, true>>();
isTrue<'gpt-5-nano' extends Known<AurikoModelId> ? true : false>();
isTrue<'simulated' extends Known<AurikoModelId> ? true : false>();
isTrue<Equal<'no-such-model' extends Known<AurikoModelId> ? true : false, false>>();

// Embedding models are not among those that answer, nor the other way round.
isTrue<Equal<string extends AurikoEmbeddingModelId ? true : false, true>>();
isTrue<'text-embedding-3-small' extends Known<AurikoEmbeddingModelId> ? true : false>();
isTrue<Equal<'text-embedding-3-small' extends Known<AurikoModelId> ? true : false, false>>();
isTrue<Equal<'gpt-5-nano' extends Known<AurikoEmbeddingModelId> ? true : false, false>>();

// Every way to a model takes them.
isTrue<Equal<Parameters<AurikoProvider>[0], AurikoModelId>>();
isTrue<Equal<Parameters<AurikoProvider['languageModel']>[0], AurikoModelId>>();
isTrue<Equal<Parameters<AurikoProvider['chat']>[0], AurikoModelId>>();
isTrue<Equal<Parameters<AurikoProvider['embeddingModel']>[0], AurikoEmbeddingModelId>>();

// Registered ids are what `ai` takes as a bare string.
isTrue<Equal<RegisteredProviderModels['auriko'], AurikoModelId>>();
isTrue<'gpt-5-nano' extends Known<Extract<LanguageModel, string>> ? true : false>();

export const models = {
  known: auriko('gpt-5-nano') satisfies LanguageModel,
  other: auriko('org/anything:ttft') satisfies LanguageModel,
  embedding: auriko.embeddingModel('e') satisfies EmbeddingModel,
  bare: () => streamText({ model: 'gpt-oss-20b', prompt: 'hi' }),
};

// @ts-expect-error An id is text.
export const wrong = () => auriko(1);
