type Listener = (keys: readonly string[]) => void;

/**
 * Tells this node what has changed: ids of tokens, users and organisations, and hashes of new tokens. A store method
 * that changes something publishes before it returns, so that whoever listens has followed by then.
 */
export class InvalidationBus {
  readonly #listeners = new Set<Listener>();

  /** @returns a function that ends the subscription */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(keys: readonly string[]): void {
    for (const listener of this.#listeners) listener(keys);
  }
}
