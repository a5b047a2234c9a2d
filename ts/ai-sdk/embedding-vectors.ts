// The vectors of an embedding reply: base64 of little-endian 32-bit floats, a fifth of the size of JSON numbers, or
// plain numbers from servers that don't know `encoding_format`.

import { InvalidResponseDataError } from '@ai-sdk/provider';

import { isRecord } from '../errors/envelope.js';

const FLOAT_BYTES = 4;

/**
 * One vector per value, in the order of the values.
 *
 * @throws InvalidResponseDataError when there are not exactly so many, or one can't be read.
 */
export function readVectors(data: unknown, count: number): number[][] {
  if (!Array.isArray(data) || data.length !== count) {
    const found = Array.isArray(data) ? String(data.length) : 'none';
    throw invalid(`The reply holds ${found} of ${count} embeddings.`);
  }
  const vectors = new Array<number[] | undefined>(count).fill(undefined);
  data.forEach((entry: unknown, position) => {
    if (!isRecord(entry)) throw invalid(`Embedding ${position} of the reply is not an object.`);
    const index = typeof entry['index'] === 'number' ? entry['index'] : position;
    if (!Number.isInteger(index) || index < 0 || index >= count || vectors[index] !== undefined) {
      throw invalid(`Embedding ${position} of the reply has the index ${index} of ${count}.`);
    }
    vectors[index] = readVector(entry['embedding'], index);
  });
  // The cast is safe: `count` different indexes below `count` leave none out.
  return vectors as number[][];
}

function readVector(embedding: unknown, index: number): number[] {
  if (typeof embedding === 'string') return decodeFloats(embedding, index);
  // A hole in an array of numbers is worse than the look at each.
  if (Array.isArray(embedding) && embedding.every((value) => typeof value === 'number')) return embedding;
  throw invalid(`Embedding ${index} of the reply is neither base64 nor numbers.`);
}

function decodeFloats(text: string, index: number): number[] {
  const bytes = fromBase64(text);
  if (bytes === undefined || bytes.length % FLOAT_BYTES !== 0) {
    throw invalid(`Embedding ${index} of the reply is not base64 of 32-bit floats.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length / FLOAT_BYTES;
  const vector = new Array<number>(count);
  for (let at = 0; at < count; at += 1) vector[at] = view.getFloat32(at * FLOAT_BYTES, true);
  return vector;
}

/** The bytes of base64 text on every platform, or undefined when it is none. */
function fromBase64(text: string): Uint8Array | undefined {
  try {
    const native: unknown = Reflect.get(Uint8Array, 'fromBase64');
    // The cast is what the standard says: the method is newer than the type library.
    if (typeof native === 'function') return Reflect.apply(native, Uint8Array, [text]) as Uint8Array;
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
    return bytes;
  } catch {
    return undefined;
  }
}

/** Without the data: vectors are long, and errors get logged. */
function invalid(message: string): InvalidResponseDataError {
  return new InvalidResponseDataError({ data: undefined, message });
}
