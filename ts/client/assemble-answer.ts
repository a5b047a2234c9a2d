// The events of one answer to its message. What a chunk says is decided by the decoder of the fetch transport, so that odd
// providers are understood here as they are everywhere else.

import type { CompletionEvent } from '../events.js';
import { OpenCalls, toolInput } from '../tool-fragments.js';
import type { EventTarget } from '../transport/fetch/decode-chunk.js';
import type {
  Annotation,
  ChatCompletionChoice,
  ChatCompletionMessage,
  GeneratedImage,
  Logprobs,
  ReasoningBlock,
  TokenLogprob,
  ToolCall,
} from './types.js';

/** One answer that is being written. */
export class AnswerAssembler implements EventTarget {
  #text = '';
  #refusal = '';
  #thoughts = '';
  /** Thinking since the last block, and its signature once that has come. */
  #thinking = '';
  #signature: string | undefined;
  readonly #blocks: ReasoningBlock[] = [];
  readonly #calls = new OpenCalls();
  readonly #images: GeneratedImage[] = [];
  readonly #annotations: Annotation[] = [];
  #logprobs: Logprobs | undefined;
  #finish: string | undefined;
  #native: string | undefined;

  text(delta: string): void {
    this.#endBlock();
    this.#text += delta;
  }

  reasoning(delta: string): void {
    // Thinking after a signature is a block that the signature does not cover.
    if (this.#signature !== undefined) this.#endBlock();
    this.#thoughts += delta;
    this.#thinking += delta;
  }

  toolArguments(index: number, delta: string): void {
    this.event({ type: 'tool-call', ...(index < 0 ? {} : { index }), arguments: delta });
  }

  event(event: CompletionEvent): void {
    switch (event.type) {
      case 'signature':
        this.#signature = event.signature;
        return;
      case 'redacted':
        this.#endBlock();
        this.#blocks.push({ type: 'redacted', data: event.data });
        return;
      case 'tool-call':
        return this.#toolCall(event);
      case 'refusal':
        this.#refusal += event.delta;
        return;
      case 'image':
        // The wire object, as a whole reply would have it.
        this.#images.push(event.image as GeneratedImage);
        return;
      case 'annotations':
        this.#annotations.push(...(event.annotations as Annotation[]));
        return;
      case 'logprobs':
        this.#logprobs = merged(this.#logprobs, event.logprobs as Logprobs);
        return;
      case 'finish':
        this.#finish = event.reason;
        this.#native = event.native;
        return;
    }
  }

  /** The answer, once all of its events are there. */
  finish(index: number): ChatCompletionChoice {
    this.#endBlock();
    return {
      index,
      message: this.#message(),
      finish_reason: this.#finish ?? null,
      ...(this.#native === undefined ? {} : { native_finish_reason: this.#native }),
      ...(this.#logprobs === undefined ? {} : { logprobs: this.#logprobs }),
    };
  }

  #message(): ChatCompletionMessage {
    const calls = this.#calls.all.map(
      ({ id, name = '', arguments: text, signature }): ToolCall => ({
        id,
        type: 'function',
        function: { name, arguments: toolInput(text) },
        ...(signature === undefined ? {} : { provider_signature: signature }),
      }),
    );
    return {
      role: 'assistant',
      content: this.#text === '' ? null : this.#text,
      ...(this.#thoughts === '' ? {} : { reasoning_content: this.#thoughts }),
      ...(this.#blocks.length === 0 ? {} : { reasoning: this.#blocks }),
      ...(this.#refusal === '' ? {} : { refusal: this.#refusal }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(this.#images.length === 0 ? {} : { images: this.#images }),
      ...(this.#annotations.length === 0 ? {} : { annotations: this.#annotations }),
    };
  }

  #toolCall(fragment: Extract<CompletionEvent, { type: 'tool-call' }>): void {
    this.#endBlock();
    const call = this.#calls.of(fragment);
    call.name ??= fragment.name;
    call.signature ??= fragment.signature;
    call.arguments += fragment.arguments;
    if (fragment.arguments.trim() !== '') call.tail = fragment.arguments;
  }

  /** Only signed thinking is a block: unsigned thinking is of no use to the provider (G-33). */
  #endBlock(): void {
    const signature = this.#signature;
    if (signature !== undefined) this.#blocks.push({ type: 'thinking', thinking: this.#thinking, signature });
    this.#thinking = '';
    this.#signature = undefined;
  }
}

function merged(known: Logprobs | undefined, more: Logprobs): Logprobs {
  return {
    ...known,
    ...more,
    ...joined('content', known?.content, more.content),
    ...joined('refusal', known?.refusal, more.refusal),
  };
}

function joined(
  name: 'content' | 'refusal',
  known: TokenLogprob[] | null | undefined,
  more: TokenLogprob[] | null | undefined,
): Logprobs {
  const tokens = [known, more].filter((list) => Array.isArray(list)).flat();
  return tokens.length === 0 ? {} : { [name]: tokens };
}
