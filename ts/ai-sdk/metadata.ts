// `providerMetadata.auriko`: where a call ran, what it cost, and what else the reply said about itself.

import type { JSONObject, SharedV4ProviderMetadata, SharedV4Warning } from '@ai-sdk/provider';

import { isRecord } from '../errors/envelope.js';
import type { ResponseHead } from '../events.js';

/** What a reply said about itself, in wire terms. */
export interface ReplyMetadata {
  readonly head?: ResponseHead | undefined;
  readonly routing?: unknown;
  readonly nativeFinishReason?: string | undefined;
  readonly serviceTier?: string | undefined;
  readonly systemFingerprint?: string | undefined;
  /** Only when they were asked for. */
  readonly logprobs?: unknown;
}

/** The metadata of a result, without what the reply did not say. */
export function replyMetadata(reply: ReplyMetadata): SharedV4ProviderMetadata {
  const { routing, head } = reply;
  const headers = head?.headers ?? {};
  const cost = isRecord(routing) && isRecord(routing.cost) ? costOf(routing.cost) : undefined;
  const balance = numberOf(headers['x-credits-balance-microdollars']);
  const entries: [string, unknown][] = [
    ['routing', routing],
    ['cost', cost],
    ['requestId', headers['x-request-id']],
    ['nativeFinishReason', reply.nativeFinishReason],
    ['serviceTier', reply.serviceTier],
    ['systemFingerprint', reply.systemFingerprint],
    ['logprobs', reply.logprobs],
    ['rateLimit', rateLimitOf(headers)],
    ['credits', balance === undefined ? undefined : { balanceMicrodollars: balance }],
  ];
  // The cast is safe: every value came from JSON or is made of numbers and texts.
  return { auriko: Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as JSONObject };
}

/** The gateway's warnings of a whole reply. In a stream they come too late to be warnings of the call. */
export function gatewayWarnings(routing: unknown): SharedV4Warning[] {
  const warnings = isRecord(routing) && Array.isArray(routing.warnings) ? routing.warnings : [];
  return warnings.flatMap((warning): SharedV4Warning[] => {
    // Older gateways sent plain texts.
    if (typeof warning === 'string') return [{ type: 'other', message: warning }];
    if (!isRecord(warning)) return [];
    const message = String(warning.message ?? warning.code ?? '');
    return String(warning.type).startsWith('unsupported_')
      ? [{ type: 'unsupported', feature: String(warning.code ?? warning.type), details: message }]
      : [{ type: 'other', message }];
  });
}

function costOf(cost: Record<string, unknown>): Record<string, unknown> {
  const entries: [string, unknown][] = [
    ['usd', cost.usd],
    ['cacheSavingsUsd', cost.cache_savings_usd],
    ['cacheSavingsPercent', cost.cache_savings_percent],
    ['hostedToolUsd', cost.hosted_tool_usd],
    ['byok', cost.byok],
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined && value !== null));
}

function rateLimitOf(headers: Readonly<Record<string, string>>): Record<string, unknown> | undefined {
  const entries: [string, unknown][] = [
    ['limit', numberOf(headers['x-ratelimit-limit-requests'])],
    ['remaining', numberOf(headers['x-ratelimit-remaining-requests'])],
    ['reset', headers['x-ratelimit-reset-requests']],
  ];
  const known = entries.filter(([, value]) => value !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}
