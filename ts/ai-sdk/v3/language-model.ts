// A language model as `ai@6` takes it: the V4 model behind a translation of calls and results.

import type { LanguageModelV4 } from '@ai-sdk/provider';

import { toV4Call } from './call-options.js';
import { toV3Result } from './results.js';
import { toV3Stream } from './stream.js';
import type {
  LanguageModelV3,
  LanguageModelV3CallOptions,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamResult,
} from './types.js';

/** A language model for `ai@6`. */
export class AurikoLanguageModelV3 implements LanguageModelV3 {
  readonly specificationVersion = 'v3';
  readonly provider: string;
  readonly modelId: string;
  /** Providers fetch images themselves, so `ai` need not download them first. */
  readonly supportedUrls: LanguageModelV4['supportedUrls'];
  readonly #model: LanguageModelV4;

  constructor(model: LanguageModelV4) {
    this.provider = model.provider;
    this.modelId = model.modelId;
    this.supportedUrls = model.supportedUrls;
    this.#model = model;
  }

  async doGenerate(options: LanguageModelV3CallOptions): Promise<LanguageModelV3GenerateResult> {
    return toV3Result(await this.#model.doGenerate(toV4Call(options)));
  }

  async doStream(options: LanguageModelV3CallOptions): Promise<LanguageModelV3StreamResult> {
    const { stream, request, response } = await this.#model.doStream(toV4Call(options));
    return {
      stream: toV3Stream(stream),
      ...(request === undefined ? {} : { request: { body: request.body } }),
      ...(response === undefined ? {} : { response }),
    };
  }
}
