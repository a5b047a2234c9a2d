// Runs cases through our SDK and tells their outcome in the words of drive.py.

import { Auriko, AurikoAPIError, ResponseHeaders } from '../../dist/client/index.js';
import { createFetchTransport } from '../../dist/transport/fetch.js';
import { seeded } from './random.mjs';

/** Runs a case; resolves to `{ outcome, waits }`. Over `fetch` nothing waits; over `native` waits are real, not noted. */
export async function drive({ call, args = [], params, client: settings = {}, seed }, baseURL, transport) {
  const waits = [];
  const tools = { random: seeded(seed), sleep: async (ms) => void waits.push(ms / 1000) };
  const timeout = (settings.timeout ?? 20) * 1000;
  // A transport of one's own needs no key; without a key that is what is looked at.
  const isNoted = transport === 'fetch' && settings.api_key !== '';
  try {
    const client = new Auriko({
      apiKey: settings.api_key ?? 'ak_test_conform',
      baseURL,
      timeout,
      ...(settings.max_retries === undefined ? {} : { maxRetries: settings.max_retries }),
      transport: isNoted ? createFetchTransport({ tools }) : transport,
    });
    const outcome = await result(client, call, args, params);
    return { outcome, waits };
  } catch (error) {
    return { outcome: { error: errorOf(error) }, waits };
  }
}

const NAMES = {
  'models.list_directory': 'models.listDirectory',
  'models.list_registry': 'models.listRegistry',
  'models.list_providers': 'models.listProviders',
};

async function result(client, call, args, params) {
  const path = (NAMES[call] ?? call).split('.');
  const method = path.pop();
  const resource = path.reduce((object, name) => object[name], client);
  const { extra_body: extraBody, ...rest } = params ?? {};
  const given = extraBody === undefined ? rest : { ...rest, extraBody };
  const reply = await resource[method](...args, ...(params === undefined ? [] : [given]));
  if (params?.stream !== true) return { value: plain(reply), headers: headersOf(reply.responseHeaders) };
  const outcome = { items: [] };
  try {
    for await (const item of reply) outcome.items.push(plain(item));
  } catch (error) {
    outcome.error = errorOf(error);
  }
  return {
    ...outcome,
    usage: plain(reply.usage),
    routing_metadata: plain(reply.routing_metadata),
    completed_response: plain(reply.completed_response),
    headers: headersOf(reply.responseHeaders),
  };
}

/** As JSON: what is `undefined`, and what is not enumerable, is not there. */
function plain(value) {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function headersOf(headers) {
  if (headers === undefined) return undefined;
  return {
    request_id: headers.requestId,
    retry_after_seconds: headers.retryAfterSeconds,
    rate_limit_remaining: headers.rateLimitRemaining,
    rate_limit_limit: headers.rateLimitLimit,
    rate_limit_reset: headers.rateLimitReset,
    credits_balance_microdollars: headers.creditsBalanceMicrodollars,
    token_count_model: headers.tokenCountModel,
  };
}

function errorOf(error) {
  if (!AurikoAPIError.isInstance(error)) return { class: error.name, message: error.message };
  return {
    class: error.name,
    message: error.message,
    status: error.statusCode,
    type: error.type,
    code: error.code,
    param: error.param,
    body: error.body,
    doc_url: error.docUrl,
    provider: error.provider,
    request_id: error.requestId,
    retry_after_seconds: error.retryAfterSeconds,
    headers: error.responseHeaders && headersOf(new ResponseHeaders(error.responseHeaders)),
    // JavaScript puts the class in front.
    text: String(error).replace(`${error.name}: `, ''),
  };
}
