import { hostname } from 'node:os';
import type { GatewayConfig } from '../config/compiled.ts';
import type { LoggedChange } from '../db/client.ts';
import type { Store } from '../db/store.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import type { StatusNote } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import { Fences } from '../tokens/fences.ts';
import { Freshness } from '../tokens/freshness.ts';
import { InvalidationBus } from '../tokens/invalidation.ts';
import { LogFollower } from '../tokens/log-follower.ts';
import { leaseMs, type NodeIdentity, type Nodes } from '../tokens/nodes.ts';
import { OwnChanges } from '../tokens/own-changes.ts';
import { PostgresChangeFeed } from '../tokens/postgres-change-feed.ts';
import { PostgresNodes } from '../tokens/postgres-nodes.ts';
import { PostgresPush } from '../tokens/postgres-push.ts';
import { noPush, type Push } from '../tokens/push.ts';
import { Receipts } from '../tokens/receipts.ts';
import type { SharedTier } from '../tokens/shared-tier.ts';
import { SingleNode } from '../tokens/single-node.ts';

export interface CoordinationOptions {
  readonly store: Store;
  readonly config: GatewayConfig;
  /** The configuration in force at this moment. */
  readonly currentConfig: () => GatewayConfig;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  /** The cache that all nodes share, and the push that comes with it, where there is one. */
  readonly shared: SharedTier | undefined;
  readonly push: Push | undefined;
}

/** What keeps the nodes in step about what has changed. */
export interface Coordination {
  readonly id: string;
  /** What people know this node by. */
  readonly name: string;
  readonly bus: InvalidationBus;
  readonly fences: Fences;
  readonly freshness: Freshness;
  readonly receipts: Receipts;
  readonly nodes: Nodes;
  /** For `/readyz?verbose`. */
  readonly note: StatusNote;
  /** The number up to which this node has followed the change log. */
  seen(): number;
  /** Puts what this node has changed in force. */
  readonly noteChange: (change: LoggedChange) => void;
  /** Says where the proxy listens, once it does. */
  listensAt(address: string): void;
  close(): Promise<void>;
}

const fencesMax = 100_000;
const sharedWindowMinMs = 60_000;
/** Rounds of the follower between two looks at the other nodes when no receipt looks at them. */
const roundsBetweenLooks = 5;

/** For how long a node leaves records in the shared cache, and how far back a node that starts knows what changed. */
export function sharedWindowMs({ cache }: GatewayConfig): number {
  return Math.max(2 * cache.ttlMs, sharedWindowMinMs);
}

/**
 * Takes this node's lease and begins to follow the change log.
 * @throws StoreUnavailable
 */
export async function coordinate(options: CoordinationOptions): Promise<Coordination> {
  const { store, config, clock, metrics, shared } = options;
  const { self, listensAt } = identify(options);
  const nodes = store.kind === 'embedded' ? new SingleNode(self, clock) : new PostgresNodes(store.log, self);
  const [bus, fences, freshness] = [new InvalidationBus(), new Fences(fencesMax), new Freshness(clock)];
  const push = options.push ?? storePush(store);
  const receipts = new Receipts({
    nodes,
    self,
    clock,
    wake: () => follower.wake(),
    progress: () => ({ seen: follower.seen, confirmedAtMs: freshness.confirmedAtMs }),
    onNodes: (all) => {
      const expected = all.filter(({ state }) => state !== 'gone');
      metrics.nodes.counted(expected.length, expected.filter(({ state }) => state === 'silent').length);
    },
  });
  const follower = new LogFollower({
    feed: new PostgresChangeFeed(store.log),
    nodes,
    fences,
    bus,
    freshness,
    clock,
    leaseMs: () => leaseMs(self.staleForMs),
    onFollowed: (ageMs) => metrics.nodes.followed(ageMs),
    onRound: roundReporter(options.logger, receipts),
  });
  const changes = new OwnChanges({ fences, bus, push, shared, wake: () => follower.wake() });
  metrics.nodes.watch(() => ({ seen: follower.seen, ageMs: freshness.ageMs() }));
  const close = async (): Promise<void> => {
    await push.close();
    await follower.close();
  };
  try {
    await follower.start(sharedWindowMs(config));
    await receipts.look();
  } catch (error) {
    await close();
    throw error;
  }
  push.subscribe((number) => follower.heard(number));
  return {
    id: self.id,
    name: self.name,
    bus,
    fences,
    freshness,
    receipts,
    nodes,
    listensAt,
    note: statusNote(follower, freshness, clock),
    seen: () => follower.seen,
    noteChange: (change) => changes.note(change),
    close,
  };
}

function identify({ config, currentConfig, version, clock }: CoordinationOptions): {
  self: NodeIdentity;
  listensAt: (address: string) => void;
} {
  const { host, port } = config.listen.proxy;
  let address = `${host}:${port}`;
  const startedAtMs = clock.now();
  const self = {
    id: newId('nod', startedAtMs),
    name: `${hostname()}/${process.pid}`,
    version,
    startedAtMs,
    get revision() {
      return currentConfig().revision;
    },
    get staleForMs() {
      return currentConfig().longestStaleForMs;
    },
    address: () => address,
  };
  return { self, listensAt: (known) => (address = known) };
}

/** LISTEN and NOTIFY; nobody but this process serves from an embedded store. */
function storePush({ listenerClient, log }: Store): Push {
  return listenerClient === undefined ? noPush : new PostgresPush({ database: log, connect: listenerClient });
}

/** Logs when following begins to fail and when it goes on, and looks at the other nodes now and then. */
function roundReporter(logger: Logger, receipts: Receipts): (failure: unknown) => void {
  let isFailing = false;
  let rounds = 0;
  return (failure) => {
    rounds++;
    if (rounds % roundsBetweenLooks === 0) void receipts.look();
    if (isFailing === (failure !== undefined)) return;
    isFailing = failure !== undefined;
    if (isFailing)
      logger.error({ err: failure }, 'the change log cannot be followed; what is remembered counts as stale');
    else logger.info('the change log is followed again');
  };
}

function statusNote(follower: LogFollower, freshness: Freshness, clock: Clock): StatusNote {
  return {
    name: 'change_log',
    report: () => {
      const ageMs = Math.round(freshness.ageMs());
      const since = new Date(clock.now() - ageMs).toISOString();
      const where = `number ${follower.seen}, last news ${since} (${ageMs} ms ago)`;
      return { ok: freshness.current, detail: `${freshness.current ? 'current' : 'behind'}: ${where}` };
    },
  };
}
