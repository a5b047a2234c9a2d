// Large payloads: the body that arrives is byte for byte the one that plain JSON would have made, on every transport.

import { describe, expect, it } from 'vitest';
import { Payloads } from '../ts/ai-sdk/payloads.js';
import { toBase64 } from '../ts/base64.js';
import { createAuriko } from '../ts/index.js';
import { testRequest } from './helpers/collect.js';
import { json, scriptedServer } from './helpers/scripted-server.js';
import { transports } from './helpers/transports.js';

/** Bytes of every value, in a length that base64 has to pad. */
const LARGE = Uint8Array.from({ length: 1_000_001 }, (_, index) => (index * 7) % 256);

describe('payloads', () => {
  it('small ones are written into the JSON', () => {
    const payloads = new Payloads();
    const request = { a: payloads.base64(new Uint8Array([1, 2, 3])), b: payloads.base64('AQID') };
    expect(payloads.body(request)).toBe('{"a":"AQID","b":"AQID"}');
  });

  it('large ones take their places as pieces, text unchanged and bytes as they are', () => {
    const payloads = new Payloads();
    const text = 'QUJD'.repeat(30_000);
    const request = { a: `x,${payloads.base64(LARGE)}`, b: [payloads.base64(text)], c: 'ü"\\' };
    expect(payloads.body(request)).toEqual(['{"a":"x,', LARGE, '","b":["', text, '"],"c":"ü\\"\\\\"}']);
  });

  it('large text that is no base64 stays in the JSON, where it is escaped', () => {
    const payloads = new Payloads();
    const text = '"'.repeat(100_000);
    expect(payloads.body({ a: payloads.base64(text) })).toBe(JSON.stringify({ a: text }));
  });

  it.each([0, 1, 2, 3, 0x8000, 0x8001])('%i bytes are the same base64 as Node makes', (length) => {
    const bytes = LARGE.subarray(0, length);
    expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
  });
});

describe.each(transports)('over %s', (_, transport) => {
  it.each(['bytes', 'base64'] as const)(
    'a large image given as %s is sent whole and not kept',
    async (kind) => {
      const server = await scriptedServer(
        json(200, { choices: [{ index: 0, message: { content: 'a cat' }, finish_reason: 'stop' }] }),
      );
      // A PNG by its first bytes.
      const bytes = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, ...LARGE]);
      const base64 = Buffer.from(bytes).toString('base64');
      const model = createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url })('m');
      const result = await model.doGenerate({
        prompt: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              {
                type: 'file',
                mediaType: 'image',
                data: { type: 'data', data: kind === 'bytes' ? bytes : base64 },
              },
            ],
          },
        ],
      });
      const sent: unknown = JSON.parse(server.requests[0]?.body ?? '');
      expect(sent).toMatchObject({ model: 'm', messages: [{ role: 'user' }] });
      const url = (sent as { messages: [{ content: [unknown, { image_url: { url: string } }] }] }).messages[0]
        .content[1].image_url.url;
      expect(url === `data:image/png;base64,${base64}`).toBe(true);
      expect(String(result.request?.body).length).toBeLessThan(1000);
      expect(String(result.request?.body)).toMatch(/<\d+ (bytes|characters)/);
    },
  );

  it('a large image goes through the Responses endpoint too', async () => {
    const server = await scriptedServer(json(200, { id: 'resp_1', output: [] }));
    const model = createAuriko({ transport, apiKey: 'ak_test', baseURL: server.url }).responses('m');
    const data = { type: 'data', data: LARGE } as const;
    const result = await model.doGenerate({
      prompt: [{ role: 'user', content: [{ type: 'file', mediaType: 'image/png', data }] }],
    });
    const url = `data:image/png;base64,${Buffer.from(LARGE).toString('base64')}`;
    expect((server.requests[0]?.body ?? '').includes(`"image_url":"${url}"`)).toBe(true);
    expect(String(result.request?.body).length).toBeLessThan(1000);
  });

  it('a body in pieces arrives whole', async () => {
    const server = await scriptedServer(json(200, {}));
    const body = ['{"image":"data:image/png;base64,', LARGE, '","é":"', 'QUJD', '"}'];
    await transport.request(testRequest(server.url, { body }));
    const expected = `{"image":"data:image/png;base64,${Buffer.from(LARGE).toString('base64')}","é":"QUJD"}`;
    expect(server.requests[0]?.body === expected).toBe(true);
    expect(server.requests[0]?.headers['content-length']).toBe(String(Buffer.byteLength(expected)));
  });
});
