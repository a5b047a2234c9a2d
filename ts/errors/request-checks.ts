// Errors of requests that are never sent: the SDK checks what the server would refuse anyway (api.md §3.5).

import { AuthenticationError, BadRequestError } from './classes.js';
import { documentationOf } from './documentation.js';

/** No key was given and none is in the environment. */
export function missingApiKey(): AuthenticationError {
  return new AuthenticationError({
    message: 'No Auriko API key. Pass `apiKey`, or set the environment variable AURIKO_API_KEY.',
    type: 'authentication_error',
    code: 'missing_api_key',
    statusCode: 0,
    isRetryable: false,
    url: '',
  });
}

/** The request names no model, or names it twice. */
export function wrongModelChoice(given: 'both' | 'neither'): BadRequestError {
  const isBoth = given === 'both';
  const code = isBoth ? 'invalid_parameter_value' : 'missing_required_parameter';
  return new BadRequestError({
    message: isBoth
      ? 'Give either `model` or `gateway.models`, not both.'
      : 'Give a `model`, or a list of them in `gateway.models`.',
    type: 'invalid_request_error',
    code,
    param: isBoth ? 'gateway.models' : 'model',
    docUrl: documentationOf(code),
    statusCode: 400,
    isRetryable: false,
    url: '',
  });
}

/** `extensions.thinking` is gone; typed callers can't write it (api.md §3.5). */
export function thinkingExtension(effort: string): BadRequestError {
  return new BadRequestError({
    message: `\`extensions.thinking\` is not supported. Say how much to think with \`${effort}\`.`,
    type: 'invalid_request_error',
    code: 'invalid_parameter_value',
    param: 'extensions.thinking',
    docUrl: documentationOf('invalid_parameter_value'),
    statusCode: 400,
    isRetryable: false,
    url: '',
  });
}
