// One chat-completions chunk to events: the JavaScript twin of crates/auriko-wire/src/chunk.rs, event for event and
// with the same patience for odd providers. Change both or neither; the fixtures run through both.

import { isRecord } from '../../errors/envelope.js';
import type { CompletionEvent } from '../../events.js';

/** Where events go: the part of `EventSink` that carries them. */
export interface EventTarget {
  text(delta: string): void;
  reasoning(delta: string): void;
  toolArguments(index: number, delta: string): void;
  event(event: CompletionEvent): void;
}

/** What a frame was: `skipped` keep-alives, a `chunk`, or the `last` frame of the stream. */
export type FrameResult = 'skipped' | 'chunk' | 'last';

const WRONG_TYPE = 'a field has the wrong type';

/** Decodes the frames of one stream. Remembers what may be reported only once. */
export class ChunkDecoder {
  #metaSeen = false;
  #fingerprintSeen = false;
  #tierSeen = false;
  #done = false;
  readonly #target: EventTarget;
  readonly #onChunk: ((chunk: Record<string, unknown>) => void) | undefined;

  /** @param onChunk Sees each parsed chunk before its events. */
  constructor(target: EventTarget, onChunk?: (chunk: Record<string, unknown>) => void) {
    this.#target = target;
    this.#onChunk = onChunk;
  }

  /**
   * Passes the frame's events on. After `last`, further frames are skipped.
   *
   * @param isCut The body ended before the event's blank line: data that cannot be read is what a broken connection
   *   left over, and how the stream ended says all there is to say.
   */
  decode(event: string | undefined, frameData: string, isCut = false): FrameResult {
    if (this.#done) return 'skipped';
    const data = frameData.trim();
    // `data:` and `data: : keepalive` are keep-alives of servers that put their comment in a data field.
    if (data === '' || data.startsWith(':')) return 'skipped';
    if (data === '[DONE]') return this.#last({ type: 'done' });
    if (event === 'error') return this.#last({ type: 'error', error: errorOf(data) });
    let chunk: unknown;
    try {
      chunk = JSON.parse(data);
    } catch (thrown) {
      if (isCut) return 'skipped';
      // Not the platform's message, which quotes the content.
      const isShort =
        thrown instanceof Error && /unexpected end|unterminated|end of data/i.test(thrown.message);
      return this.#last({ type: 'malformed', detail: isShort ? 'the JSON ends too early' : 'invalid JSON' });
    }
    if (isRecord(chunk)) {
      this.#onChunk?.(chunk);
      if (isChunk(chunk)) return this.#emitChunk(chunk);
    }
    return isCut ? 'skipped' : this.#last({ type: 'malformed', detail: WRONG_TYPE });
  }

  #last(event: CompletionEvent): FrameResult {
    this.#done = true;
    this.#target.event(event);
    return 'last';
  }

  #emitChunk(chunk: Chunk): FrameResult {
    const target = this.#target;
    if (chunk.error !== undefined && chunk.error !== null)
      return this.#last({ type: 'error', error: chunk.error });
    const choices = chunk.choices ?? undefined;
    if (choices === undefined && chunk.object === 'error') {
      return this.#last({
        type: 'error',
        error: { code: chunk.code ?? null, message: string(chunk.message) ?? '' },
      });
    }
    if (!this.#metaSeen) this.#emitMeta(chunk);
    if (!this.#fingerprintSeen || !this.#tierSeen) this.#emitService(chunk);
    if (choices !== undefined) {
      for (let position = 0; position < choices.length; position += 1) {
        const choice = choices[position];
        // Readers follow the first answer only.
        if (choice !== undefined && (choice.index ?? position) === 0) decodeChoice(choice, target);
      }
    }
    if (isRecord(chunk.usage)) target.event({ type: 'usage', usage: chunk.usage });
    if (isRecord(chunk.routing_metadata)) target.event({ type: 'routing', routing: chunk.routing_metadata });
    return 'chunk';
  }

  #emitMeta(chunk: Chunk): void {
    const id = string(chunk.id);
    const model = string(chunk.model);
    const created = seconds(chunk.created);
    if (id === undefined && model === undefined && created === undefined) return;
    this.#metaSeen = true;
    this.#target.event({
      type: 'meta',
      ...(id === undefined ? {} : { id }),
      ...(model === undefined ? {} : { model }),
      ...(created === undefined ? {} : { created }),
    });
  }

  #emitService(chunk: Chunk): void {
    const fingerprint = this.#fingerprintSeen ? undefined : string(chunk.system_fingerprint);
    const tier = this.#tierSeen ? undefined : string(chunk.service_tier);
    if (fingerprint === undefined && tier === undefined) return;
    this.#fingerprintSeen ||= fingerprint !== undefined;
    this.#tierSeen ||= tier !== undefined;
    this.#target.event({
      type: 'service',
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(tier === undefined ? {} : { tier }),
    });
  }
}

