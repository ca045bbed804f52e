import type { Organization, Token, User } from '../../src/core/directory.ts';
import type { LookupOutcome } from '../../src/core/token-lookup.ts';
import { hashToken, lastFour, mintToken, type TokenHash } from '../../src/core/token.ts';
import { PostgresChangeLog } from '../../src/db/change-log.ts';
import type { Store } from '../../src/db/store.ts';
import { auditWriter } from '../support/audit.ts';
import { PostgresAuthorizations } from '../../src/directory/postgres-authorizations.ts';
import { PostgresOrganizations } from '../../src/directory/postgres-organizations.ts';
import { PostgresUsers } from '../../src/directory/postgres-users.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { Fences } from '../../src/tokens/fences.ts';
import { Freshness } from '../../src/tokens/freshness.ts';
import { InvalidationBus } from '../../src/tokens/invalidation.ts';
import { MemoryTier, type MemoryTierOptions } from '../../src/tokens/memory-tier.ts';
import { OwnChanges } from '../../src/tokens/own-changes.ts';
import { PostgresTokenLookup } from '../../src/tokens/postgres-token-lookup.ts';
import { PostgresTokens } from '../../src/tokens/postgres-tokens.ts';
import { noPush, type Push } from '../../src/tokens/push.ts';
import type { SharedTier } from '../../src/tokens/shared-tier.ts';
import { TieredLookup, type TokenSource } from '../../src/tokens/tiered-lookup.ts';

/** A clock that stands still until it is told otherwise. */
export class ManualClock implements Clock {
  #nowMs = Date.UTC(2030, 0, 1);
  #monotonicMs = 1000;
  /** Called when the time has gone on. */
  onAdvance: () => void = () => undefined;

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
    this.#monotonicMs += milliseconds;
    this.onAdvance();
  }

  /** What an administrator, or the time service, does to the wall clock alone. */
  setWall(milliseconds: number): void {
    this.#nowMs = milliseconds;
  }
}

export const cacheOptions: MemoryTierOptions = {
  entriesMax: 1000,
  absencesMax: 100,
  ttlMs: 30_000,
  negativeTtlMs: 5000,
};

/** How long lookups of a node may be answered stale. */
export const staleForMs = 60_000;

/** The stores and the lookup of one node, as the program puts them together. */
export interface Node {
  readonly clock: ManualClock;
  readonly fences: Fences;
  readonly bus: InvalidationBus;
  readonly freshness: Freshness;
  readonly memory: MemoryTier;
  readonly lookup: TieredLookup;
  /** The lookup's answer as it is once given, with the usual time to serve it stale. */
  find(hash: TokenHash): Promise<LookupOutcome>;
  readonly direct: PostgresTokenLookup;
  readonly changes: PostgresChangeLog;
  readonly ownChanges: OwnChanges;
  readonly organizations: PostgresOrganizations;
  readonly users: PostgresUsers;
  readonly authorizations: PostgresAuthorizations;
  readonly tokens: PostgresTokens;
}

export interface NodeParts {
  /** Put between the caches and the database, to count or delay what is read. */
  readonly between?: (direct: TokenSource) => TokenSource;
  readonly clock?: ManualClock;
  readonly shared?: SharedTier;
  readonly push?: Push;
  /** The number up to which it has followed the log. */
  readonly seen?: () => number;
  readonly wake?: () => void;
}

/** A node that counts as having heard of the log at every instant, unless it is given a clock of its own. */
export function openNode(store: Store, parts: NodeParts = {}): Node {
  const {
    between = (direct: TokenSource) => direct,
    shared,
    push = noPush,
    seen = () => 0,
    wake = () => undefined,
  } = parts;
  const clock = parts.clock ?? new ManualClock();
  const [fences, bus, freshness] = [new Fences(1000), new InvalidationBus(), new Freshness(clock)];
  if (parts.clock === undefined) clock.onAdvance = () => freshness.confirm(clock.monotonic());
  freshness.confirm(parts.clock === undefined ? clock.monotonic() : -Infinity);
  const memory = new MemoryTier(cacheOptions, { clock, fences, freshness });
  const direct = new PostgresTokenLookup(store.data);
  const ownChanges = new OwnChanges({ fences, bus, push, shared, wake });
  const changes = new PostgresChangeLog({
    database: store.admin,
    audit: auditWriter(clock),
    onChange: (change) => ownChanges.note(change),
  });
  const options = { database: store.admin, changes, clock };
  const sharing = shared && { tier: shared, freshness, seen };
  const lookup = new TieredLookup({ memory, source: between(direct), ...(sharing && { sharing }) });
  return {
    clock,
    fences,
    bus,
    freshness,
    memory,
    lookup,
    direct,
    changes,
    ownChanges,
    find: async (hash) => lookup.find(hash, staleForMs),
    organizations: new PostgresOrganizations(options),
    users: new PostgresUsers(options),
    authorizations: new PostgresAuthorizations(options),
    tokens: new PostgresTokens(options),
  };
}

export interface Issued {
  readonly token: Token;
  readonly hash: TokenHash;
}

let names = 0;

/** A text that no other call gave. */
export function unique(prefix: string): string {
  names++;
  return `${prefix}-${names}`;
}

export async function newOrganization(node: Node, slug = unique('org')): Promise<Organization> {
  const created = await node.organizations.create({ slug, name: 'Some organisation' });
  if (created.kind === 'conflict') throw new Error('the organisation is there already');
  return created.item;
}

export async function newUser(node: Node, organizationId: string, username = unique('user')): Promise<User> {
  const person = { organizationId, kind: 'human', username, name: 'Somebody', accessTokenType: 'bearer' } as const;
  const created = await node.users.create(person);
  if (created.kind !== 'created') throw new Error('the user is there already');
  return created.item;
}

export interface TokenWish {
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly expiresAt?: number | null;
  readonly parentId?: string;
}

/** What to create a token from, with a secret of its own. */
export function tokenInput(userId: string, wish: TokenWish = {}) {
  const secret = mintToken('wl', 'pat');
  return {
    userId,
    name: wish.name ?? unique('token'),
    scopes: wish.scopes ?? ['device:read', 'device:write'],
    expiresAt: wish.expiresAt ?? null,
    hash: hashToken(secret),
    lastFour: lastFour(secret),
    createdBy: userId,
    ...(wish.parentId !== undefined && { parentId: wish.parentId }),
  };
}

export async function newToken(node: Node, userId: string, wish: TokenWish = {}): Promise<Issued> {
  const input = tokenInput(userId, wish);
  const created = await node.tokens.create(input);
  if (created.kind === 'conflict') throw new Error(`the name ${input.name} is taken`);
  return { token: created.item, hash: input.hash };
}
