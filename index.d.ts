/* The addon's boundary, as Rust declares it. Not public: the package's types come from ts/. */

/**
 * Which binding artifact the generated loader actually loaded: `'native'` for
 * a native addon, otherwise the `platformArchABI` of the WASI flavor. Every
 * flavor napi-rs can build is listed, because `NAPI_RS_NATIVE_LIBRARY_PATH`
 * can point the loader at a WASI artifact this package does not build itself.
 */
export declare const __napiBindingTarget: 'native' | 'wasm32-wasi' | 'wasm32-wasip1'

/** One run of the command line. */
export declare class NativeCommand {
  /** `arguments` are those behind `auriko`. */
  constructor(arguments: Array<string>)
  /** Runs until it is stopped; resolves to the exit code, and holds the process open until then. */
  run(): Promise<number>
  /** Stops accepting; streams may finish. Safe to call twice, or before `run`. */
  stop(): void
}

/** The client core and the outbox of one environment. */
export declare class NativeCore {
  /** `wake` is called once after each first append; it must drain. */
  constructor(wake: () => void)
  /** Starts a request and returns the number of its stream. */
  open(request: NativeRequest, stream: NativeStream): number
  /** Hands over what waits: integers into `records`, text as the result. THE line where a token becomes JavaScript. */
  drain(records: Int32Array): string
  /**
   * Takes the next bytes of a body, a copy of them; says whether more are wanted. All but the last slice of a payload
   * must be a multiple of three long.
   */
  supply(stream: number, bytes: Uint8Array): boolean
  /** Says that `amount` units of a stream were consumed. */
  release(stream: number, amount: number): void
  /** Ends a stream and closes its connection; unknown numbers are ignored. */
  cancel(stream: number): void
  /** Streams that have not been drained to their end. */
  inFlight(): number
  /** Starts a request to a gateway in this process. `url` is the path; retries are the gateway's own business. */
  openEmbedded(gateway: NativeGateway, request: NativeRequest, stream: NativeStream): number
}

/** A router in this process. */
export declare class NativeGateway {
  /** `config` is the configuration as JSON; without it the environment's vendor keys decide. */
  constructor(config?: string | undefined | null)
  /** Writes what waits, and closes the store; resolves when that is done. Requests that come later are refused. */
  close(): Promise<void>
  /** Writes what waits, and waits for that itself: for the end of the process, when no promise is kept any more. */
  flush(): void
  /** What it serves, as JSON. */
  describe(): string
}

/** A running server. */
export declare class NativeServer {
  /** Binds and serves. Port 0 picks a free one. */
  static start(gateway: NativeGateway, host: string, port: number): Promise<NativeServer>
  /** The address that it listens on. */
  get host(): string
  /** The port that it listens on; never 0. */
  get port(): number
  /** Stops accepting; streams may finish. Safe to call twice. */
  stop(): void
  /** Resolves when the server has ended, and holds the process open until then. */
  ended(): Promise<void>
}

/** One HTTP exchange. Limits are milliseconds, 0 for none. */
export interface NativeRequest {
  method: string
  url: string
  /** Name, value, name, value … */
  headers: Array<string>
  body?: string
  /**
   * Instead of `body`: pieces of text, and bytes that go between them as base64. A number: so many bytes come later,
   * through `supply`.
   */
  bodyParts?: Array<string | Uint8Array | number>
  connectMs: number
  firstByteMs: number
  idleMs: number
  totalMs: number
  maxRetries: number
}

/** How a stream is delivered. */
export interface NativeStream {
  /** `reply`: head and whole body. `events`: decoded events. `chunks`: the JSON of each chunk. */
  mode: string
  includeRaw: boolean
  /** Negative: merging off. 0: what waits. Positive: milliseconds between two hand-overs. */
  coalesceMs: number
  windowBytes: number
  maxEventBytes: number
}
