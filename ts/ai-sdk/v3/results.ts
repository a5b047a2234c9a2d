// V4 results as V3 ones, part by part. V3 has no place for citations, pings and custom parts: they are left out. Parts
// that are the same in both are passed on as they are.
//
// V4's types admit readonly JSON and V3's do not. Both mean the same values, so each entry below casts once.

import type {
  EmbeddingModelV4Result,
  LanguageModelV4Content,
  LanguageModelV4File,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  SharedV4Warning,
} from '@ai-sdk/provider';

import { AurikoAPIError } from '../../errors.js';
import type {
  EmbeddingModelV3Result,
  LanguageModelV3Content,
  LanguageModelV3File,
  LanguageModelV3FinishReason,
  LanguageModelV3GenerateResult,
  LanguageModelV3Source,
  LanguageModelV3StreamPart,
  SharedV3Warning,
  V3Json,
} from './types.js';

/** The V3 result that says the same. */
export function toV3Result(result: LanguageModelV4GenerateResult): LanguageModelV3GenerateResult {
  const { content, finishReason, request, structuredOutputText, warnings, ...same } =
    result as V3Json<LanguageModelV4GenerateResult>;
  return {
    ...same,
    content: content.flatMap((part) => toV3Content(part) ?? []),
    finishReason: toV3FinishReason(finishReason),
    ...(request === undefined ? {} : { request: { body: request.body } }),
    warnings: toV3Warnings(warnings),
  };
}

/** The V3 result that says the same. */
export function toV3EmbeddingResult(result: EmbeddingModelV4Result): EmbeddingModelV3Result {
  return { ...(result as EmbeddingModelV3Result), warnings: toV3Warnings(result.warnings) };
}

/** The V3 part that says the same; undefined when V3 has none. */
export function toV3StreamPart(given: LanguageModelV4StreamPart): LanguageModelV3StreamPart | undefined {
  const part = given as V3Json<LanguageModelV4StreamPart>;
  switch (part.type) {
    case 'text-end': {
      if (part.citations === undefined) return part;
      const { citations, ...same } = part;
      return same;
    }
    case 'file':
      return toV3File(part);
    case 'stream-start':
      return { ...part, warnings: toV3Warnings(part.warnings) };
    case 'finish':
      return { ...part, finishReason: toV3FinishReason(part.finishReason) };
    case 'error':
      return { type: 'error', error: toV3StreamError(part.error) };
    case 'custom':
    case 'ping':
    case 'reasoning-file':
      return undefined;
    default:
      return part;
  }
}

function toV3Content(part: V3Json<LanguageModelV4Content>): LanguageModelV3Content | undefined {
  switch (part.type) {
    case 'text': {
      const { citations, ...same } = part;
      return same;
    }
    case 'file':
      return toV3File(part);
    case 'custom':
    case 'reasoning-file':
      return undefined;
    default:
      return part;
  }
}

/** A file by link has no V3 form, since `ai@6` takes every text for base64. Its link is not lost: it is a source. */
function toV3File(part: V3Json<LanguageModelV4File>): LanguageModelV3File | LanguageModelV3Source {
  const { data, mediaType, ...same } = part;
  if (data.type === 'data') return { ...same, mediaType, data: data.data };
  const { href } = data.url;
  return { ...same, type: 'source', sourceType: 'url', id: href, url: href, title: `File (${mediaType})` };
}

function toV3FinishReason({ unified, raw }: LanguageModelV4FinishReason): LanguageModelV3FinishReason {
  return { unified: unified === 'interrupted' ? 'other' : unified, raw };
}

function toV3Warnings(warnings: readonly SharedV4Warning[]): SharedV3Warning[] {
  return warnings.map((warning) =>
    warning.type === 'deprecated'
      ? { type: 'other', message: `${warning.setting} is deprecated: ${warning.message}` }
      : warning,
  );
}

/**
 * The typed error of an error part. `ai@6` hands the value to the user as it is and does not know the marked object
 * that `ai@7` wants.
 */
function toV3StreamError(error: unknown): unknown {
  const typed: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'data') : undefined;
  return AurikoAPIError.isInstance(typed) ? typed : error;
}
