// §6.1: errors before the stream.

import { change, row, section } from '../row.mjs';
import { kept } from './error-fields.mjs';

const BUILD = 'ts/errors/build.ts';
const CLASSES = 'ts/errors/classes.ts';
const ENVELOPE = 'ts/errors/envelope.ts';
const RETRY = 'ts/transport/retry.ts';
const SEND = 'ts/ai-sdk/send.ts';
const REPLY = 'ts/ai-sdk/convert-response.ts';
const FILE = 'ts/ai-sdk/convert-file.ts';
const OPTIONS = 'ts/options.ts';
const CHECKS = 'ts/option-checks.ts';
const FAILURE = 'ts/transport/fetch/failure.ts';
const TESTS = 'errors';
const CODES = 'isRetryable: base.isRetryable ?? isRetryableReply(error.code, status),';
const RETRIED = 'return statusCode === 408 || statusCode === 409 || statusCode === 429 || statusCode >= 500;';
const NAME = "this.name = String(Reflect.get(new.target.prototype, 'className'));";
const classOf = (type, name) =>
  row(
    'wire error, any status',
    `the class of ${type}`,
    TESTS,
    change(BUILD, `case '${type}':\n      return ${name};`, `case '${type}':\n      return APIStatusError;`),
  );

const wire = [
  classOf('authentication_error', 'AuthenticationError'),
  classOf('permission_error', 'PermissionDeniedError'),
  classOf('not_found_error', 'NotFoundError'),
  classOf('rate_limit_error', 'RateLimitError'),
  row(
    'wire error, any status',
    'the class of invalid_request_error',
    TESTS,
    change(
      BUILD,
      'return status === 409 ? ConflictError : BadRequestError;',
      'return status === 409 ? ConflictError : APIStatusError;',
    ),
  ),
  row(
    'wire error, any status',
    'then by status: 409',
    TESTS,
    change(BUILD, 'return status === 409 ? ConflictError : BadRequestError;', 'return BadRequestError;'),
  ),
  row(
    'wire error, any status',
    'then by status: 500',
    TESTS,
    change(BUILD, 'return status === 500 ? InternalServerError : APIStatusError;', 'return APIStatusError;'),
  ),
  row(
    'wire error, any status',
    '[provider] in the message',
    TESTS,
    change(BUILD, '`[${error.provider}] `', "''"),
  ),
  row(
    'wire error, any status',
    'the suggestion in the message',
    TESTS,
    change(
      BUILD,
      'return `${prefix}${error.message}${stop} ${error.suggestion}`;',
      'return prefix + error.message;',
    ),
  ),
  row(
    'wire error, any status',
    'the registry decides about retries',
    TESTS,
    change(BUILD, CODES, 'isRetryable: base.isRetryable ?? isRetryableStatus(status),'),
  ),
  row(
    'unknown code',
    'the status decides about retries',
    TESTS,
    change(RETRY, 'return isRetryableStatus(statusCode);', 'return false;'),
  ),
  row('unknown code', '408', TESTS, change(RETRY, RETRIED, RETRIED.replace('statusCode === 408 || ', ''))),
  row('unknown code', '409', TESTS, change(RETRY, RETRIED, RETRIED.replace('statusCode === 409 || ', ''))),
  row('unknown code', '429', TESTS, change(RETRY, RETRIED, RETRIED.replace('statusCode === 429 || ', ''))),
  row(
    'unknown code',
    '500 and above',
    TESTS,
    change(RETRY, RETRIED, RETRIED.replace(' || statusCode >= 500', '')),
  ),
  row(
    'HTML or empty error body',
    'the status in the text',
    TESTS,
    change(BUILD, '(HTTP ${head.status}).', '.'),
  ),
  row(
    'HTML or empty error body',
    '(wrong) HTML as the message',
    TESTS,
    change(ENVELOPE, "&& !text.startsWith('<') ?", '?'),
  ),
  row(
    'HTML or empty error body',
    'the body is kept',
    TESTS,
    change(BUILD, 'responseBody: isJson ? body : body.slice(0, TEXT_BODY_LENGTH),', ''),
  ),
  row(
    'HTML or empty error body',
    'the first 4 KB of it',
    TESTS,
    change(BUILD, 'responseBody: isJson ? body : body.slice(0, TEXT_BODY_LENGTH),', 'responseBody: body,'),
  ),
  row(
    'HTML or empty error body',
    'retryable by status',
    TESTS,
    change(BUILD, 'isRetryable: isRetryableStatus(head.status),', 'isRetryable: true,'),
  ),
];

