// The gateway's configuration as an object: the same keys as in the TOML file, and checked by the same code in Rust.

/** What the gateway serves and under which limits. Unknown keys are errors. */
export interface GatewayConfig {
  /** In no particular order: the router ranks them per request. */
  readonly providers: readonly ProviderConfig[];
  /** What is different about models of the catalogue, or not in it. @default none */
  readonly models?: readonly CatalogModelConfig[];
  /** Largest request body, bytes. @default 20971520 (20 MiB) */
  readonly body_limit_bytes?: number;
  /** `<base>/<code>` becomes `doc_url` of an error. @default none */
  readonly error_docs_url?: string;
  /** Web pages that may call the HTTP server besides those of this machine: scheme, host and port of each, or `*`. @default none */
  readonly cors_origins?: readonly string[];
  /** Time limits, milliseconds. */
  readonly limits?: {
    /** Opening a connection. @default 10000 */
    readonly connect_ms?: number;
    /** One attempt, to the first byte of a stream or the end of a plain reply. @default 120000 */
    readonly attempt_ms?: number;
    /** The same when reasoning is asked for. @default 600000 */
    readonly attempt_with_reasoning_ms?: number;
    /** Between two data events of a stream. @default 60000 */
    readonly idle_ms?: number;
    /** A stream as a whole. @default 900000 */
    readonly stream_ms?: number;
    /** What is in flight when the server is closed; then it is cut off. @default 30000 */
    readonly drain_ms?: number;
  };
  /** What connections to the server may do; of no use where the gateway is only embedded. */
  readonly connections?: ConnectionsConfig;
  /** Files that callers name by their URL. */
  readonly media?: MediaConfig;
  /** The fields of `gateway.routing`, for requests that leave them out. @default none */
  readonly routing?: Readonly<Record<string, unknown>>;
  /** How the first provider is chosen: the one that scores best, or drawn by score so that several share the load. @default 'best' */
  readonly selection?: 'best' | 'weighted';
  /** With `weighted`: the power of the score that chances are in proportion to, 0 to 100. @default 2 */
  readonly selection_exponent?: number;
  /**
   * A second provider is asked beside the first when that has sent nothing of a stream for so many milliseconds, or, with
   * `p95`, for longer than 95 of 100 of its streams took lately. Whoever answers first serves the request; the other is
   * cancelled, and may bill what it began. @default never
   */
  readonly hedge_after_ms?: number | 'p95';
  /**
   * Whether callers who set `gateway.metadata.explain` get a `routing_explanation`: who could have served the request at
   * which expected cost, and why others could not. @default false
   */
  readonly allow_explain?: boolean;
  /** Where keys, budgets and the ledger are kept. @default nowhere, and callers need no key */
  readonly store?: StoreConfig;
  /** Who may call, and how often. */
  readonly access?: AccessConfig;
  /** Metrics and traces. */
  readonly telemetry?: TelemetryConfig;
}

/** Where metrics and traces go. The gateway sends nothing to anybody that is not named here. */
export interface TelemetryConfig {
  /** Who may read `GET /metrics`: this machine and whoever has a token, everybody, or nobody. @default 'guarded' */
  readonly metrics?: 'guarded' | 'open' | 'off';
  /** Variable with a token that may read the metrics and do nothing else, of at least 16 characters. @default none */
  readonly metrics_token_env?: string;
  /** Base URL of an OpenTelemetry collector that takes OTLP over HTTP; traces go to `/v1/traces` under it. @default none */
  readonly otlp_endpoint?: string;
  /** Variable with headers for the collector, as `name=value,name=value`. @default none */
  readonly otlp_headers_env?: string;
  /** Share of the requests that are traced, 0 to 1, of those whose caller has not decided. @default 1 */
  readonly sample_ratio?: number;
  /** Whether providers are sent `traceparent`, where there are traces. @default true */
  readonly propagate?: boolean;
}

/** A store: either a directory for one process, or a database and a Redis server for any number of gateways. */
export interface StoreConfig {
  /** Directory of the embedded store; `:memory:` keeps everything in memory. */
  readonly data_dir?: string;
  /** Variable with the URL of a PostgreSQL database. */
  readonly database_url_env?: string;
  /** Variable with the URL of a Redis or Valkey server. */
  readonly redis_url_env?: string;
  /** Variable with the master key, 32 bytes in base64. @default the file `master.key` in the data directory */
  readonly master_key_env?: string;
  /**
   * What becomes of requests while the store does not answer: they are refused with 503, or they go on with keys that this
   * gateway has seen within the hour, without rate limits and unchecked by budgets. @default 'refuse'
   */
  readonly when_unreachable?: 'refuse' | 'allow';
  /** Days that rows of the ledger are kept, 31 to 36500. @default 90 */
  readonly ledger_days?: number;
  /**
   * Seconds, 1 to 3600, after which a gateway of a cluster that gives no sign of life is taken for dead: what it had reserved
   * becomes spend. @default 15
   */
  readonly lease_seconds?: number;
}

