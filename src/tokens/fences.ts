/**
 * Says which records are too old to be trusted.
 *
 * A tick counts the changes this node knows of. `raise` fences a token, user, organisation or hash off: what was read
 * at an earlier tick and concerns it does not count. What began to be read at or after the change does. So an older
 * answer can never take the place of a newer one, and a change counts on this node as soon as its fence is up.
 *
 * The number of fences is bounded. When the oldest makes room, everything read before it is mistrusted, whatever it
 * concerns; that costs a few reads and forgets no change.
 */
export class Fences {
  readonly #fences = new Map<string, number>();
  readonly #fencesMax: number;
  #tick = 0;
  #floor = 0;

  constructor(fencesMax: number) {
    this.#fencesMax = fencesMax;
  }

  /** The tick to remember with whatever begins to be read now. */
  get tick(): number {
    return this.#tick;
  }

  get size(): number {
    return this.#fences.size;
  }

  /** Mistrusts what has been read so far about each of `keys`. */
  raise(keys: readonly string[]): void {
    this.#tick++;
    for (const key of keys) {
      // Deleted first, so that the map stays in the order of ticks.
      this.#fences.delete(key);
      this.#fences.set(key, this.#tick);
    }
    for (const [key, tick] of this.#fences) {
      if (this.#fences.size <= this.#fencesMax) break;
      this.#fences.delete(key);
      this.#floor = tick;
    }
  }

  /** Says whether what began to be read at `tick` may still be trusted about `key`. */
  trusts(tick: number, key: string): boolean {
    return tick >= this.#floor && (this.#fences.get(key) ?? 0) <= tick;
  }
}
