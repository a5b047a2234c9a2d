// The floor of everything that is read through `ai`: a model that asks nobody, reads nothing, and says all its text in one
// delta when the last one would have come. What it costs is what `ai` takes for itself.

import { setTimeout as sleep } from 'node:timers/promises';

const MODEL = 'floor';
const TEXT = 'x';
const ID = '0';
const USAGE = {
  inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 1, text: 1, reasoning: undefined },
};

/** A model of the AI SDK. */
export async function noProvider({ script: { chunks, paceMs = 0, textLength } }) {
  const before = [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', id: MODEL, modelId: MODEL, timestamp: new Date(0) },
    { type: 'text-start', id: ID },
  ];
  const behind = [
    { type: 'text-delta', id: ID, delta: TEXT.repeat(chunks * textLength) },
    { type: 'text-end', id: ID },
    { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage: USAGE },
  ];
  const start = async (controller) => {
    for (const part of before) controller.enqueue(part);
    if (paceMs > 0) await sleep(chunks * paceMs);
    for (const part of behind) controller.enqueue(part);
    controller.close();
  };
  return {
    specificationVersion: 'v4',
    provider: MODEL,
    modelId: MODEL,
    supportedUrls: {},
    doStream: async () => ({ stream: new ReadableStream({ start: (c) => void start(c) }) }),
  };
}
