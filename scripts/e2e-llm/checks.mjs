// What must hold for any way to the model.

import { generateText, streamText } from 'ai';

const TIME_LIMIT_MS = 120_000;
// The later answers make sense only to a model that was sent the earlier turns.
const TURNS = [
  'Write one sentence about the sea.',
  'Now write one sentence about mountains.',
  'Which of the two did you write about first?',
];

/**
 * Asks a plain question, streams one, and holds a conversation; returns what went wrong.
 * `reportsStreamUsage`: whether this way reports token counts of a stream.
 */
export async function checkProvider(title, model, { reportsStreamUsage }) {
  console.log(`\n== ${title}`);
  const failures = [];
  const check = (isGood, what) => {
    console.log(`  ${isGood ? 'ok    ' : 'FAILED'} ${what}`);
    if (!isGood) failures.push(`${title}: ${what}`);
  };

  const include = { responseBody: true };
  const plain = await generateText({ ...settings(model), prompt: TURNS[0], include });
  // The server's own count, from the body that the provider received.
  const counted = plain.finalStep.response.body?.usage;
  console.log(`plain: ${JSON.stringify(plain.text)}`);
  check(plain.text.length > 0, 'plain call: text');
  check(
    plain.usage.inputTokens === (counted?.prompt_tokens ?? counted?.input_tokens) &&
      plain.usage.outputTokens === (counted?.completion_tokens ?? counted?.output_tokens),
    `plain call: usage ${describe(plain.usage)} as counted by the server ${JSON.stringify(counted)}`,
  );

  const messages = [];
  for (const [index, question] of TURNS.entries()) {
    messages.push({ role: 'user', content: question });
    const reply = await stream(model, messages);
    messages.push({ role: 'assistant', content: reply.text });
    const turn = `turn ${index + 1}`;
    console.log(`${turn}: ${question}\n  ${JSON.stringify(reply.text)}`);
    check(reply.error === undefined, `${turn}: no error${reply.error ? ` (${reply.error})` : ''}`);
    check(reply.text.trim().length > 0, `${turn}: text`);
    check(
      reply.parts > 1,
      `${turn}: ${reply.parts} parts, the first after ${reply.firstPartMs?.toFixed(0)} ms`,
    );
    check(['stop', 'length'].includes(reply.finishReason), `${turn}: finish reason ${reply.finishReason}`);
    checkStreamUsage(check, turn, reply, reportsStreamUsage);
  }
  const answers = messages.filter((message) => message.role === 'assistant').map(({ content }) => content);
  check(new Set(answers).size === TURNS.length, 'every turn was answered differently');
  // The model chooses the likeliest word, so asking the last question again without streaming repeats the answer.
  const again = await generateText({ ...settings(model), messages: messages.slice(0, -1) });
  check(again.text === answers.at(-1), 'plain call with the same history: the same answer');
  const [first, last] = [plain.usage.inputTokens, again.usage.inputTokens];
  check(last > first * 2, `the history was sent: ${first} tokens in the first turn, ${last} in the last`);
  return failures;
}

function checkStreamUsage(check, turn, { usage, warnings, parts }, isReported) {
  if (!isReported) {
    const isAbsent = usage?.inputTokens === undefined && usage?.outputTokens === undefined;
    check(
      isAbsent,
      `${turn}: usage ${describe(usage)}: the server counts nothing in a stream, nothing is invented`,
    );
    return;
  }
  // An estimate: the server sends one part per token, give or take merged ones and a missing last one.
  const { inputTokens, outputTokens } = usage ?? {};
  const isPlausible = inputTokens > 0 && outputTokens > parts / 4 && outputTokens < parts * 4;
  check(isPlausible, `${turn}: usage ${describe(usage)}, estimated by the gateway`);
  const isAnnounced = warnings.some((warning) => warning.code === 'usage_estimated');
  check(isAnnounced, `${turn}: the estimate is announced: ${JSON.stringify(warnings)}`);
}

async function stream(model, messages) {
  const started = performance.now();
  const reply = { text: '', parts: 0 };
  const onError = ({ error }) => {
    reply.error = error;
  };
  const result = streamText({ ...settings(model), messages, onError });
  for await (const delta of result.textStream) {
    reply.firstPartMs ??= performance.now() - started;
    reply.text += delta;
    reply.parts += 1;
  }
  if (reply.error) return reply;
  reply.usage = await result.usage;
  reply.finishReason = await result.finishReason;
  const details = (await result.finalStep).providerMetadata?.auriko;
  reply.warnings = details?.routing?.warnings ?? [];
  if (details) console.log(`  ${JSON.stringify(details)}`);
  return reply;
}

function settings(model) {
  return {
    model,
    temperature: 0,
    seed: 1,
    maxOutputTokens: 64,
    maxRetries: 0,
    abortSignal: AbortSignal.timeout(TIME_LIMIT_MS),
  };
}

function describe(usage) {
  return `${usage?.inputTokens ?? 'unknown'} in, ${usage?.outputTokens ?? 'unknown'} out`;
}