const network = [
  row(
    'connect, DNS, TLS, reset before headers',
    'retryable',
    TESTS,
    change(
      BUILD,
      "code: 'api_connection_error',\n        isRetryable: true,",
      "code: 'api_connection_error',\n        isRetryable: false,",
    ),
  ),
  row(
    'connect, DNS, TLS, reset before headers',
    '(wrong) a status',
    TESTS,
    change(
      BUILD,
      'return new APIConnectionError({ ...clean,',
      'return new APIConnectionError({ ...clean, statusCode: 0,',
    ),
  ),
  row(
    'connect, DNS, TLS, reset before headers',
    'cause',
    TESTS,
    change(
      BUILD,
      'return new APIConnectionError({ ...clean, cause: causeOf(clean.cause, failure.systemCode) });',
      'return new APIConnectionError({ ...clean, cause: undefined });',
    ),
  ),
  row(
    'connect, DNS, TLS, reset before headers',
    'the native code, over the addon',
    TESTS,
    change(
      BUILD,
      'return systemCode === undefined ? error : Object.assign(error, { code: systemCode });',
      'return error;',
    ),
  ),
  row(
    'connect, DNS, TLS, reset before headers',
    'the native code, over fetch',
    'bad-input',
    change(
      FAILURE,
      "{ kind: 'connect', message: 'no connection to the server', cause: thrown }",
      "{ kind: 'connect', message: 'no connection to the server' }",
    ),
  ),
  row(
    'connect, DNS, TLS, reset before headers',
    'it is a connection error, over fetch',
    'bad-input',
    change(FAILURE, "return phase === 'before-headers'", "return phase === ('never' as string)"),
  ),
  row(
    'connect, DNS, TLS, reset before headers',
    'APICallError',
    TESTS,
    change(BUILD, 'return new APIConnectionError({ ...clean,', 'return Object({ ...clean,'),
  ),
  row(
    'our connect or first-byte limit',
    'connect is retryable',
    TESTS,
    change(
      BUILD,
      "what: 'no connection', isRetryable: true }",
      "what: 'no connection', isRetryable: false }",
    ),
  ),
  row(
    'our connect or first-byte limit',
    'first byte is retryable',
    TESTS,
    change(BUILD, "what: 'no response', isRetryable: true }", "what: 'no response', isRetryable: false }"),
  ),
  row(
    'our connect or first-byte limit',
    '(wrong) the name TimeoutError',
    TESTS,
    change(
      CLASSES,
      NAME,
      "this.name = fields.code.endsWith('_timeout') ? 'TimeoutError' : String(Reflect.get(new.target.prototype, 'className'));",
    ),
  ),
  row(
    'our connect or first-byte limit',
    'the first-byte limit, over fetch',
    'bad-input',
    change(
      'ts/transport/fetch/limits.ts',
      "this.#expire('first-byte', limits.firstByteMs), limits.firstByteMs);",
      '{}, limits.firstByteMs);',
    ),
  ),
  row(
    'aborted by the caller',
    'the abort reason',
    'ai-sdk',
    change(
      SEND,
      '} catch (error) {\n    if (signal?.aborted) throw abortReason(signal);',
      '} catch (error) {',
    ),
  ),
  row(
    '2xx that is not JSON',
    'the invalid response',
    'convert-response',
    change(
      REPLY,
      "if (!isRecord(body)) throw invalidResponse('The reply is not a JSON object.', reply.body, withHead);",
      'if (!isRecord(body)) return convertResponse({ ...reply, body: \'{"choices":[{}]}\' }, context, wantsLogprobs);',
    ),
  ),
  row(
    '2xx that is not JSON',
    'it is not retried',
    'convert-response',
    change(
      BUILD,
      "code: 'invalid_response',\n      isRetryable: false,",
      "code: 'invalid_response',\n      isRetryable: true,",
    ),
  ),
  row(
    '2xx that is not JSON',
    'invalid data without choices',
    'convert-response',
    change(
      REPLY,
      'if (choice === undefined) {',
      "if (choice === undefined) {\n    throw new Error('no choices');",
    ),
  ),
  row(
    'missing key',
    'LoadAPIKeyError',
    'bad-input',
    change(
      OPTIONS,
      '  if (found === undefined) {\n    throw new LoadAPIKeyError({',
      "  if (found === undefined) {\n    throw new InvalidArgumentError({\n      argument: 'apiKey',",
    ),
  ),
  row(
    'missing key',
    'nothing is sent',
    'bad-input',
    change(
      OPTIONS,
      'if (found === undefined) {\n    throw',
      'if (found === undefined) {\n    return undefined;\n    throw',
    ),
  ),
  row(
    'bad option',
    'InvalidArgumentError',
    'request-body',
    change(
      CHECKS,
      'throw new InvalidArgumentError({ argument, message: `${path} must be ${expectation}.` });',
      'throw new TypeError(`${argument}: ${path} must be ${expectation}.`);',
    ),
  ),
  row(
    'input kind not supported',
    'UnsupportedFunctionalityError',
    'convert-prompt',
    change(
      FILE,
      "message: `Auriko takes images, text, PDFs and audio as files, not '${part.mediaType}'. Convert it, or send its text.`,\n  });",
      'message: part.mediaType,\n  }).message;',
    ),
  ),
];

export const errors = section('6.1', [...wire, ...network, ...kept]);
