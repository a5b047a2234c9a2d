// A V3 call as a V4 one. Only files differ: V4 tags their data, and has one kind of file in tool results where V3 has
// six. The call is never changed; what needs no conversion is shared with it.

import type {
  LanguageModelV4CallOptions,
  LanguageModelV4FilePart,
  LanguageModelV4Message,
  LanguageModelV4ToolResultOutput,
  LanguageModelV4ToolResultPart,
  SharedV4FileData,
} from '@ai-sdk/provider';

import type {
  LanguageModelV3CallOptions,
  LanguageModelV3FilePart,
  LanguageModelV3Message,
  LanguageModelV3ToolResultContent,
  LanguageModelV3ToolResultPart,
} from './types.js';

type ContentOutput = Extract<LanguageModelV4ToolResultOutput, { type: 'content' }>;

/** Stands for a type that V3 does not tell. */
const UNKNOWN_MEDIA_TYPE = 'application/octet-stream';

/** The V4 call that says the same. */
export function toV4Call(call: LanguageModelV3CallOptions): LanguageModelV4CallOptions {
  return { ...call, prompt: call.prompt.map(toV4Message) };
}

function toV4Message(message: LanguageModelV3Message): LanguageModelV4Message {
  switch (message.role) {
    case 'system':
      return message;
    case 'user':
      return {
        ...message,
        content: message.content.map((part) => (part.type === 'file' ? toV4File(part) : part)),
      };
    case 'assistant':
      return {
        ...message,
        content: message.content.map((part) => {
          if (part.type === 'file') return toV4File(part);
          return part.type === 'tool-result' ? toV4ToolResult(part) : part;
        }),
      };
    case 'tool':
      return {
        ...message,
        content: message.content.map((part) => (part.type === 'tool-result' ? toV4ToolResult(part) : part)),
      };
  }
}

function toV4File({ data, originalUrl, ...part }: LanguageModelV3FilePart): LanguageModelV4FilePart {
  if (typeof data === 'string' || data instanceof Uint8Array) {
    return { ...part, data: { type: 'data', data } };
  }
  return { ...part, data: { type: 'url', url: data, ...(originalUrl === undefined ? {} : { originalUrl }) } };
}

function toV4ToolResult(part: LanguageModelV3ToolResultPart): LanguageModelV4ToolResultPart {
  const { output } = part;
  if (output.type !== 'content') return { ...part, output };
  return { ...part, output: { ...output, value: output.value.map(toV4ResultContent) } };
}

function toV4ResultContent(part: LanguageModelV3ToolResultContent): ContentOutput['value'][number] {
  const options = part.providerOptions === undefined ? {} : { providerOptions: part.providerOptions };
  const file = (mediaType: string, data: SharedV4FileData) =>
    ({ type: 'file', mediaType, data, ...options }) as const;
  switch (part.type) {
    case 'text':
    case 'custom':
      return part;
    case 'image-data':
      return file(part.mediaType, { type: 'data', data: part.data });
    case 'image-url':
      return file('image/*', urlData(part.url));
    case 'image-file-id':
      return file('image/*', referenceData(part.fileId));
    case 'file-data': {
      const name = part.filename === undefined ? {} : { filename: part.filename };
      return { ...file(part.mediaType, { type: 'data', data: part.data }), ...name };
    }
    case 'file-url':
      return file(part.mediaType ?? UNKNOWN_MEDIA_TYPE, urlData(part.url));
    case 'file-id':
      return file(UNKNOWN_MEDIA_TYPE, referenceData(part.fileId));
  }
}

function urlData(url: string): SharedV4FileData {
  return { type: 'url', url: new URL(url), originalUrl: url };
}

/** An id without a provider's name is ours: the prompt is on its way to us. */
function referenceData(fileId: string | Record<string, string>): SharedV4FileData {
  // The cast is safe: V4's type only adds that no provider is called `type`.
  const reference = (typeof fileId === 'string' ? { auriko: fileId } : fileId) as Record<string, string> & {
    type?: never;
  };
  return { type: 'reference', reference };
}
