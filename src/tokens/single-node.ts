import type { ServingNode } from '../admin-api/ports/nodes.ts';
import type { Clock } from '../lib/clock.ts';
import { nodeState, type NodeIdentity, type Nodes } from './nodes.ts';

/** The one node of an embedded store, which no other process serves from. */
export class SingleNode implements Nodes {
  readonly #self: NodeIdentity;
  readonly #clock: Clock;
  #acknowledged = 0;
  #renewedAtMonotonicMs: number;

  constructor(self: NodeIdentity, clock: Clock) {
    this.#self = self;
    this.#clock = clock;
    this.#renewedAtMonotonicMs = clock.monotonic();
  }

  renew(acknowledged: number): Promise<void> {
    this.#acknowledged = acknowledged;
    this.#renewedAtMonotonicMs = this.#clock.monotonic();
    return Promise.resolve();
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  list(): Promise<readonly ServingNode[]> {
    const { address, ...self } = this.#self;
    const silentForMs = this.#clock.monotonic() - this.#renewedAtMonotonicMs;
    const node = {
      ...self,
      address: address(),
      renewedAtMs: this.#clock.now() - silentForMs,
      acknowledged: this.#acknowledged,
      // It is there to be asked, so it is not gone.
      state: nodeState(silentForMs, Infinity),
    };
    return Promise.resolve([node]);
  }

  prune(): Promise<void> {
    return Promise.resolve();
  }
}
