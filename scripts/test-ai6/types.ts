// Compiled by `npm run test:ai6` in a project that has `ai@6` and this package, and no other AI SDK package.

import { type AurikoLanguageModelChatOptions, auriko } from '@auriko/ai-sdk-provider/v3';
import { createProviderRegistry, type EmbeddingModel, type LanguageModel } from 'ai';

export const model: LanguageModel = auriko('m');
export const embedding: EmbeddingModel = auriko.embeddingModel('m');
export const registry = createProviderRegistry({ auriko });
export const options: AurikoLanguageModelChatOptions = { routing: { optimize: 'cost' } };

// Fails when the declarations turned into `any` because something they import is missing.
// @ts-expect-error
export const wrong: number = auriko('m');
