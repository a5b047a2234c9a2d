// Typed access to the headers that mean something (headers.md §2). All others, such as those of budgets, by name.

/** Headers of a reply. A value that does not parse is `null`. */
export class ResponseHeaders {
  /** @param values Names in lower case. */
  constructor(private readonly values: Readonly<Record<string, string>>) {}

  /** Any header by name, in any case; `null` when the reply has none. */
  get(name: string): string | null {
    const lower = name.toLowerCase();
    return Object.hasOwn(this.values, lower) ? (this.values[lower] ?? null) : null;
  }

  /** `x-request-id`: identifies the request in support and logs. */
  get requestId(): string | null {
    return this.get('x-request-id');
  }

  /** `retry-after` in seconds; the date form counts as not readable. */
  get retryAfterSeconds(): number | null {
    return this.#number('retry-after');
  }

  /** Requests per minute allowed. */
  get rateLimitLimit(): number | null {
    return this.#integer('x-ratelimit-limit-requests');
  }

  /** Requests left in the window. */
  get rateLimitRemaining(): number | null {
    return this.#integer('x-ratelimit-remaining-requests');
  }

  /** ISO 8601 instant at which the window resets. */
  get rateLimitReset(): string | null {
    return this.get('x-ratelimit-reset-requests');
  }

  /** Credit balance in millionths of a dollar. */
  get creditsBalanceMicrodollars(): number | null {
    return this.#integer('x-credits-balance-microdollars');
  }

  /** Tokeniser model of a token count. */
  get tokenCountModel(): string | null {
    return this.get('x-token-count-model');
  }

  /** A plain copy, names in lower case. */
  toJSON(): Record<string, string> {
    return { ...this.values };
  }

  #integer(name: string): number | null {
    return this.#matching(name, /^[+-]?\d+$/);
  }

  #number(name: string): number | null {
    return this.#matching(name, /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i);
  }

  #matching(name: string, form: RegExp): number | null {
    const text = this.get(name)?.trim() ?? '';
    const value = Number(text);
    return form.test(text) && Number.isFinite(value) ? value : null;
  }
}
