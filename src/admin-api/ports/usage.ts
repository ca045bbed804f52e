import type { Page } from '../../core/directory.ts';
import type { ScopeUse } from '../../core/scope-use.ts';
import type { SessionUsage } from '../../core/session-use.ts';
import type { PageRequest } from './changes.ts';

/** How often a token was used on a route within an hour. */
export interface UsageHour {
  /** When the hour began. */
  readonly hourMs: number;
  readonly tokenId: string;
  readonly userId: string;
  readonly organizationId: string;
  readonly route: string;
  /** What the route asked for, separated by spaces; scopes of which one would do are joined by `|`. */
  readonly scopes: string;
  readonly allowed: number;
  readonly refused: number;
}

export interface UsageFilter {
  readonly organizationId?: string;
  readonly userId?: string;
  readonly tokenId?: string;
  /** Hours that begin at `fromMs` or later and before `toMs`. */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface UsageHours {
  /** Newest first. */
  list(filter: UsageFilter, page: PageRequest): Promise<Page<UsageHour>>;
}

/** What an active token has done with its scopes on routes. */
export interface TokenScopeUse extends ScopeUse {
  readonly id: string;
  readonly name: string;
  readonly userId: string;
  readonly username: string;
  readonly organizationId: string;
  readonly createdAtMs: number;
  readonly requests: number;
  readonly lastHourMs: number | null;
}

export interface ScopeUseFilter {
  readonly organizationId?: string;
  readonly userId?: string;
  readonly tokenId?: string;
  readonly fromMs: number;
  readonly nowMs: number;
}

export interface ScopeUses {
  /** Tokens newest first. */
  list(filter: ScopeUseFilter, page: PageRequest): Promise<Page<TokenScopeUse>>;
}

/** What was done under assumed sessions, as nodes write it down a second or so afterwards. */
export interface SessionUsages {
  /** Of a session; nothing of one that was never used. */
  find(sessionId: string): Promise<SessionUsage>;
}
