import type { Store } from '../../src/db/store.ts';
import { LogFollower } from '../../src/tokens/log-follower.ts';
import type { Nodes } from '../../src/tokens/nodes.ts';
import { PostgresChangeFeed } from '../../src/tokens/postgres-change-feed.ts';
import { PostgresNodes } from '../../src/tokens/postgres-nodes.ts';
import type { Push } from '../../src/tokens/push.ts';
import type { SharedTier } from '../../src/tokens/shared-tier.ts';
import type { TokenSource } from '../../src/tokens/tiered-lookup.ts';
import { onCleanup } from '../support/cleanup.ts';
import { ManualClock, openNode, staleForMs, unique, type Node } from './fixture.ts';

/** A node that follows the change log when the test says so. */
export interface FollowingNode {
  readonly id: string;
  readonly node: Node;
  readonly nodes: Nodes;
  readonly follower: LogFollower;
  /** One whole round of following, begun after this call. @throws as the round fails */
  round(): Promise<void>;
}

export interface FollowingParts {
  readonly shared?: SharedTier;
  readonly push?: Push;
  readonly clock?: ManualClock;
  /** The database as this node reaches it. */
  readonly reach?: <T>(call: () => Promise<T>) => Promise<T>;
  /** What becomes of the answers to its lookups. */
  readonly onRead?: (read: ReturnType<TokenSource['read']>) => ReturnType<TokenSource['read']>;
}

export async function followingNode(store: Store, parts: FollowingParts = {}): Promise<FollowingNode> {
  const { clock = new ManualClock(), reach = (call) => call(), onRead = (read) => read, ...rest } = parts;
  const id = unique('nod');
  const node = openNode(store, {
    ...rest,
    clock,
    between: (direct) => ({ read: (hash) => onRead(reach(() => direct.read(hash))) }),
    seen: () => follower.seen,
  });
  const self = {
    id,
    name: id,
    version: '1',
    revision: 'r',
    startedAtMs: clock.now(),
    staleForMs,
    address: () => '127.0.0.1:1',
  };
  const nodes = new PostgresNodes(store.log, self);
  const feed = new PostgresChangeFeed(store.log);
  let told = (_failure: unknown): void => undefined;
  const follower: LogFollower = new LogFollower({
    feed: {
      lastBefore: (windowMs) => feed.lastBefore(windowMs),
      head: () => reach(() => feed.head()),
      from: (number, rowsMax) => reach(() => feed.from(number, rowsMax)),
      goOnAbove: (number) => reach(() => feed.goOnAbove(number)),
      prune: (retentionMs) => feed.prune(retentionMs),
    },
    nodes,
    clock,
    fences: node.fences,
    bus: node.bus,
    freshness: node.freshness,
    intervalMs: 3_600_000,
    onRound: (failure) => told(failure),
  });
  await follower.start(60_000);
  onCleanup(() => follower.close());
  const round = async (): Promise<void> => {
    // The one under way may have begun before.
    for (let rounds = 0; rounds < 2; rounds++) {
      const failure = await new Promise<unknown>((resolve) => {
        told = resolve;
        follower.wake();
      });
      if (failure !== undefined) throw new Error('the round failed', { cause: failure });
    }
  };
  return { id, node, nodes, follower, round };
}
