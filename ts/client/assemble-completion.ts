// Chunks to the reply that the same request gives without `stream`.

import { decodeChoice, seconds, string } from '../transport/fetch/decode-chunk.js';
import { AnswerAssembler } from './assemble-answer.js';
import type { ResponseHeaders } from './response-headers.js';
import type { ChatCompletion, ChatCompletionChunk, RoutingMetadata, Usage } from './types.js';

/** Fields of a chunk that are put together, or that say nothing about the whole (`obfuscation` is OpenAI's padding). */
const NOT_COPIED: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created',
  'model',
  'choices',
  'usage',
  'routing_metadata',
  'system_fingerprint',
  'service_tier',
  'obfuscation',
]);

/** What the chunks repeat, or say once. */
interface Known {
  id?: string | undefined;
  created?: number | undefined;
  model?: string | undefined;
  fingerprint?: string | undefined;
  tier?: string | undefined;
  usage?: Usage;
  routing?: RoutingMetadata;
}

/** Reads all chunks. Of a field that this does not know, the last value is kept. */
export async function assembleCompletion(
  chunks: AsyncIterable<ChatCompletionChunk>,
  headers: ResponseHeaders,
): Promise<ChatCompletion> {
  const answers = new Map<number, AnswerAssembler>();
  const unknown: Record<string, unknown> = {};
  const known: Known = {};
  for await (const chunk of chunks) {
    // Blank values are as good as absent.
    known.id ??= string(chunk.id);
    known.created ??= seconds(chunk.created);
    known.model ??= string(chunk.model);
    known.fingerprint ??= string(chunk.system_fingerprint);
    known.tier ??= string(chunk.service_tier);
    if (chunk.usage) known.usage = chunk.usage;
    if (chunk.routing_metadata) known.routing = chunk.routing_metadata;
    for (const [name, value] of Object.entries(chunk)) if (!NOT_COPIED.has(name)) unknown[name] = value;
    for (const [position, choice] of (chunk.choices ?? []).entries()) {
      const index = choice.index ?? position;
      let answer = answers.get(index);
      if (answer === undefined) {
        answer = new AnswerAssembler();
        answers.set(index, answer);
      }
      decodeChoice(choice, answer);
    }
  }
  const completion = {
    ...unknown,
    id: known.id ?? '',
    object: 'chat.completion' as const,
    created: known.created ?? 0,
    model: known.model ?? '',
    choices: [...answers].sort(([a], [b]) => a - b).map(([index, answer]) => answer.finish(index)),
    ...(known.usage === undefined ? {} : { usage: known.usage }),
    ...(known.fingerprint === undefined ? {} : { system_fingerprint: known.fingerprint }),
    ...(known.tier === undefined ? {} : { service_tier: known.tier }),
    ...(known.routing === undefined ? {} : { routing_metadata: known.routing }),
  };
  Object.defineProperty(completion, 'responseHeaders', { value: headers });
  // The cast is safe: the headers were just added.
  return completion as typeof completion & { responseHeaders: ResponseHeaders };
}
