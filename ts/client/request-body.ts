// What the bodies of inference requests have in common: one choice of models, and what the caller adds.

import { thinkingExtension, wrongModelChoice } from '../errors/request-checks.js';
import { mergeGatewayExtraBody } from './routing-options.js';
import type { Extensions, GatewayOptions } from './types.js';

/** The fields that are checked, or not sent as they are. */
export interface SharedParams {
  readonly model?: string;
  readonly gateway?: GatewayOptions;
  readonly stream?: boolean;
  readonly extensions?: Extensions;
  readonly extraBody?: Readonly<Record<string, unknown>>;
}

/**
 * The body that is sent: `extraBody` is merged last, its `gateway` child by child; `stream` is what was called for.
 *
 * @param effort The field that says how much to think.
 * @throws BadRequestError unless exactly one of `model` and `gateway.models` is given (api.md §3.5), where `extraBody`
 * does not count; and when `extensions` has `thinking`.
 */
export function requestBody<Params extends SharedParams>(
  params: Params,
  effort: string,
): Record<string, unknown> {
  const { extraBody, stream, gateway, ...rest } = params;
  const hasModel = params.model !== undefined && params.model !== '';
  if (hasModel === (gateway?.models !== undefined)) throw wrongModelChoice(hasModel ? 'both' : 'neither');
  if (params.extensions?.thinking !== undefined) throw thinkingExtension(effort);
  const isGatewayEmpty = gateway === undefined || Object.keys(gateway).length === 0;
  const body = mergeGatewayExtraBody({ ...rest, ...(isGatewayEmpty ? {} : { gateway }) }, extraBody);
  delete body['stream'];
  if (stream === true) body['stream'] = true;
  return body;
}
