// The V3 interface of `ai@6`, as far as this package meets it. Declared here, because the published declarations must
// not import `@ai-sdk/provider@3`, which nobody has to have. What V4 left as it was is taken from V4, but for the JSON of
// results: V4 also admits readonly values. A type test holds all of it against the real V3 types.

import type {
  EmbeddingModelV4,
  EmbeddingModelV4CallOptions,
  EmbeddingModelV4Result,
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FilePart,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4Message,
  LanguageModelV4Reasoning,
  LanguageModelV4ReasoningPart,
  LanguageModelV4Source,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
  LanguageModelV4TextPart,
  LanguageModelV4ToolApprovalRequest,
  LanguageModelV4ToolApprovalResponsePart,
  LanguageModelV4ToolCall,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolResult,
  LanguageModelV4ToolResultOutput,
  LanguageModelV4ToolResultPart,
  LanguageModelV4Usage,
  SharedV4ProviderOptions,
  SharedV4Warning,
} from '@ai-sdk/provider';

type V3JSONValue = null | string | number | boolean | V3JSONObject | V3JSONValue[];

interface V3JSONObject {
  [key: string]: V3JSONValue | undefined;
}

interface WithMetadata {
  providerMetadata?: Record<string, V3JSONObject>;
}

/** Token counts. */
export type LanguageModelV3Usage = Omit<LanguageModelV4Usage, 'raw'> & { raw?: V3JSONObject };

/** A V4 type, or each member of a union of them, with the JSON of V3. */
export type V3Json<T> = T extends unknown
  ? {
      [Key in keyof T]: Key extends 'providerMetadata'
        ? Record<string, V3JSONObject>
        : Key extends 'result'
          ? NonNullable<V3JSONValue>
          : Key extends 'usage'
            ? LanguageModelV3Usage
            : Key extends 'content'
              ? V3Json<LanguageModelV4Content>[]
              : T[Key];
    }
  : never;

/** What each part of a prompt may carry. */
interface WithOptions {
  providerOptions?: SharedV4ProviderOptions;
}

/** A file of a prompt: bytes, base64 text or a URL, without a tag. */
export interface LanguageModelV3FilePart extends Omit<LanguageModelV4FilePart, 'data'> {
  data: Uint8Array | string | URL;
  /** The URL as the user wrote it, where `data` is a normalised one. */
  originalUrl?: string;
}

/** One part of a tool result with several parts. */
export type LanguageModelV3ToolResultContent = WithOptions &
  (
    | { type: 'text'; text: string }
    | { type: 'file-data'; data: string; mediaType: string; filename?: string }
    | { type: 'file-url'; url: string; mediaType?: string }
    | { type: 'file-id'; fileId: string | Record<string, string> }
    | { type: 'image-data'; data: string; mediaType: string }
    | { type: 'image-url'; url: string }
    | { type: 'image-file-id'; fileId: string | Record<string, string> }
    | { type: 'custom' }
  );

/** What a tool gave back. */
export type LanguageModelV3ToolResultOutput =
  | Exclude<LanguageModelV4ToolResultOutput, { type: 'content' }>
  | { type: 'content'; value: LanguageModelV3ToolResultContent[] };

/** The result of a tool call in a prompt. */
export interface LanguageModelV3ToolResultPart extends Omit<LanguageModelV4ToolResultPart, 'output'> {
  output: LanguageModelV3ToolResultOutput;
}

/** A part of an assistant message. */
export type LanguageModelV3AssistantPart =
  | LanguageModelV4TextPart
  | LanguageModelV3FilePart
  | LanguageModelV4ReasoningPart
  | LanguageModelV4ToolCallPart
  | LanguageModelV3ToolResultPart;

/** A message of a prompt. */
export type LanguageModelV3Message =
  | Extract<LanguageModelV4Message, { role: 'system' }>
  | (WithOptions &
      (
        | { role: 'user'; content: (LanguageModelV4TextPart | LanguageModelV3FilePart)[] }
        | { role: 'assistant'; content: LanguageModelV3AssistantPart[] }
        | {
            role: 'tool';
            content: (LanguageModelV3ToolResultPart | LanguageModelV4ToolApprovalResponsePart)[];
          }
      ));

