import type { AuditAction } from './audit.ts';

/** A row of the audit log, as its link signs it. What the gateway did not write may stand in it, so nothing is narrowed. */
export interface AuditRow {
  readonly organizationId: string;
  /** Its place in the log of its organisation, from 1. */
  readonly seq: number;
  readonly id: string;
  readonly atMs: number;
  readonly action: string;
  readonly targetKind: string;
  readonly targetId: string;
  readonly targetName: string | null;
  readonly userId: string | null;
  readonly actorId: string | null;
  readonly tokenId: string | null;
  readonly authorOrganizationId: string | null;
  readonly address: string | null;
  readonly requestId: string | null;
  readonly via: string;
  /** JSON. */
  readonly before: string | null;
  /** JSON. */
  readonly after: string | null;
  readonly reason: string | null;
}

export interface LinkedRow extends AuditRow {
  /** HMAC over the link of the row before and everything in this one. */
  readonly link: string;
}

/** Where a chain ends. */
export interface ChainHead {
  readonly organizationId: string;
  /** How many rows have ever been written. */
  readonly seq: number;
  /** The link of the last one. */
  readonly link: string;
}

/** What can be wrong with a chain. */
export type AuditFaultKind = 'altered' | 'removed' | 'inserted' | 'cut_off' | 'rewritten' | 'head' | 'alarm' | 'export';

/** Something wrong with the log, and where: the rows `seq` to `throughSeq`. */
export interface AuditFault {
  readonly organizationId: string;
  readonly kind: AuditFaultKind;
  readonly seq: number;
  readonly throughSeq: number;
  /** A sentence for people. */
  readonly detail: string;
}

/** What was found of one organisation's log. */
export interface CheckedChain {
  readonly organizationId: string;
  /** The rows that are there. */
  readonly rows: number;
  /** The last row that retention has pruned; 0 when none. */
  readonly prunedThrough: number;
  readonly head: ChainHead;
}

export interface AuditVerification {
  readonly chains: readonly CheckedChain[];
  /** At most 100, those that come first. */
  readonly faults: readonly AuditFault[];
  /** How many were found. */
  readonly faultCount: number;
  /** How many of the heads that were given could be compared. */
  readonly headsCompared: number;
}

export interface AuditFilter {
  /** Whose logs; undefined: all. */
  readonly organizationIds?: readonly string[];
  /** Who really acted. */
  readonly actorId?: string;
  readonly targetId?: string;
  readonly action?: AuditAction;
  readonly requestId?: string;
  /** From this instant. */
  readonly sinceMs?: number;
  /** Before this instant. */
  readonly untilMs?: number;
}
