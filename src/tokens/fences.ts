interface Fence {
  readonly tick: number;
  readonly number: number;
}

/**
 * Says which records are too old to be trusted, by two orders.
 *
 * A *tick* counts the changes in the order in which this node learned of them. A record that this node read from the
 * database at a tick does not count once a fence of a later tick concerns it. A *number* is a change's place in the
 * change log, the same on every node. A record from the shared cache carries the number that its writer had followed
 * before it was read, and does not count when a fence of a higher number concerns it. So an older answer can never take
 * the place of a newer one, and a change counts on this node as soon as its fence is up.
 *
 * The number of fences is bounded. When the oldest makes room, everything as old as it is mistrusted, whatever it
 * concerns; that costs a few reads and forgets no change.
 */
export class Fences {
  readonly #fences = new Map<string, Fence>();
  readonly #fencesMax: number;
  #tick = 0;
  #floor = 0;
  #floorNumber = 0;
  #highestNumber = 0;

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

  /**
   * Mistrusts what has been read so far about each of `keys`.
   * @param number the change's; without it no shared record about the keys counts until their next change is followed
   */
  raise(keys: readonly string[], number = Infinity): void {
    this.#tick++;
    if (number !== Infinity) this.#highestNumber = Math.max(this.#highestNumber, number);
    for (const key of keys) {
      // Deleted first, so that the map stays in the order of ticks.
      this.#fences.delete(key);
      this.#fences.set(key, { tick: this.#tick, number });
    }
    for (const [key, fence] of this.#fences) {
      if (this.#fences.size <= this.#fencesMax) break;
      this.#fences.delete(key);
      this.#floor = fence.tick;
      this.mistrustBelow(Math.min(fence.number, this.#highestNumber));
    }
  }

  /** Says whether the fence of `key` stands for change `number` too. */
  covers(key: string, number: number): boolean {
    const fence = this.#fences.get(key);
    return fence !== undefined && fence.number !== Infinity && fence.number >= number;
  }

  /** Mistrusts shared records whose writer had not followed the log up to `number`. */
  mistrustBelow(number: number): void {
    this.#floorNumber = Math.max(this.#floorNumber, number);
  }

  /** Mistrusts all that has been read so far, and shared records as `mistrustBelow`; for when changes were missed. */
  mistrustAll(number: number): void {
    this.#fences.clear();
    this.#tick++;
    this.#floor = this.#tick;
    this.mistrustBelow(number);
  }

  /** Says whether what began to be read at `tick` may still be trusted about `key`. */
  trusts(tick: number, key: string): boolean {
    return tick >= this.#floor && (this.#fences.get(key)?.tick ?? 0) <= tick;
  }

  /** Says whether a shared record whose writer had followed the log up to `asOf` may be trusted about `key`. */
  trustsShared(asOf: number, key: string): boolean {
    return asOf >= this.#floorNumber && (this.#fences.get(key)?.number ?? 0) <= asOf;
  }
}
