/* The addon's boundary, as Rust declares it. Not public: the package's types come from ts/. */

/**
 * Which binding artifact the generated loader actually loaded: `'native'` for
 * a native addon, otherwise the `platformArchABI` of the WASI flavor. Every
 * flavor napi-rs can build is listed, because `NAPI_RS_NATIVE_LIBRARY_PATH`
 * can point the loader at a WASI artifact this package does not build itself.
 */
export declare const __napiBindingTarget: 'native' | 'wasm32-wasi' | 'wasm32-wasip1'

/** The client core and the outbox of one environment. */
export declare class NativeCore {
  /** `wake` is called once after each first append; it must drain. */
  constructor(wake: () => void)
  /** Starts a request and returns the number of its stream. */
  open(request: NativeRequest, stream: NativeStream): number
  /** Hands over what waits: integers into `records`, text as the result. THE line where a token becomes JavaScript. */
  drain(records: Int32Array): string
  /** Says that `amount` units of a stream were consumed. */
  release(stream: number, amount: number): void
  /** Ends a stream and closes its connection; unknown numbers are ignored. */
  cancel(stream: number): void
  /** Streams that have not been drained to their end. */
  inFlight(): number
}

/** One HTTP exchange. Limits are milliseconds, 0 for none. */
export interface NativeRequest {
  method: string
  url: string
  /** Name, value, name, value … */
  headers: Array<string>
  body?: string
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
