// §5.5: thinking between text and calls.

import { change, row, section } from '../row.mjs';

const CALLS = 'ts/ai-sdk/tool-calls.ts';
const STREAM = 'ts/ai-sdk/convert-stream.ts';
const DECODE = 'ts/transport/fetch/decode-chunk.ts';
const REPLY = 'ts/ai-sdk/convert-response.ts';
const PROMPT = 'ts/ai-sdk/convert-prompt.ts';
const PARTS = 'convert-stream';
const DECODER = 'transport-fetch-decode';

export const interleaved = section('5.5', [
  row(
    'Reasoning may follow text',
    '(wrong) it is dropped',
    PARTS,
    change(
      STREAM,
      "if (this.#block !== 'reasoning' || this.#signature",
      "if (this.#textBlocks > 0) return;\n    if (this.#block !== 'reasoning' || this.#signature",
    ),
  ),
  row(
    'Reasoning may follow text',
    'a new id for a new block',
    PARTS,
    change(STREAM, '`r${this.#reasoningBlocks++}`', "'r0'"),
  ),
  row(
    'Reasoning may follow text',
    'a new id for the text behind it',
    PARTS,
    change(STREAM, '`t${this.#textBlocks++}`', "'t0'"),
  ),
  row(
    'For replay, keep blocks in order',
    'the order',
    'convert-prompt',
    change(PROMPT, "blocks.push({ type: 'thinking'", "blocks.unshift({ type: 'thinking'"),
  ),
  row(
    'For replay, keep blocks byte-exact',
    'thinking that goes back',
    'convert-prompt',
    change(PROMPT, 'thinking: part.text, signature', 'thinking: part.text.trim(), signature'),
  ),
  row(
    'For replay, keep blocks byte-exact',
    'unsigned thinking that goes back',
    'convert-prompt',
    change(PROMPT, 'thoughts += part.text;', 'thoughts += part.text.trim();'),
  ),
  row(
    'For replay, keep blocks byte-exact',
    'thinking of a reply',
    'convert-response',
    change(REPLY, 'text: thinking,', 'text: thinking.trim(),'),
  ),
  row(
    'For replay, keep blocks byte-exact',
    'blank thinking of a reply',
    'convert-response',
    change(REPLY, "typeof block.thinking === 'string' ? block.thinking : ''", "string(block.thinking) ?? ''"),
  ),
  row(
    'For replay, keep blocks byte-exact',
    'blank deltas',
    DECODER,
    change(DECODE, "thoughts !== '')", "thoughts.trim() !== '')"),
  ),
  row(
    'For replay, keep blocks byte-exact',
    'signatures',
    'convert-prompt',
    change(PROMPT, 'signature: options.signature });', 'signature: options.signature.trim() });'),
  ),
  row(
    'Gemini rejects altered ones',
    'the signature of a call in a stream',
    PARTS,
    change(CALLS, ': { providerMetadata: { auriko: { providerSignature: call.signature } } }', ': {}'),
  ),
  row(
    'Gemini rejects altered ones',
    'the signature of a call in a reply',
    'convert-response',
    change(REPLY, ': { providerMetadata: { auriko: { providerSignature: signature } } }', ': {}'),
  ),
  row(
    'DeepSeek wants reasoning_content back',
    'through a tool loop',
    'ai-sdk',
    change(PROMPT, "...(thoughts === '' ? {} : { reasoning_content: thoughts }),", ''),
  ),
]);