/** What a model is called with: V4's without `reasoning`. */
export type LanguageModelV3CallOptions = Omit<LanguageModelV4CallOptions, 'prompt' | 'reasoning'> & {
  prompt: LanguageModelV3Message[];
};

/** A warning: V3 has no `deprecated`. */
export type SharedV3Warning = Exclude<SharedV4Warning, { type: 'deprecated' }>;

/** Why a reply ended: V3 has no `interrupted`. */
export interface LanguageModelV3FinishReason {
  unified: Exclude<LanguageModelV4FinishReason['unified'], 'interrupted'>;
  raw: string | undefined;
}

/** A generated file: bytes or base64 text. */
export interface LanguageModelV3File extends WithMetadata {
  type: 'file';
  mediaType: string;
  data: string | Uint8Array;
}

/** A source that the reply names. */
export type LanguageModelV3Source = V3Json<LanguageModelV4Source>;

/** A part of a whole reply. */
export type LanguageModelV3Content =
  | (WithMetadata & { type: 'text'; text: string })
  | LanguageModelV3File
  | LanguageModelV3Source
  | V3Json<
      | LanguageModelV4Reasoning
      | LanguageModelV4ToolApprovalRequest
      | LanguageModelV4ToolCall
      | LanguageModelV4ToolResult
    >;

/** A whole reply. */
export interface LanguageModelV3GenerateResult extends WithMetadata {
  content: LanguageModelV3Content[];
  finishReason: LanguageModelV3FinishReason;
  usage: LanguageModelV3Usage;
  request?: { body?: unknown };
  response?: NonNullable<LanguageModelV4GenerateResult['response']>;
  warnings: SharedV3Warning[];
}

/** Types of stream parts that V3 has not, or not so. */
type ChangedPart = 'custom' | 'file' | 'finish' | 'ping' | 'reasoning-file' | 'stream-start' | 'text-end';

/** A part of a streamed reply. */
export type LanguageModelV3StreamPart =
  | V3Json<Exclude<LanguageModelV4StreamPart, { type: ChangedPart }>>
  | (WithMetadata & { type: 'text-end'; id: string })
  | LanguageModelV3File
  | { type: 'stream-start'; warnings: SharedV3Warning[] }
  | (WithMetadata & {
      type: 'finish';
      usage: LanguageModelV3Usage;
      finishReason: LanguageModelV3FinishReason;
    });

/** A streamed reply. */
export type LanguageModelV3StreamResult = Omit<LanguageModelV4StreamResult, 'request' | 'stream'> & {
  stream: ReadableStream<LanguageModelV3StreamPart>;
  request?: { body?: unknown };
};

/** A language model as `ai@6` takes it. */
export interface LanguageModelV3 {
  readonly specificationVersion: 'v3';
  readonly provider: string;
  readonly modelId: string;
  readonly supportedUrls: LanguageModelV4['supportedUrls'];
  doGenerate(options: LanguageModelV3CallOptions): PromiseLike<LanguageModelV3GenerateResult>;
  doStream(options: LanguageModelV3CallOptions): PromiseLike<LanguageModelV3StreamResult>;
}

/** What an embedding model is called with: V4's without `dimensions`. */
export type EmbeddingModelV3CallOptions = Omit<EmbeddingModelV4CallOptions, 'dimensions'>;

/** Vectors, in the order of the values. */
export type EmbeddingModelV3Result = WithMetadata &
  Omit<EmbeddingModelV4Result, 'providerMetadata' | 'warnings'> & { warnings: SharedV3Warning[] };

/** An embedding model as `ai@6` takes it. */
export type EmbeddingModelV3 = Omit<EmbeddingModelV4, 'doEmbed' | 'specificationVersion'> & {
  readonly specificationVersion: 'v3';
  doEmbed(options: EmbeddingModelV3CallOptions): PromiseLike<EmbeddingModelV3Result>;
};
