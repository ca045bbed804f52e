/**
 * Runs at most one task per key at a time; callers that arrive meanwhile share its outcome.
 * A failure is shared by those who waited for it and forgotten at once, so the next caller tries again.
 */
export class SingleFlight<Value> {
  readonly #flights = new Map<string, Promise<Value>>();

  /** Keys that have a task under way. */
  get size(): number {
    return this.#flights.size;
  }

  /** Joins the task under way for `key`, or starts one. Rejects as the task does. */
  run(key: string, task: () => Promise<Value>): Promise<Value> {
    const underWay = this.#flights.get(key);
    if (underWay !== undefined) return underWay;
    const flight = task().finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    this.#flights.set(key, flight);
    return flight;
  }

  /** Lets the next caller start anew although a task for `key` may still be under way. */
  forget(key: string): void {
    this.#flights.delete(key);
  }
}
