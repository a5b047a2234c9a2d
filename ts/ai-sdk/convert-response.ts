// A whole reply as content parts (ai-sdk-provider.md §5.2).

import {
  InvalidResponseDataError,
  type LanguageModelV4Content,
  type LanguageModelV4GenerateResult,
} from '@ai-sdk/provider';

import { isRecord, parseJson } from '../errors/envelope.js';
import { type ErrorContext, errorFromStreamError, invalidResponse } from '../errors.js';
import { generateId, toolInput } from '../tool-fragments.js';
import { argumentsText, eachContentPart, seconds, string } from '../transport/fetch/decode-chunk.js';
import type { TransportReply } from '../transport.js';
import { convertUsage } from './convert-usage.js';
import { finishReason } from './finish-reason.js';
import { gatewayWarnings, replyMetadata } from './metadata.js';
import { convertAnnotation, convertImage } from './sources.js';

type Result = Omit<LanguageModelV4GenerateResult, 'request'>;

/**
 * The result of a call, without its request.
 *
 * @throws AurikoAPIError when the body is not JSON or holds an error.
 * @throws InvalidResponseDataError when it has no choice.
 */
export function convertResponse(
  reply: TransportReply,
  context: ErrorContext,
  wantsLogprobs: boolean,
): Result {
  const body = parseJson(reply.body);
  const withHead = { ...context, head: reply };
  if (!isRecord(body)) throw invalidResponse('The reply is not a JSON object.', reply.body, withHead);
  if (body.error !== undefined && body.error !== null) throw errorFromStreamError(body.error, withHead);
  const choice = firstChoice(body);
  const message = isRecord(choice.message) ? choice.message : {};
  const content = contentOf(message);
  const hasToolCalls = content.some((part) => part.type === 'tool-call');
  const created = seconds(body.created);
  const id = string(body.id);
  const modelId = string(body.model);
  return {
    content,
    finishReason: finishReason(string(choice.finish_reason), {
      hasToolCalls,
      hasOutput: content.length > 0,
      isRefusal: string(message.refusal) !== undefined,
    }),
    usage: convertUsage(body.usage),
    warnings: gatewayWarnings(body.routing_metadata),
    providerMetadata: replyMetadata({
      head: reply,
      routing: isRecord(body.routing_metadata) ? body.routing_metadata : undefined,
      nativeFinishReason: string(choice.native_finish_reason),
      serviceTier: string(body.service_tier),
      systemFingerprint: string(body.system_fingerprint),
      logprobs: wantsLogprobs ? (choice.logprobs ?? undefined) : undefined,
    }),
    response: {
      ...(id === undefined ? {} : { id }),
      ...(created === undefined ? {} : { timestamp: new Date(created * 1000) }),
      ...(modelId === undefined ? {} : { modelId }),
      headers: { ...reply.headers },
      body,
    },
  };
}

function firstChoice(body: Record<string, unknown>): Record<string, unknown> {
  const choices = Array.isArray(body.choices) ? body.choices.filter(isRecord) : [];
  const choice = choices.find((candidate) => candidate.index === 0) ?? choices[0];
  if (choice === undefined) {
    throw new InvalidResponseDataError({ data: body, message: 'The reply has no choices.' });
  }
  return choice;
}

/** Thoughts, text, refusal, sources, files, tool calls, in this order. */
function contentOf(message: Record<string, unknown>): LanguageModelV4Content[] {
  const content = reasoningOf(message);
  const texts: string[] = [];
  if (typeof message.content === 'string') texts.push(message.content);
  else if (Array.isArray(message.content)) {
    eachContentPart(message.content, (isThinking, text) => {
      if (isThinking) content.push({ type: 'reasoning', text });
      else texts.push(text);
    });
  }
  texts.push(string(message.refusal) ?? '');
  const annotations = Array.isArray(message.annotations) ? message.annotations : [];
  let sources = 0;
  const cited = annotations.flatMap(
    (annotation) => convertAnnotation(annotation, () => `s${sources++}`) ?? [],
  );
  const citations = cited.map(({ citation }) => citation);
  let isFirst = true;
  for (const text of texts.filter((candidate) => candidate !== '')) {
    content.push({ type: 'text', text, ...(isFirst && citations.length > 0 ? { citations } : {}) });
    isFirst = false;
  }
  content.push(...cited.map(({ source }) => source));
  const images = Array.isArray(message.images) ? message.images : [];
  content.push(...images.flatMap((image) => convertImage(image) ?? []));
  content.push(...toolCallsOf(message));
  return content;
}

/** Signed blocks win over `reasoning_content`: both describe the same thoughts. */
function reasoningOf(message: Record<string, unknown>): LanguageModelV4Content[] {
  if (Array.isArray(message.reasoning) && message.reasoning.length > 0) {
    return message.reasoning.flatMap((block): LanguageModelV4Content[] => {
      if (!isRecord(block)) return [];
      const { signature, data } = block;
      if (block.type === 'redacted' && typeof data === 'string') {
        return [{ type: 'reasoning', text: '', providerMetadata: { auriko: { redactedData: data } } }];
      }
      const isSigned = typeof signature === 'string' && signature !== '';
      // Blank thinking too: what is signed goes back byte for byte.
      const thinking = typeof block.thinking === 'string' ? block.thinking : '';
      return [
        {
          type: 'reasoning',
          text: thinking,
          ...(isSigned ? { providerMetadata: { auriko: { signature } } } : {}),
        },
      ];
    });
  }
  const text = string(message.reasoning_content) ?? string(message.reasoning);
  return text === undefined ? [] : [{ type: 'reasoning', text }];
}

function toolCallsOf(message: Record<string, unknown>): LanguageModelV4Content[] {
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isRecord) : [];
  if (calls.length === 0 && isRecord(message.function_call)) calls.push({ function: message.function_call });
  const ids = new Set<string>();
  return calls.flatMap((call): LanguageModelV4Content[] => {
    const details = isRecord(call.function) ? call.function : {};
    const toolName = string(details.name);
    if (toolName === undefined) return [];
    const given = string(call.id);
    const toolCallId = given === undefined || ids.has(given) ? generateId() : given;
    ids.add(toolCallId);
    const signature = string(call.provider_signature);
    return [
      {
        type: 'tool-call',
        toolCallId,
        toolName,
        input: toolInput(argumentsText(details.arguments)),
        ...(signature === undefined
          ? {}
          : { providerMetadata: { auriko: { providerSignature: signature } } }),
      },
    ];
  });
}
