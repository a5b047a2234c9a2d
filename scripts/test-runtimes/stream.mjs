// One streamed and checked answer, the same source on every runtime.

import { createAuriko } from '@auriko/ai-sdk-provider';
import { streamText } from 'ai';

/**
 * Streams an answer of `chunks` deltas with `characters` in all from `baseURL`.
 * Resolves to the transport that was used; throws what went wrong.
 */
export async function streamOnce(baseURL, chunks, characters) {
  const auriko = createAuriko({
    baseURL,
    apiKey: 'ak_test_runtimes',
    headers: { 'x-mock-chunks': String(chunks), 'x-mock-pace-ms': '5' },
  });
  let failure;
  const result = streamText({
    model: auriko('runtime-check'),
    prompt: 'Count.',
    onError: ({ error }) => {
      failure ??= error;
    },
  });
  let text = '';
  let pieces = 0;
  for await (const delta of result.textStream) {
    text += delta;
    pieces += 1;
  }
  if (failure !== undefined) throw failure;
  if (text.length !== characters) throw new Error(`${text.length} characters instead of ${characters}`);
  if (pieces < 2) throw new Error('the text came in one piece');
  const { outputTokens } = await result.usage;
  if (outputTokens !== chunks) throw new Error(`${outputTokens} output tokens instead of ${chunks}`);
  return auriko.transport;
}
