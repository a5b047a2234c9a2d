// The SDK for Node back ends: typed calls without the AI SDK.

/** Thrown when an option or an argument is wrong, and when a key function fails; before any request. */
export { InvalidArgumentError, LoadAPIKeyError } from '@ai-sdk/provider';
export type { AurikoErrorCode, AurikoErrorType } from '../error-codes.js';
export {
  APIConnectionError,
  APIStatusError,
  AurikoAPIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from '../errors.js';
export type { TimeoutSettings } from '../options.js';
export { VERSION } from '../version.js';
export type { ApiPromise, ApiResponse, WithResponse } from './api-promise.js';
export type { AurikoOptions } from './client.js';
export { Auriko, Auriko as Client } from './client.js';
export { CompletionStream } from './completion-stream.js';
export type { ErrorDetails } from './errors.js';
export { isRetryable, mapErrorFromCode } from './errors.js';
export type { Query, RequestOptions } from './request-options.js';
export { ResponseHeaders } from './response-headers.js';
export type * from './responses/event-types.js';
export type * from './responses/input-types.js';
export type * from './responses/output-types.js';
export { ResponseStream } from './responses/response-stream.js';
export { DataPolicy, MetricPercentile, Mode, Optimize } from './routing-enums.js';
export { parseRoutingMetadata } from './routing-metadata.js';
export type {
  CheckedGatewayOptions,
  CheckedRoutingOptions,
  GatewayExtraBody,
  NullableFields,
} from './routing-options.js';
export { GatewayOptions, mergeGatewayExtraBody, RoutingOptions } from './routing-options.js';
export type { RunnableFunction, RunnableTool, ToolDefinition } from './run-tools/runnable-tool.js';
export { tool } from './run-tools/runnable-tool.js';
export type { RunnerEvents, ToolResult } from './run-tools/runner-events.js';
export type { ToolErrorHook } from './run-tools/tool-calls.js';
export type { RunEnd } from './run-tools/tool-runner.js';
export { ToolRunner } from './run-tools/tool-runner.js';
export type { RunToolsOptions, RunToolsParams } from './run-tools.js';
export type * from './types.js';
