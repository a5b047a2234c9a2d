// What the bodies of inference requests have in common: the choice of the model, and what the caller adds.

import { wrongModelChoice } from '../errors/request-checks.js';
import { mergeGatewayExtraBody } from './routing-options.js';
import type { GatewayOptions } from './types.js';

/** The fields that are not sent as they are. */
export interface SharedParams {
  readonly model?: string | undefined;
  readonly gateway?: GatewayOptions | undefined;
  readonly stream?: boolean | undefined;
  readonly extraBody?: Record<string, unknown> | undefined;
}

/**
 * The body that is sent: `extraBody` is merged last, its `gateway` child by child; `stream` is what was called for.
 *
 * @throws BadRequestError unless exactly one of `model` and `gateway.models` is given (api.md §3.5); `extraBody` does
 * not count.
 */
export function requestBody<Params extends SharedParams>(params: Params): Record<string, unknown> {
  const { extraBody, stream, gateway, ...rest } = params;
  const hasModel = params.model !== undefined && params.model !== '';
  if (hasModel === (gateway?.models !== undefined)) throw wrongModelChoice(hasModel ? 'both' : 'neither');
  const isGatewayEmpty = gateway === undefined || Object.keys(gateway).length === 0;
  const body = mergeGatewayExtraBody({ ...rest, ...(isGatewayEmpty ? {} : { gateway }) }, extraBody);
  delete body['stream'];
  if (stream === true) body['stream'] = true;
  return body;
}
