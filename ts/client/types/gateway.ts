// What is told to the gateway, and what it tells about a call, in wire names (api.md §3.3, routing.md §1 and §8).

/** The 20 routing fields (routing.md §1). */
export interface RoutingOptions {
  /** Scoring preset. @default 'cost-focus' */
  optimize?: 'cost' | 'cost-focus' | 'ttft' | 'ttft-focus' | 'tps' | 'tps-focus' | 'balanced';
  /** Custom scoring; at least one above 0. Wins over `optimize`. */
  weights?: { cost?: number; ttft?: number; throughput?: number };
  /** Ceiling on the mean of input and output price, US dollars per million tokens. */
  max_cost_per_1m?: number;
  /** Ceiling on the time to the first token, milliseconds. */
  max_ttft_ms?: number;
  /** Floor on output tokens per second. */
  min_throughput_tps?: number;
  /** @default 'p50' */
  ttft_percentile?: 'p50' | 'p95';
  /** @default 'p50' */
  throughput_percentile?: 'p50' | 'p95';
  /** Only these provider ids. */
  providers?: readonly string[];
  /** Not these provider ids. */
  exclude_providers?: readonly string[];
  /** This provider if it is eligible; never fails. */
  prefer?: string;
  /** How `gateway.models` is read. @default 'pool' */
  mode?: 'pool' | 'fallback';
  /** @default true */
  allow_fallbacks?: boolean;
  /** Retries on other providers, 1 to 19. */
  max_fallback_attempts?: number;
  /** Milliseconds per attempt. */
  timeout_ms?: number;
  /** Milliseconds for the whole request, at least `timeout_ms`. */
  deadline_ms?: number;
  /** Least retention guarantee. @default 'none' */
  data_policy?: 'none' | 'no_training' | 'zdr';
  /** Only your own provider keys. */
  only_byok?: boolean;
  /** Never your own provider keys. */
  only_platform?: boolean;
  /** Only providers that take every optional parameter sent. */
  require_parameters?: boolean;
  /** Opts into a premium tier. */
  tier?: 'priority' | (string & {});
}

/** What the gateway is told beside the model's own parameters. */
export interface GatewayOptions {
  /** How to choose among the candidates. */
  routing?: RoutingOptions;
  /** 1 to 10 model ids instead of `model`. */
  models?: readonly string[];
  /** Labels of the request, for your own analysis. */
  metadata?: GatewayMetadata;
}

/** Labels of a request. */
export interface GatewayMetadata {
  tags?: readonly string[];
  user_id?: string;
  /** Requests of one conversation; also keeps a conversation at the provider that has its prompt cached. */
  trace_id?: string;
  custom_fields?: Readonly<Record<string, string>>;
}

/** Parameters for single providers, forwarded as they are; those for other providers than the chosen one are ignored. */
export interface Extensions {
  anthropic?: Readonly<Record<string, unknown>>;
  openai?: Readonly<Record<string, unknown>>;
  google?: Readonly<Record<string, unknown>>;
  deepseek?: Readonly<Record<string, unknown>>;
  /** Refused: `reasoning_effort` says how much a model thinks. */
  thinking?: never;
  [provider: string]: Readonly<Record<string, unknown>> | undefined;
}

/** Where a call ran and what it cost. */
export interface RoutingMetadata {
  /** Id of the provider that answered. */
  provider: string;
  /** The model's name there. */
  provider_model_id: string;
  /** Id of the model in the catalogue. */
  model_canonical: string;
  /** What decided: one of `optimize`, or `custom`. */
  routing_strategy: NonNullable<RoutingOptions['optimize']> | 'custom' | (string & {});
  /** Absent when the price is unknown. */
  cost?: RoutingCost;
  /** Milliseconds to the first token; streams only. */
  ttft_ms?: number;
  /** Output tokens per second. */
  throughput_tps?: number;
  /** What was dropped or changed on the way. */
  warnings?: RoutingWarning[];
  [field: string]: unknown;
}

/** What a call cost, US dollars. */
export interface RoutingCost {
  /** What the provider bills, at its list price. */
  usd: number;
  /** True when it is billed to the workspace's own account there, by its own key. */
  byok?: boolean;
  /** Whole percent saved by the provider's prompt cache. */
  cache_savings_percent?: number;
  cache_savings_usd?: number;
  /** Tools that the provider ran. */
  hosted_tool_usd?: number;
  [field: string]: unknown;
}

/** Something that was dropped or changed on the way to the provider. */
export interface RoutingWarning {
  type:
    | 'unsupported_parameter'
    | 'unsupported_feature'
    | 'unsupported_field'
    | 'ignored_extension'
    | 'unknown_provider'
    | 'blocked_field'
    | 'provider_timeout'
    | (string & {});
  /** Machine word of the concrete case. */
  code: string;
  /** Names the field. */
  message: string;
  [field: string]: unknown;
}

/** A provider's retention guarantee, in replies. */
export type DataPolicyName = NonNullable<RoutingOptions['data_policy']> | (string & {});
