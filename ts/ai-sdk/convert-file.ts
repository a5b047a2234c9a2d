// Files of a prompt as wire parts. The kind is decided by the top level of the media type: an image given by URL
// arrives as plain `image`, without a subtype.

import {
  type LanguageModelV4FilePart,
  NoSuchProviderReferenceError,
  UnsupportedFunctionalityError,
} from '@ai-sdk/provider';

import { toBase64 } from '../base64.js';
import { partOptions } from './part-options.js';
import type { Payloads } from './payloads.js';

/** A content part in wire terms. */
export type WirePart = Record<string, unknown>;

/**
 * The part of a file.
 *
 * @param payloads Keeps large data out of the JSON; without it all data is written into the part.
 * @throws UnsupportedFunctionalityError for media that the wire can't carry; the message names the type.
 */
export function convertFile(part: LanguageModelV4FilePart, payloads?: Payloads): WirePart {
  const topLevel = part.mediaType.split('/')[0]?.toLowerCase() ?? '';
  if (topLevel === 'image') return imagePart(part, payloads);
  if (topLevel === 'text') return textPart(part);
  if (topLevel === 'audio') return audioPart(part, payloads);
  if (part.mediaType.toLowerCase() === PDF) return pdfPart(part, payloads);
  throw new UnsupportedFunctionalityError({
    functionality: `file parts of type ${part.mediaType}`,
    message: `Auriko takes images, text, PDFs and audio as files, not '${part.mediaType}'. Convert it, or send its text.`,
  });
}

const PDF = 'application/pdf';

/**
 * PDFs and audio travel in OpenAI's own shapes. Where no provider of the model takes them the server says so with
 * `unsupported_modalities`.
 */
function pdfPart(part: LanguageModelV4FilePart, payloads: Payloads | undefined): WirePart {
  if (part.data.type === 'reference')
    return { type: 'file', file: { file_id: reference(part.data.reference) } };
  const data = `data:${PDF};base64,${base64Of(part, payloads)}`;
  return { type: 'file', file: { filename: part.filename ?? 'document.pdf', file_data: data } };
}

/** Subtypes by which audio formats are known. */
const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  wav: 'wav',
  'x-wav': 'wav',
  wave: 'wav',
  mp3: 'mp3',
  mpeg: 'mp3',
};

function audioPart(part: LanguageModelV4FilePart, payloads: Payloads | undefined): WirePart {
  const subtype = part.mediaType.split('/')[1]?.toLowerCase() ?? '';
  const format = AUDIO_FORMATS[subtype];
  if (format === undefined) {
    throw new UnsupportedFunctionalityError({
      functionality: `file parts of type ${part.mediaType}`,
      message: `Auriko takes audio as 'audio/wav' or 'audio/mpeg', not '${part.mediaType}'. Convert it.`,
    });
  }
  return { type: 'input_audio', input_audio: { data: base64Of(part, payloads), format } };
}

/** Data that only goes as base64: the AI SDK has loaded URLs before, since they are not among `supportedUrls`. */
function base64Of({ data, mediaType }: LanguageModelV4FilePart, payloads: Payloads | undefined): string {
  if (data.type === 'data') return encoded(data.data, payloads);
  throw new UnsupportedFunctionalityError({
    functionality: `file parts of type ${mediaType} by ${data.type}`,
    message: `A file of type '${mediaType}' must be given as bytes or base64.`,
  });
}

function encoded(data: string | Uint8Array, payloads: Payloads | undefined): string {
  return payloads?.base64(data) ?? (typeof data === 'string' ? data : toBase64(data));
}

function imagePart(part: LanguageModelV4FilePart, payloads: Payloads | undefined): WirePart {
  const detail = partOptions(part.providerOptions, 'part').imageDetail;
  const url = imageUrl(part, payloads);
  return { type: 'image_url', image_url: { url, ...(detail === undefined ? {} : { detail }) } };
}

function imageUrl({ data, mediaType }: LanguageModelV4FilePart, payloads: Payloads | undefined): string {
  switch (data.type) {
    case 'url':
      return data.originalUrl ?? data.url.href;
    case 'reference':
      return reference(data.reference);
    case 'data':
      return `data:${fullMediaType(mediaType, data.data)};base64,${encoded(data.data, payloads)}`;
    case 'text':
      throw new UnsupportedFunctionalityError({
        functionality: 'images given as text',
        message: 'An image must be given as bytes, base64 or a URL.',
      });
  }
}

function textPart({ data, mediaType }: LanguageModelV4FilePart): WirePart {
  if (data.type === 'text') return { type: 'text', text: data.text };
  if (data.type === 'data') {
    const bytes = typeof data.data === 'string' ? fromBase64(data.data) : data.data;
    return { type: 'text', text: new TextDecoder().decode(bytes) };
  }
  throw new UnsupportedFunctionalityError({
    functionality: `file parts of type ${mediaType} by ${data.type}`,
    message: 'Auriko does not fetch text files. Send the text itself.',
  });
}

function reference(references: Readonly<Record<string, string>>): string {
  const own = references.auriko;
  if (own === undefined) {
    throw new NoSuchProviderReferenceError({ provider: 'auriko', reference: references });
  }
  return own;
}

/** Bytes that hold the longest signature below. */
const SIGNATURE_BYTES = 12;

/** Beginnings of base64 text that give an image's format away. */
const SIGNATURES: readonly [string, string][] = [
  ['iVBORw', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['Qk', 'image/bmp'],
  ['AAAAIGZ0eXBhdmlm', 'image/avif'],
];

function fullMediaType(mediaType: string, data: string | Uint8Array): string {
  const [, subtype] = mediaType.split('/');
  if (subtype !== undefined && subtype !== '' && subtype !== '*') return mediaType;
  const base64 = typeof data === 'string' ? data : toBase64(data.subarray(0, SIGNATURE_BYTES));
  const known = SIGNATURES.find(([start]) => base64.startsWith(start))?.[1];
  if (known !== undefined) return known;
  throw new UnsupportedFunctionalityError({
    functionality: `images of type '${mediaType}' in an unknown format`,
    message: `The format of the image can't be told from its bytes. Give its full media type instead of '${mediaType}', such as 'image/png'.`,
  });
}

function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
