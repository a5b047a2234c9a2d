// The gateway's configuration as an object: the same keys as in the TOML file, and checked by the same code in Rust.

/** What the gateway serves and under which limits. Unknown keys are errors. */
export interface GatewayConfig {
  /** In no particular order: the router ranks them per request. */
  readonly providers: readonly ProviderConfig[];
  /** Largest request body, bytes. @default 20971520 (20 MiB) */
  readonly body_limit_bytes?: number;
  /** `<base>/<code>` becomes `doc_url` of an error. @default none */
  readonly error_docs_url?: string;
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
  };
  /** The fields of `gateway.routing`, for requests that leave them out. @default none */
  readonly routing?: Readonly<Record<string, unknown>>;
  /** How the first provider is chosen: the one that scores best, or drawn by score so that several share the load. @default 'best' */
  readonly selection?: 'best' | 'weighted';
  /** With `weighted`: the power of the score that chances are in proportion to, 0 to 100. @default 2 */
  readonly selection_exponent?: number;
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

/** What a provider can do. @default everything */
export type CapabilityConfig = Readonly<Record<string, boolean>>;

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
