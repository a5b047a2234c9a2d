// Bytes to base64 on every platform: `Buffer` exists only on Node.

/** Bytes per step: what `String.fromCharCode` takes as arguments on every engine. */
const STEP = 0x8000;

/** Base64 text of bytes. */
export function toBase64(bytes: Uint8Array): string {
  const native: unknown = Reflect.get(bytes, 'toBase64');
  if (typeof native === 'function') return String(Reflect.apply(native, bytes, []));
  let binary = '';
  for (let start = 0; start < bytes.length; start += STEP) {
    binary += String.fromCharCode(...bytes.subarray(start, start + STEP));
  }
  return btoa(binary);
}
