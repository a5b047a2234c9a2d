// Holds our own V3 types against the real ones of `@ai-sdk/provider@3`. Compiled by `npm run typecheck`, never run.
// What `ai@6` gives us must fit our types, what we give must fit theirs.

import type {
  LanguageModelV3 as Model,
  LanguageModelV3CallOptions as RealCallOptions,
  LanguageModelV3Content as RealContent,
  EmbeddingModelV3 as RealEmbeddingModel,
  LanguageModelV3GenerateResult as RealGenerateResult,
  LanguageModelV3Message as RealMessage,
  ProviderV3 as RealProvider,
  LanguageModelV3StreamPart as RealStreamPart,
  LanguageModelV3StreamResult as RealStreamResult,
  LanguageModelV3ToolResultOutput as RealToolResultOutput,
  SharedV3Warning as RealWarning,
} from 'ai-sdk-provider-v3';
import { createProviderRegistry, type LanguageModel } from 'ai-v6';
import type { AurikoEmbeddingModelV3 } from '../ts/ai-sdk/v3/embedding-model.js';
import type { AurikoLanguageModelV3 } from '../ts/ai-sdk/v3/language-model.js';
import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3Content,
  LanguageModelV3GenerateResult,
  LanguageModelV3Message,
  LanguageModelV3StreamPart,
  LanguageModelV3StreamResult,
  LanguageModelV3ToolResultOutput,
  SharedV3Warning,
} from '../ts/ai-sdk/v3/types.js';
import { type AurikoProvider, auriko } from '../ts/v3.js';

type Fits<From extends To, To> = From;

/** What comes in. */
export type Incoming = [
  Fits<RealCallOptions, LanguageModelV3CallOptions>,
  Fits<RealMessage, LanguageModelV3Message>,
  Fits<RealToolResultOutput, LanguageModelV3ToolResultOutput>,
];

/** What goes out. */
export type Outgoing = [
  Fits<LanguageModelV3Content, RealContent>,
  Fits<LanguageModelV3GenerateResult, RealGenerateResult>,
  Fits<LanguageModelV3StreamPart, RealStreamPart>,
  Fits<LanguageModelV3StreamResult, RealStreamResult>,
  Fits<SharedV3Warning, RealWarning>,
  Fits<LanguageModelV3, Model>,
  Fits<AurikoLanguageModelV3, Model>,
  Fits<AurikoEmbeddingModelV3, RealEmbeddingModel>,
  Fits<AurikoProvider, RealProvider>,
];

/** The other way round: nothing of V3 is missing. */
export type Whole = [
  Fits<RealContent, LanguageModelV3Content>,
  Fits<RealStreamPart, LanguageModelV3StreamPart>,
  Fits<RealWarning, SharedV3Warning>,
];

// `ai@6` itself.
export const model: LanguageModel = auriko('m');
export const registry = createProviderRegistry({ auriko });

// @ts-expect-error A model of V4 parts is not one of V3.
export type Different = Fits<import('@ai-sdk/provider').LanguageModelV4, Model>;
