// Citations and generated images of the wire as sources, citations and files.

import type { LanguageModelV4Citation, LanguageModelV4File, LanguageModelV4Source } from '@ai-sdk/provider';

import { isRecord } from '../errors/envelope.js';

type UrlSource = LanguageModelV4Source & { readonly sourceType: 'url' };

/** The source and the citation behind a `url_citation`; undefined for other annotations. */
export function convertAnnotation(
  annotation: unknown,
  id: () => string,
): { source: UrlSource; citation: LanguageModelV4Citation } | undefined {
  if (!isRecord(annotation) || annotation.type !== 'url_citation') return undefined;
  // OpenAI nests the facts, some providers do not.
  const facts = isRecord(annotation.url_citation) ? annotation.url_citation : annotation;
  if (typeof facts.url !== 'string' || facts.url === '') return undefined;
  const source: UrlSource = {
    type: 'source',
    sourceType: 'url',
    id: id(),
    url: facts.url,
    ...(typeof facts.title === 'string' ? { title: facts.title } : {}),
  };
  const citation: LanguageModelV4Citation = {
    source,
    ...(typeof facts.start_index === 'number' ? { startIndex: facts.start_index } : {}),
    ...(typeof facts.end_index === 'number' ? { endIndex: facts.end_index } : {}),
    ...(typeof facts.content === 'string' ? { citedText: facts.content } : {}),
  };
  return { source, citation };
}

/** The file of a generated image: `{mime_type, data}`, or an `image_url` with a data URL or a link. */
export function convertImage(image: unknown): LanguageModelV4File | undefined {
  if (!isRecord(image)) return undefined;
  const metadata =
    typeof image.thought_signature === 'string'
      ? { providerMetadata: { auriko: { thoughtSignature: image.thought_signature } } }
      : {};
  if (typeof image.data === 'string') {
    const mediaType = typeof image.mime_type === 'string' ? image.mime_type : 'image/png';
    return { type: 'file', mediaType, data: { type: 'data', data: image.data }, ...metadata };
  }
  const url = isRecord(image.image_url) ? image.image_url.url : image.image_url;
  if (typeof url !== 'string') return undefined;
  const [, mediaType = 'image/png', data] = /^data:([^;,]+);base64,(.*)$/s.exec(url) ?? [];
  if (data !== undefined) return { type: 'file', mediaType, data: { type: 'data', data }, ...metadata };
  if (!URL.canParse(url)) return undefined;
  return { type: 'file', mediaType: 'image/*', data: { type: 'url', url: new URL(url) }, ...metadata };
}
