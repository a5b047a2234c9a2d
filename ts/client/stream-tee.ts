// One source of chunks for two readers, each at its own pace.

import type { ChunkSource, ReadResult } from './chunk-queue.js';

type Outcome = { readonly result: ReadResult } | { readonly error: unknown };

/** Two sources with all that `source` has. It is read as fast as the faster reader reads. */
export function splitSource(source: ChunkSource): [ChunkSource, ChunkSource] {
  const shared = new SharedSource(source);
  return [shared.branch(), shared.branch()];
}

class SharedSource {
  readonly #branches: Branch[] = [];
  #isReading = false;

  constructor(readonly source: ChunkSource) {}

  branch(): Branch {
    const branch = new Branch(this);
    this.#branches.push(branch);
    return branch;
  }

  /** Asks for another outcome, which every branch is given. */
  async advance(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    let outcome: Outcome;
    try {
      outcome = { result: await this.source.read() };
    } catch (error) {
      outcome = { error };
    }
    this.#isReading = false;
    for (const branch of this.#branches) branch.push(outcome);
  }

  cancelled(): void {
    if (this.#branches.every((branch) => branch.isCancelled)) this.source.cancel();
  }
}

const OVER: ReadResult = { done: true, value: undefined };

class Branch implements ChunkSource {
  isCancelled = false;
  #isOver = false;
  #outcomes: Outcome[] = [];
  #next = 0;
  /** Reads that wait for the next outcome. */
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly shared: SharedSource) {}

  get usage() {
    return this.shared.source.usage;
  }

  get routing() {
    return this.shared.source.routing;
  }

  push(outcome: Outcome): void {
    if (!this.isCancelled) this.#outcomes.push(outcome);
    this.#wake();
  }

  async read(): Promise<ReadResult> {
    while (!this.#isOver && !this.isCancelled) {
      const outcome = this.#shift();
      if (outcome === undefined) {
        const isThere = new Promise<void>((resolve) => this.#waiting.push(resolve));
        void this.shared.advance();
        await isThere;
        continue;
      }
      this.#isOver = 'error' in outcome || outcome.result.done === true;
      if ('error' in outcome) throw outcome.error;
      return outcome.result;
    }
    return OVER;
  }

  cancel(): void {
    this.isCancelled = true;
    this.#outcomes = [];
    this.#next = 0;
    this.#wake();
    this.shared.cancelled();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #shift(): Outcome | undefined {
    const outcome = this.#outcomes[this.#next];
    if (outcome === undefined) return undefined;
    this.#next += 1;
    if (this.#next === this.#outcomes.length) {
      this.#outcomes = [];
      this.#next = 0;
    }
    return outcome;
  }
}
