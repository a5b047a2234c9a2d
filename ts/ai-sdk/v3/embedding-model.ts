// An embedding model as `ai@6` takes it: calls and vectors are those of V4, only the warnings differ.

import type { EmbeddingModelV4 } from '@ai-sdk/provider';

import { toV3EmbeddingResult } from './results.js';
import type { EmbeddingModelV3, EmbeddingModelV3CallOptions, EmbeddingModelV3Result } from './types.js';

/** An embedding model for `ai@6`. */
export class AurikoEmbeddingModelV3 implements EmbeddingModelV3 {
  readonly specificationVersion = 'v3';
  readonly provider: string;
  readonly modelId: string;
  readonly maxEmbeddingsPerCall: EmbeddingModelV4['maxEmbeddingsPerCall'];
  readonly supportsParallelCalls: EmbeddingModelV4['supportsParallelCalls'];
  readonly #model: EmbeddingModelV4;

  constructor(model: EmbeddingModelV4) {
    this.provider = model.provider;
    this.modelId = model.modelId;
    this.maxEmbeddingsPerCall = model.maxEmbeddingsPerCall;
    this.supportsParallelCalls = model.supportsParallelCalls;
    this.#model = model;
  }

  async doEmbed(options: EmbeddingModelV3CallOptions): Promise<EmbeddingModelV3Result> {
    return toV3EmbeddingResult(await this.#model.doEmbed(options));
  }
}