/** Who may call, and how often. */
export interface AccessConfig {
  /** Variable with the token that may manage every workspace, of at least 16 characters. With it, callers need a key. */
  readonly admin_token_env?: string;
  /** Inference requests per minute of keys that have no limit of their own. @default no limit */
  readonly requests_per_minute?: number;
  /** Management calls per minute and key that read. @default 300 */
  readonly management_reads_per_minute?: number;
  /** Management calls per minute and key that write. @default 60 */
  readonly management_writes_per_minute?: number;
  /** Output tokens reserved, and allowed, when an enforced budget applies to a request without a limit. @default 4096 */
  readonly unstated_output_tokens?: number;
  /**
   * Ids of the providers that workspaces may bring keys of their own for; `[]`: none.
   * @default every one that is asked over HTTP, configured here or known by name
   */
  readonly own_key_providers?: readonly string[];
}

/** Connections of callers; milliseconds where a name ends in `_ms`. */
export interface ConnectionsConfig {
  /** Most connections at a time; more wait. Counts from the start of the server. @default 16384 */
  readonly max?: number;
  /** From the first byte of a request to the end of its headers. @default 15000 */
  readonly head_ms?: number;
  /** Between two pieces of a request body. @default 30000 */
  readonly body_idle_ms?: number;
  /** A request body as a whole. @default 300000 */
  readonly body_ms?: number;
  /** A connection without a request. @default 300000 */
  readonly idle_ms?: number;
  /** A caller that takes nothing of a reply. @default 60000 */
  readonly unread_ms?: number;
}

/** Files that callers name by their URL, for providers that do not fetch them. */
export interface MediaConfig {
  /** Whether the gateway fetches them; otherwise URLs are passed on. @default true */
  readonly fetch?: boolean;
  /** Files of one request together, bytes. @default 20971520 */
  readonly max_bytes?: number;
  /** One file, redirects included, milliseconds. @default 10000 */
  readonly timeout_ms?: number;
  /** Addresses that are never connected to for a caller, such as `10.0.0.0/8`. @default all that are not public */
  readonly blocked_ranges?: readonly string[];
}

/** Prices in US dollars per million tokens. */
export interface Prices {
  readonly input_price?: number;
  readonly output_price?: number;
  /** @default the input price */
  readonly cache_read_price?: number;
  /** @default the input price */
  readonly cache_write_price?: number;
}

/** One model of a provider. */
export interface ModelConfig extends Prices {
  /** The id that callers use; several providers may serve the same one. */
  readonly id: string;
  /** The provider's own id. @default what the catalogue knows, else `id` */
  readonly upstream_id?: string;
  /** Other ids that mean the same model. */
  readonly aliases?: readonly string[];
  /** Tokens of prompt and reply together; longer prompts are refused. @default what the catalogue knows */
  readonly context_window?: number;
  /** Tokens of the longest reply. @default what the catalogue knows */
  readonly max_output_tokens?: number;
}

/** A model of the catalogue; what is left out stays as it was. */
export interface CatalogModelConfig {
  /** A canonical id; an alias of the catalogue's is understood as its model. */
  readonly id: string;
  /** @default as it was; the id for a new model */
  readonly family?: string;
  /** @default as it was; the id for a new model */
  readonly display_name?: string;
  /** Who made it. @default as it was */
  readonly author?: string;
  /** Added to those it has. */
  readonly aliases?: readonly string[];
  /** When it was released, Unix seconds. @default as it was */
  readonly created?: number;
  /** Each replaces the offering of the same provider and upstream id, whole, or is added. */
  readonly offerings?: readonly OfferingConfig[];
}

/** A model at a provider. */
export interface OfferingConfig {
  /** Provider id. */
  readonly provider: string;
  /** The id that the provider knows it by. */
  readonly upstream_id: string;
  /** Tokens of prompt and reply together. @default not known */
  readonly context_window?: number;
  /** Tokens of the longest reply. @default not known */
  readonly max_output_tokens?: number;
  /** `text`, `image`, `audio`, `video`, `pdf`. @default ['text'] */
  readonly input_modalities?: readonly string[];
  /** As `input_modalities`; an embedding model has `embedding`. @default ['text'] */
  readonly output_modalities?: readonly string[];
  /** What it can do, in the catalogue's words. @default everything but thinking */
  readonly capabilities?: Readonly<Record<string, boolean>>;
  /** Optional request parameters that it takes. @default all that its provider takes */
  readonly supported_parameters?: readonly string[];
  /** Which endpoints may be served from it without translation. @default ['chat_completions'] */
  readonly endpoints?: readonly string[];
  /** Where it differs from its provider's. */
  readonly data_policy?: 'none' | 'no_training' | 'zdr';
  /** What its prompt cache does. @default it has none */
  readonly prompt_cache?: {
    /** Prefixes shorter than this are not cached, tokens. */
    readonly min_tokens: number;
    /** Prefixes are cached in multiples of this, tokens. @default 1 */
    readonly block_tokens?: number;
    /** How long an unused prefix is kept, seconds. */
    readonly ttl_seconds: number;
    /** Whether it must be asked for with directives. @default false */
    readonly explicit?: boolean;
  };
  /** Price tiers; the one named `standard` is the default. @default prices are not known */
  readonly tiers?: readonly TierConfig[];
  /** When the provider will switch it off, such as `2027-01-31`. */
  readonly shutdown_at?: string;
}

