// What a caller may say about routing (routing.md §1) and about the request itself (api.md §3.3), in camelCase.

/** How the gateway chooses a provider. Every field is optional; absent means the workspace's or the server's default. */
export interface AurikoRoutingOptions {
  /** Scoring preset. @default 'cost-focus' */
  readonly optimize?: 'cost' | 'cost-focus' | 'ttft' | 'ttft-focus' | 'tps' | 'tps-focus' | 'balanced';
  /** Own scoring; wins over `optimize`. Numbers of at least 0, one of them above. */
  readonly weights?: { readonly cost?: number; readonly ttft?: number; readonly throughput?: number };
  /** Ceiling on the mean of input and output price, US dollars per million tokens. */
  readonly maxCostPer1m?: number;
  /** Ceiling on the time to the first token, milliseconds. */
  readonly maxTtftMs?: number;
  /** Floor on output speed, tokens per second. */
  readonly minThroughputTps?: number;
  /** Which measurement of the time to the first token counts. @default 'p50' */
  readonly ttftPercentile?: 'p50' | 'p95';
  /** Which measurement of output speed counts. @default 'p50' */
  readonly throughputPercentile?: 'p50' | 'p95';
  /** The only providers allowed. */
  readonly providers?: readonly string[];
  /** Providers never used. */
  readonly excludeProviders?: readonly string[];
  /** Provider taken whenever it is eligible; a miss never fails. */
  readonly prefer?: string;
  /** How `models` is read: one ranking over all, or one after the other. @default 'pool' */
  readonly mode?: 'pool' | 'fallback';
  /** Whether the gateway tries the next candidate when a provider fails. @default true */
  readonly allowFallbacks?: boolean;
  /** Attempts after the first, 1 to 19. */
  readonly maxFallbackAttempts?: number;
  /** Time allowed for each attempt of the gateway, milliseconds. */
  readonly timeoutMs?: number;
  /** Time allowed for the request in the gateway, all attempts together, milliseconds; at least `timeoutMs`. */
  readonly deadlineMs?: number;
  /** Least retention guarantee of the provider. @default 'none' */
  readonly dataPolicy?: 'none' | 'no_training' | 'zdr';
  /** Use only the workspace's own provider keys; excludes `onlyPlatform`. @default false */
  readonly onlyByok?: boolean;
  /** Ignore the workspace's own provider keys. @default false */
  readonly onlyPlatform?: boolean;
  /** Only offerings that support every parameter sent. @default false */
  readonly requireParameters?: boolean;
  /** Premium tier to opt into, such as `priority`. */
  readonly tier?: string;
}

/** Labels of a request, for usage reports. */
export interface AurikoRequestMetadata {
  readonly tags?: readonly string[];
  readonly userId?: string;
  readonly traceId?: string;
  readonly customFields?: Readonly<Record<string, string>>;
}
