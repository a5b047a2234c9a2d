// What an error remembers of its request. Users log errors, so payloads shrink to their length and keys are taken out;
// nothing is parsed until somebody looks.

import type { RequestBody } from '../transport.js';

/** Base64 text from this length on is a payload rather than an id or a signature worth reading. A guess. */
const PAYLOAD_LENGTH = 1024;

const DATA_URL = /("data:[a-z0-9.+/;=-]*;base64,)([a-z0-9+/_-]+=*)"/gi;
const BARE_BASE64 = new RegExp(`"([A-Za-z0-9+/_-]{${PAYLOAD_LENGTH},}=*)"`, 'g');

/** The JSON body with base64 payloads replaced by their length. */
export function summariseBody(body: RequestBody): string {
  if (typeof body !== 'string') {
    return summariseBody(
      body.map((piece) => (typeof piece === 'string' ? piece : `<${piece.length} bytes>`)).join(''),
    );
  }
  return body
    .replace(DATA_URL, (_, head: string, payload: string) => `${head}<${payload.length} characters>"`)
    .replace(BARE_BASE64, (_, payload: string) => `"<${payload.length} characters of base64>"`);
}

/** A descriptor of the property `key` whose value is parsed when it is first read. */
export function lazyJson(key: string, text: string): PropertyDescriptor & ThisType<object> {
  return {
    configurable: true,
    enumerable: true,
    get() {
      let value: unknown = text;
      try {
        value = JSON.parse(text);
      } catch {
        // Not JSON: the text itself is the best there is.
      }
      Object.defineProperty(this, key, { value, enumerable: true, configurable: true });
      return value;
    },
  };
}

/** The URL without user, password, query and fragment. */
export function publicUrl(url: string): string {
  const query = url.search(/[?#]/);
  const bare = query < 0 ? url : url.slice(0, query);
  return bare.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1');
}