/** Prices of a tier, US dollars per million tokens. */
export interface TierPrices {
  readonly input_price: number;
  readonly output_price: number;
  /** @default the input price */
  readonly cache_read_price?: number;
  /** @default the input price */
  readonly cache_write_price?: number;
}

/** One price tier. */
export interface TierConfig extends TierPrices {
  /** `standard`, `flex`, `priority` or the provider's own word. */
  readonly name: string;
  /** Other prices for long prompts, ascending. */
  readonly steps?: readonly ({
    /** The prices hold for prompts of more than this many tokens. */
    readonly above_prompt_tokens: number;
  } & TierPrices)[];
}

/** What a provider can do. @default everything */
export interface CapabilityConfig {
  /** Calls tools. */
  readonly tools?: boolean;
  /** Honours `tool_choice: "required"` and a named function. */
  readonly tool_choice_required?: boolean;
  /** `response_format: json_object`. */
  readonly json?: boolean;
  /** `response_format: json_schema`. */
  readonly json_schema?: boolean;
  /** Tools and `json_schema` in one request. */
  readonly tools_with_json_schema?: boolean;
  /** Images in the input. */
  readonly vision?: boolean;
  /** `reasoning_effort`. */
  readonly reasoning?: boolean;
  /** `reasoning_effort: "off"`. */
  readonly reasoning_off?: boolean;
  /** `stream: true`. */
  readonly streaming?: boolean;
  /** `stream: false`. */
  readonly non_streaming?: boolean;
}

/** A provider: a server with one of the APIs that the gateway speaks, or a simulated one. */
export type ProviderConfig =
  | OpenAICompatibleProviderConfig
  | AnthropicProviderConfig
  | GeminiProviderConfig
  | SimulatedProviderConfig;

interface ProviderBase extends Prices {
  /** Provider id, as in `routing_metadata.provider` and in `<provider>/<model>`. */
  readonly id: string;
  /** Beside those that the catalogue knows of this provider, which are all served; a model that it knows is overridden. */
  readonly models?: readonly ModelConfig[];
  readonly capabilities?: CapabilityConfig;
  /** What the provider promises about prompts. @default what the catalogue knows, else `none` */
  readonly data_policy?: 'none' | 'no_training' | 'zdr';
  /** Time to the first token that the router expects, milliseconds; what a simulated provider really takes. */
  readonly latency_ms?: number;
  /** Output tokens per second that the router expects. */
  readonly throughput_tps?: number;
}

interface ServerBase extends ProviderBase {
  readonly api_key?: string;
  /** Environment variable that holds the key. @default that of the vendor, at the vendor's own address */
  readonly api_key_env?: string;
}

/** Any server with `/chat/completions`: a vendor, vLLM, llama.cpp, Ollama … */
export interface OpenAICompatibleProviderConfig extends ServerBase {
  readonly kind: 'openai-compatible';
  /** Up to and including `/v1`. May be left out for providers that the gateway knows. */
  readonly base_url?: string;
}

/** Anthropic, or any server with its `/messages`. */
export interface AnthropicProviderConfig extends ServerBase {
  readonly kind: 'anthropic';
  /** Up to and including `/v1`. @default 'https://api.anthropic.com/v1' */
  readonly base_url?: string;
}

/** Google's Gemini API, or any server with its `/models/…:generateContent`. */
export interface GeminiProviderConfig extends ServerBase {
  readonly kind: 'gemini';
  /** Up to and including `/v1beta`. @default 'https://generativelanguage.googleapis.com/v1beta' */
  readonly base_url?: string;
}

/** A deterministic provider without a model, to try routing, streaming and failures with. */
export interface SimulatedProviderConfig extends ProviderBase {
  readonly kind: 'simulated';
  /** Pause between two tokens, milliseconds. */
  readonly chunk_pace_ms?: number;
  /** Length of an answer, tokens. */
  readonly output_tokens?: number;
  /** Length of the thinking when reasoning is asked for, tokens. */
  readonly reasoning_tokens?: number;
  /** Input tokens reported as read from a cache. */
  readonly cached_tokens?: number;
  /** Call a tool also when the caller only offers tools. */
  readonly call_tools?: boolean;
  /** Share of attempts that fail, 0 to 1. */
  readonly failure_rate?: number;
  /** Status of a failed attempt. */
  readonly failure_status?: number;
  /** Break the connection after so many tokens. */
  readonly cut_after_tokens?: number;
  /** Fall silent after so many tokens. */
  readonly stall_after_tokens?: number;
  /** Changes the words. */
  readonly seed?: number;
}
