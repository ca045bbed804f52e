import type { ServingNode } from '../admin-api/ports/nodes.ts';
import { freshnessToleranceMs } from './freshness.ts';

/** A gateway process as it presents itself; what follows from gateway.yaml changes with a reload. */
export interface NodeIdentity {
  readonly id: string;
  /** What people know it by: host and process. */
  readonly name: string;
  readonly version: string;
  /** The revision of its gateway.yaml. */
  readonly revision: string;
  readonly startedAtMs: number;
  /** The longest time for which one of its routes serves what it knows without news of changes. */
  readonly staleForMs: number;
  /** Where its proxy listens; known once it does. */
  readonly address: () => string;
}

/** The leases of the nodes. Every method throws StoreUnavailable when the store does not answer in time. */
export interface Nodes {
  /** Renews this node's lease, or takes it. @param acknowledged how far it has followed the change log */
  renew(acknowledged: number): Promise<void>;
  /** Gives the lease up, for this node serves no longer. */
  release(): Promise<void>;
  /** Every node whose lease is not long over: first those whose lease is not over at all, each by name. */
  list(): Promise<readonly ServingNode[]>;
  /** Removes nodes whose lease has been over for a day. */
  prune(): Promise<void>;
}

/**
 * What a lease is longer than the time for which its node may serve without news: its last renewal may be a second
 * older than its last news, and clocks do not run exactly alike.
 */
const leaseMarginMs = 2000;

/** How long after its last renewal a node may still serve what has been taken away; then its lease is over. */
export function leaseMs(staleForMs: number): number {
  return Math.max(staleForMs, freshnessToleranceMs) + leaseMarginMs;
}

/** What a node's silence says about it. */
export function nodeState(silentForMs: number, lease: number): ServingNode['state'] {
  if (silentForMs >= lease) return 'gone';
  return silentForMs < freshnessToleranceMs ? 'following' : 'silent';
}
