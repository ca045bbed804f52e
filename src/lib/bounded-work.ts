/**
 * Works through items, a bounded number of them at a time, in the order in which they came. An item that comes again
 * while it waits is worked on once; one that comes again while it is worked on has another turn.
 */
export class BoundedWork<Item> {
  readonly #waiting = new Set<Item>();
  readonly #atOnceMax: number;
  readonly #work: (item: Item) => Promise<void>;
  #workers = 0;

  /** @param work must not reject */
  constructor(atOnceMax: number, work: (item: Item) => Promise<void>) {
    this.#atOnceMax = atOnceMax;
    this.#work = work;
  }

  /** Begins at once where the bound allows it. */
  add(item: Item): void {
    this.#waiting.add(item);
    if (this.#workers < this.#atOnceMax) void this.#run();
  }

  async #run(): Promise<void> {
    this.#workers++;
    // What is added meanwhile comes up in the same loop.
    for (const item of this.#waiting) {
      this.#waiting.delete(item);
      await this.#work(item);
    }
    this.#workers--;
  }
}
