// A whole Responses reply as content parts.

import {
  InvalidResponseDataError,
  type LanguageModelV4Content,
  type LanguageModelV4GenerateResult,
} from '@ai-sdk/provider';

import { isRecord, parseJson } from '../../errors/envelope.js';
import { errorOfResponse } from '../../errors/response-error.js';
import { type ErrorContext, invalidResponse } from '../../errors.js';
import { toolInput } from '../../tool-fragments.js';
import { argumentsText, string } from '../../transport/fetch/decode-chunk.js';
import type { TransportReply } from '../../transport.js';
import { gatewayWarnings } from '../metadata.js';
import type { HostedTools } from './convert-tools.js';
import {
  callMetadata,
  hostedParts,
  type Item,
  isHosted,
  itemMetadata,
  Output,
  otherPart,
  records,
  textOf,
} from './output.js';
import { responseFinish, responseIdentity, responseMetadata, responseUsage } from './response-facts.js';

type Result = Omit<LanguageModelV4GenerateResult, 'request'>;

/**
 * The result of a call, without its request.
 *
 * @throws AurikoAPIError when the body is not JSON, or says that the response failed.
 * @throws InvalidResponseDataError when it has no output.
 */
export function convertResponsesReply(
  reply: TransportReply,
  context: ErrorContext,
  hosted: HostedTools,
  wantsLogprobs: boolean,
): Result {
  const body = parseJson(reply.body);
  const withHead = { ...context, head: reply };
  if (!isRecord(body)) throw invalidResponse('The reply is not a JSON object.', reply.body, withHead);
  const hasError = body['error'] !== undefined && body['error'] !== null;
  if (hasError || body['status'] === 'failed') throw errorOfResponse(body, withHead);
  if (!Array.isArray(body['output'])) {
    throw new InvalidResponseDataError({ data: body, message: 'The reply has no output.' });
  }
  const output = new Output(hosted, wantsLogprobs);
  const content = records(body['output']).flatMap((item) => itemContent(item, output));
  return {
    content,
    finishReason: responseFinish(body, output),
    usage: responseUsage(body),
    warnings: gatewayWarnings(body['routing_metadata']),
    providerMetadata: responseMetadata(body, reply, output.logprobs),
    response: { ...responseIdentity(body), headers: { ...reply.headers }, body },
  };
}

function itemContent(item: Item, output: Output): LanguageModelV4Content[] {
  switch (item['type']) {
    case 'message':
      return messageContent(item, output);
    case 'reasoning':
      return reasoningContent(item);
    case 'function_call':
      return functionCall(item, output);
    default: {
      if (isHosted(item)) return hostedParts(item, output.callId(item['id']), output);
      const part = otherPart(item);
      return part === undefined ? [] : [part];
    }
  }
}

function messageContent(item: Item, output: Output): LanguageModelV4Content[] {
  const metadata = itemMetadata(item, { phase: string(item['phase']) });
  return records(item['content']).flatMap((part): LanguageModelV4Content[] => {
    const isRefusal = part['type'] === 'refusal';
    const text = textOf(isRefusal ? part['refusal'] : part['text']);
    if (isRefusal) output.isRefusal = true;
    output.addLogprobs(part);
    const cited = records(part['annotations']).flatMap((annotation) => output.annotation(annotation) ?? []);
    const citations = cited.map(({ citation }) => citation);
    return [
      ...(text === undefined
        ? []
        : [{ type: 'text' as const, text, ...(citations.length === 0 ? {} : { citations }), ...metadata }]),
      ...cited.map(({ source }) => source),
    ];
  });
}

/** A part for each summary; an item without one is still what the next turn needs. */
function reasoningContent(item: Item): LanguageModelV4Content[] {
  const encryptedContent = string(item['encrypted_content']);
  const texts = records(item['summary']).flatMap((part) => textOf(part['text']) ?? []);
  if (texts.length === 0 && encryptedContent !== undefined) texts.push('');
  return texts.map((text, index) => ({
    type: 'reasoning',
    text,
    ...itemMetadata(item, index === texts.length - 1 ? { encryptedContent } : {}),
  }));
}

function functionCall(item: Item, output: Output): LanguageModelV4Content[] {
  const toolName = string(item['name']);
  // Truncated arguments must not run.
  if (toolName === undefined || item['status'] === 'incomplete') return [];
  output.hasToolCalls = true;
  return [
    {
      type: 'tool-call',
      toolCallId: output.callId(item['call_id']),
      toolName,
      input: toolInput(argumentsText(item['arguments'])),
      ...callMetadata(item),
    },
  ];
}
