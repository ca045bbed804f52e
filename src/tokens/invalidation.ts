type Listener = (keys: readonly string[]) => void;

interface Subscription {
  readonly listener: Listener;
  readonly onMissed: (() => void) | undefined;
}

/**
 * Tells this node what has changed: ids of tokens, users and organisations, and hashes of new secrets. A store method
 * that changes something publishes before it returns, so that whoever listens has followed by then; what other nodes
 * change is published when the change log is read.
 */
export class InvalidationBus {
  readonly #subscriptions = new Set<Subscription>();

  /**
   * @param onMissed called when changes have been missed, so that anything may have changed
   * @returns a function that ends the subscription
   */
  subscribe(listener: Listener, onMissed?: () => void): () => void {
    const subscription = { listener, onMissed };
    this.#subscriptions.add(subscription);
    return () => this.#subscriptions.delete(subscription);
  }

  publish(keys: readonly string[]): void {
    for (const { listener } of this.#subscriptions) listener(keys);
  }

  publishMissed(): void {
    for (const { onMissed } of this.#subscriptions) onMissed?.();
  }
}
