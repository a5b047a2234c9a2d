// Where ours differs from the official client on purpose. Each entry names its cases and the paths in which they may
// differ; one that no case needs any more is an error too.

const ANY = /./;
const WORDS = /^outcome\.error\.(message|text)$/;
const ERROR = /^outcome\.error(\.|$)/;

/** `{ cases, paths, reason }`: regular expressions over the case's name and the differing path. */
export const EXPECTED = [
  {
    cases: /^code |with a provider$|error inside: the whole envelope|an error of a provider$/,
    paths: WORDS,
    reason:
      'The message has the provider in front and the suggestion behind: it is all that many users see (design of errors, `[provider] message. suggestion`)',
  },
  {
    cases: /^(400|404|503) with |error inside: (an unknown type|text|no code)/,
    paths: WORDS,
    reason: 'A malformed error keeps what words the server found, else the message names the HTTP status',
  },
  {
    cases: /Retry-After: (61|3600)$/,
    paths: ANY,
    reason: 'G-27: a wait of more than 60 s is not waited for, the error is raised at once',
  },
  {
    cases: /Retry-After: inf$/,
    paths: /^waits/,
    reason: 'G-27: a `Retry-After` that is not finite is ignored',
  },
  {
    cases: /retry-after-ms: 2500$/,
    paths: /^waits/,
    reason: '`retry-after-ms` is obeyed, as the OpenAI and AI SDK clients do',
  },
  {
    cases: /connection (that )?closes/,
    paths: ANY,
    reason:
      'A connection that closes before an answer is a network failure (errors.md §4) and retried; httpx calls it a protocol violation, and the official client gives up',
  },
  {
    cases: /^no answer in time$/,
    paths: ERROR,
    reason:
      'Each limit has a code and a message of its own, which names the option (architecture, named limits)',
  },
  {
    cases: /^a reply: choices|reply that is (a list|null)$|not as published$|^a response: no output$/,
    paths: ERROR,
    reason:
      'G-27: a good status with a body of the wrong shape is `invalid_response`, not an error of the schema library',
  },
  {
    cases: /^a reply: an unknown warning$/,
    paths: /^outcome\.(error|value)$/,
    reason: 'A warning of an unknown type does not cost the completion (routing.md §8)',
  },
  {
    cases: /^a reply: an id that is a number$/,
    paths: /^outcome\.(error|value)$/,
    reason: 'Nobody needs the id of a completion to be text: it is passed on',
  },
  {
    cases: /^a reply that is not JSON$|^an empty reply$/,
    paths: /^outcome\.error\.(message|text|body)$/,
    reason: 'The error of a reply that is not JSON keeps the body, and says so in our words',
  },
  {
    cases: /a last chunk without its blank line$/,
    paths: /^outcome\.(items|usage|routing_metadata)$/,
    reason: 'A last event without its blank line counts: no token is lost',
  },
  {
    cases: /an end without a (finish word|terminal event)$/,
    paths: /^outcome\.error$/,
    reason: 'A stream that ends before its reply is complete is an error, never a silent end',
  },
  {
    cases: /a connection that breaks$/,
    paths: ERROR,
    reason: 'A connection that breaks is a typed `APIConnectionError`, not an error of the HTTP library',
  },
  {
    cases: /an? (chunk|event) that is (not JSON|a list)$/,
    paths: ERROR,
    reason: 'G-27: an event that cannot be read is a typed error, not one of the JSON or schema library',
  },
  {
    cases: /a chunk without choices$|empty data$|error inside: null$/,
    paths: /^outcome\.(items|error)$/,
    reason: 'What carries nothing is passed over: chunks without choices, empty events, `error: null`',
  },
  {
    cases: /error inside: /,
    paths: /^outcome\.error\.status$/,
    reason:
      'An error inside a stream has the status of its code, by which it is judged; that of the head, 200, says nothing',
  },
  {
    cases: /^a model with a /,
    paths: /^requests\[0\]\.(path|query)$/,
    reason: 'G-27: model ids are escaped in paths',
  },
  {
    cases:
      /: (both model and models|neither|neither model nor models|neither, with a gateway|models in the extra body only)$|^an empty key$/,
    paths: WORDS,
    reason: 'Our words for the same check',
  },
  {
    cases: /extensions\.thinking$/,
    paths: ANY,
    reason: 'G-11: refused before it is sent; the official client checks only its typed form',
  },
  {
    cases: /^a response: an unknown item$/,
    paths: /^outcome\.value\.output\[0\]\./,
    reason: 'An output item of an unknown type keeps its wire shape instead of `{type, data}`',
  },
  {
    cases: /^a streamed response/,
    paths: /^outcome\.(usage|routing_metadata)$/,
    reason: 'G-32: a streamed response has `usage` and `routing_metadata` like a streamed completion',
  },
];
