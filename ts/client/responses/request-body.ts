// The body of a request for a response.

import { thinkingExtension, wrongModelChoice } from '../../errors/request-checks.js';
import { mergeGatewayExtraBody } from '../routing-options.js';
import type { ResponseCreateParams } from './input-types.js';

/**
 * The body that is sent: `extraBody` is merged last, its `gateway` child by child; `stream` is what was called for.
 *
 * @throws BadRequestError unless exactly one of `model` and `gateway.models` is given (api.md §3.5), where `extraBody`
 * does not count; and when `extensions` has `thinking`.
 */
export function requestBody(params: ResponseCreateParams): Record<string, unknown> {
  const { extraBody, stream, gateway, ...rest } = params;
  const hasModel = params.model !== undefined && params.model !== '';
  if (hasModel === (gateway?.models !== undefined)) throw wrongModelChoice(hasModel ? 'both' : 'neither');
  if (params.extensions?.thinking !== undefined) throw thinkingExtension('reasoning.effort');
  const isGatewayEmpty = gateway === undefined || Object.keys(gateway).length === 0;
  const body = mergeGatewayExtraBody({ ...rest, ...(isGatewayEmpty ? {} : { gateway }) }, extraBody);
  delete body['stream'];
  if (stream === true) body['stream'] = true;
  return body;
}
