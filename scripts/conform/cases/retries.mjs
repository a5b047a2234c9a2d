// How often and how long after a failure a request is sent again (errors.md §4, G-27).

import { BUSY, CHAT, CHAT_STREAM, chunk, completion, DONE, failure, LAST, stream } from '../parts.mjs';

const GOOD = { json: completion() };
const DOWN = failure(503, 'api_error', 'no_provider_available');

const allowances = [0, 1, 2, 5].map((count) => ({
  name: `${count} retries, then it gives up`,
  ...CHAT,
  client: { max_retries: count },
  replies: [DOWN],
}));

const recoveries = [1, 2].map((count) => ({
  name: `good after ${count} failures`,
  ...CHAT,
  replies: [...Array(count).fill(BUSY), GOOD],
}));

const wishes = [
  '0',
  '1',
  '1.5',
  '12',
  '60',
  '61',
  '3600',
  '-1',
  'nan',
  'inf',
  'soon',
  '',
  ' 2 ',
  '1e1',
  '+3',
  'Sun, 06 Nov 1994 08:49:37 GMT',
].flatMap((value) =>
  [429, 503].map((status) => {
    const { json } = status === 429 ? BUSY : DOWN;
    return {
      name: `${status} with Retry-After: ${value === '' ? '(empty)' : value}`,
      ...CHAT,
      client: { max_retries: 2 },
      replies: [{ status, json, headers: { 'retry-after': value } }, GOOD],
    };
  }),
);

const milliseconds = ['250', '2500', 'soon'].map((value) => ({
  name: `429 with retry-after-ms: ${value}`,
  ...CHAT,
  replies: [{ ...BUSY, headers: { 'retry-after-ms': value } }, GOOD],
}));

export default [
  ...allowances,
  ...recoveries,
  ...wishes,
  ...milliseconds,
  {
    name: 'the default is two retries',
    ...CHAT,
    replies: [DOWN],
  },
  {
    name: 'a connection that closes before an answer, every time',
    ...CHAT,
    client: { max_retries: 1 },
    replies: [{ destroy: true }],
  },
  {
    name: 'a connection that closes once',
    ...CHAT,
    replies: [{ destroy: true }, GOOD],
  },
  {
    name: 'no answer in time',
    ...CHAT,
    client: { max_retries: 1, timeout: 0.2 },
    replies: [{ silent: true }],
  },
  {
    name: 'a stream that is refused once',
    ...CHAT_STREAM,
    replies: [BUSY, stream(chunk({ content: 'a' }), LAST, DONE)],
  },
  {
    name: 'a stream whose connection closes before the head',
    ...CHAT_STREAM,
    replies: [{ destroy: true }, stream(chunk({ content: 'a' }), LAST, DONE)],
  },
  {
    name: 'a redirect is followed',
    ...CHAT,
    call: 'models.list',
    params: undefined,
    replies: [
      { status: 307, headers: { location: 'models/' }, text: '' },
      { json: { object: 'list', data: [] } },
    ],
  },
];
