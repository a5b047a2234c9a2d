// The least that a program can do without a package for it: read, split, parse, take the text.

import { API_KEY, chunkLength, drain, reading, requestBody } from './call.mjs';

export async function bareFetch(server) {
  const post = async (body) => {
    const response = await fetch(completions(server), { method: 'POST', ...content(server, body) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response;
  };
  return {
    async stream({ until, ...rest } = {}) {
      const reader = (await post(requestBody({ stream: true, ...rest }))).body.getReader();
      return drain(() => reader.read(), eventReader(), until);
    },
    async plain() {
      const reply = await (await post(requestBody({ stream: false }))).json();
      return reply.choices[0].message.content.length;
    },
  };
}

export async function bareUndici(server) {
  const { request } = await import('undici');
  const post = async (body) => {
    const response = await request(completions(server), { method: 'POST', ...content(server, body) });
    if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`);
    return response.body;
  };
  return {
    async stream({ until, ...rest } = {}) {
      const body = await post(requestBody({ stream: true, ...rest }));
      return drain(reading(body), eventReader(), until);
    },
    async plain() {
      const reply = await (await post(requestBody({ stream: false }))).json();
      return reply.choices[0].message.content.length;
    },
  };
}

const completions = ({ baseURL }) => `${baseURL}/chat/completions`;

function content({ headers }, body) {
  return {
    headers: { ...headers, 'content-type': 'application/json', authorization: `Bearer ${API_KEY}` },
    body: JSON.stringify(body),
  };
}

/** Takes pieces of the body; gives the characters of the events that each piece completes. */
function eventReader() {
  const decoder = new TextDecoder();
  let rest = '';
  return (bytes) => {
    const events = (rest + decoder.decode(bytes, { stream: true })).split('\n\n');
    rest = events.pop();
    let length = 0;
    for (const event of events) {
      if (event === 'data: [DONE]') continue;
      length += chunkLength(JSON.parse(event.slice('data: '.length)));
    }
    return length;
  };
}