/** One choice of a chunk to events. */
export function decodeChoice(choice: Choice, target: EventTarget): void {
  if (choice.delta !== undefined && choice.delta !== null) emitDelta(choice.delta, target);
  if (isRecord(choice.logprobs)) target.event({ type: 'logprobs', logprobs: choice.logprobs });
  const reason = string(choice.finish_reason);
  if (reason === undefined) return;
  const native = string(choice.native_finish_reason);
  target.event({ type: 'finish', reason, ...(native === undefined ? {} : { native }) });
}

function emitDelta(delta: Delta, target: EventTarget): void {
  // Both fields carry the same thoughts when both are there.
  const { reasoning_content: thoughts, reasoning } = delta;
  if (typeof thoughts === 'string' && thoughts !== '') target.reasoning(thoughts);
  else if (typeof reasoning === 'string' && reasoning !== '') target.reasoning(reasoning);
  const signature = string(delta.reasoning_signature);
  if (signature !== undefined) target.event({ type: 'signature', signature });
  const redacted = string(delta.reasoning_redacted_data);
  if (redacted !== undefined) target.event({ type: 'redacted', data: redacted });
  const { content } = delta;
  if (typeof content === 'string') {
    if (content !== '') target.text(content);
  } else if (Array.isArray(content)) {
    eachContentPart(content, (isThinking, text) => (isThinking ? target.reasoning(text) : target.text(text)));
  }
  const refusal = string(delta.refusal);
  if (refusal !== undefined) target.event({ type: 'refusal', delta: refusal });
  const { annotations } = delta;
  if (Array.isArray(annotations) && annotations.length > 0)
    target.event({ type: 'annotations', annotations });
  for (const image of delta.images ?? []) target.event({ type: 'image', image });
  for (const call of delta.tool_calls ?? []) emitToolCall(call, target);
  const old = delta.function_call;
  if (old !== undefined && old !== null) emitToolCall({ index: 0, function: old }, target);
}

function emitToolCall(call: ToolCall, target: EventTarget): void {
  const index = call.index ?? undefined;
  const id = string(call.id);
  const name = string(call.function?.name);
  const signature = string(call.provider_signature);
  const text = argumentsText(call.function?.arguments);
  if (id === undefined && name === undefined && signature === undefined) {
    // A continuation that continues nothing: some providers end a call with one.
    if (text !== '') target.toolArguments(index ?? -1, text);
    return;
  }
  target.event({
    type: 'tool-call',
    ...(index === undefined ? {} : { index }),
    ...(id === undefined ? {} : { id }),
    ...(name === undefined ? {} : { name }),
    arguments: text,
    ...(signature === undefined ? {} : { signature }),
  });
}

/** Calls `visit` for every non-empty text of typed parts (Mistral's reasoning models send `thinking` beside `text`). */
export function eachContentPart(
  parts: readonly unknown[],
  visit: (isThinking: boolean, text: string) => void,
): void {
  for (const part of parts) {
    if (!isRecord(part)) continue;
    const isThinking = part['type'] === 'thinking';
    if (!isThinking && part['type'] !== 'text') continue;
    const text = flatten(isThinking ? part['thinking'] : part['text']);
    if (text !== '') visit(isThinking, text);
  }
}

