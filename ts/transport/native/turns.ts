// How many streams one turn of the event loop delivers to: as many as it can serve in a short time, by what earlier turns
// took with all that they set off. Readers that do little then share a turn, which costs less; readers that do much, such
// as the pipeline of `ai`, go on one after the other, which costs less too (docs/benchmarks/log.md).

/** What a turn should take, milliseconds: far below a frame, and far above what a turn itself costs. */
const TURN_MS = 0.25;

/** Before anything was measured. */
const FIRST_LIMIT = 8;

/** More in one turn save nothing any more. */
const HIGHEST_LIMIT = 256;

/** How long what was measured counts where turns are not cut, milliseconds: then each look is a turn of its own. */
const LOOK_EVERY_MS = 20;

/** Decides the length of turns. */
export class Turns {
  #limit = FIRST_LIMIT;
  #startedAt = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** A turn begins; gives the number of streams that it may deliver to. */
  begin(): number {
    this.#startedAt = this.now();
    return this.#limit;
  }

  /** A turn ends, with `next` to follow when there is more to deliver. */
  end(streams: number, next?: () => void): void {
    const startedAt = this.#startedAt;
    if (next !== undefined) {
      setImmediate(() => {
        this.#learn(streams, this.now() - startedAt);
        next();
      });
    } else if (streams >= FIRST_LIMIT && startedAt - this.#lookedAt > LOOK_EVERY_MS) {
      setImmediate(() => this.#learn(streams, this.now() - startedAt));
    }
  }

  /** Halves or doubles at most: a turn may have been long for reasons of others. */
  #learn(streams: number, ms: number): void {
    this.#lookedAt = this.now();
    const wanted = (streams * TURN_MS) / Math.max(ms, 0.001);
    const next = Math.min(Math.max(wanted, this.#limit / 2), this.#limit * 2);
    // Rounded up, or a limit of one would never grow.
    this.#limit = Math.min(Math.max(Math.ceil(next), 1), HIGHEST_LIMIT);
  }
}