/** The text of a part: a string, or an array of `{type: "text", text}`. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  return value
    .map((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .join('');
}

/** What an `event: error` frame says: the `error` key if there is one, else the whole payload. */
function errorOf(data: string): unknown {
  try {
    const value: unknown = JSON.parse(data);
    if (!isRecord(value)) return data;
    return value['error'] ?? value;
  } catch {
    return data;
  }
}

/** A tool's argument text. Some providers send the object itself instead of its text. */
export function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** A non-blank string; anything else is as good as absent. */
export function string(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** A time in whole seconds; providers that have no clock send 0. */
export function seconds(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 1 && value < 1e15 ? Math.trunc(value) : undefined;
}

interface Chunk {
  readonly id?: unknown;
  readonly object?: unknown;
  readonly created?: unknown;
  readonly model?: unknown;
  readonly choices?: readonly Choice[] | null;
  readonly usage?: unknown;
  readonly routing_metadata?: unknown;
  readonly system_fingerprint?: unknown;
  readonly service_tier?: unknown;
  readonly error?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
}

/** A choice whose delta has passed the checks of a chunk. */
export interface Choice {
  readonly index?: number | null;
  readonly delta?: Delta | null;
  readonly finish_reason?: unknown;
  readonly native_finish_reason?: unknown;
  readonly logprobs?: unknown;
}

interface Delta {
  readonly content?: unknown;
  readonly reasoning_content?: unknown;
  readonly reasoning?: unknown;
  readonly reasoning_signature?: unknown;
  readonly reasoning_redacted_data?: unknown;
  readonly refusal?: unknown;
  readonly annotations?: unknown;
  readonly images?: readonly unknown[] | null;
  readonly tool_calls?: readonly ToolCall[] | null;
  readonly function_call?: FunctionPart | null;
}

interface ToolCall {
  readonly index?: number | null;
  readonly id?: unknown;
  readonly function?: FunctionPart | null;
  readonly provider_signature?: unknown;
}

interface FunctionPart {
  readonly name?: unknown;
  readonly arguments?: unknown;
}

// The Rust decoder refuses a chunk as a whole when one of the fields below has the wrong type; so must this one.

function isChunk(chunk: Record<string, unknown>): chunk is Record<string, unknown> & Chunk {
  return isAbsentOr(chunk['choices'], (choices) => isArrayOf(choices, isChoice));
}

function isChoice(choice: unknown): boolean {
  return isRecord(choice) && isIndex(choice['index']) && isAbsentOr(choice['delta'], isDelta);
}

function isDelta(delta: unknown): boolean {
  if (!isRecord(delta)) return false;
  const { content } = delta;
  return (
    (content === undefined || content === null || typeof content === 'string' || Array.isArray(content)) &&
    isReasoning(delta['reasoning_content']) &&
    isReasoning(delta['reasoning']) &&
    isAbsentOr(delta['images'], Array.isArray) &&
    isAbsentOr(delta['tool_calls'], (calls) => isArrayOf(calls, isToolCall)) &&
    isAbsentOr(delta['function_call'], isRecord)
  );
}

function isToolCall(call: unknown): boolean {
  return isRecord(call) && isIndex(call['index']) && isAbsentOr(call['function'], isRecord);
}

/** Text, nothing, or the array of blocks that some providers put there, which repeats the text. */
function isReasoning(value: unknown): boolean {
  return value === undefined || typeof value === 'string' || typeof value === 'object';
}

function isIndex(value: unknown): boolean {
  return isAbsentOr(
    value,
    (index) => Number.isInteger(index) && Number(index) >= 0 && Number(index) < 2 ** 32,
  );
}

function isAbsentOr(value: unknown, check: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || check(value);
}

function isArrayOf(value: unknown, check: (value: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(check);
}
