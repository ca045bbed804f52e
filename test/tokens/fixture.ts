import type { Organization, Token, User } from '../../src/core/directory.ts';
import type { LookupOutcome } from '../../src/core/token-lookup.ts';
import { hashToken, lastFour, mintToken, type TokenHash } from '../../src/core/token.ts';
import { PostgresChangeLog } from '../../src/db/change-log.ts';
import type { Store } from '../../src/db/store.ts';
import { PostgresAuthorizations } from '../../src/directory/postgres-authorizations.ts';
import { PostgresOrganizations } from '../../src/directory/postgres-organizations.ts';
import { PostgresUsers } from '../../src/directory/postgres-users.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { Fences } from '../../src/tokens/fences.ts';
import { InvalidationBus } from '../../src/tokens/invalidation.ts';
import { MemoryTier, type MemoryTierOptions } from '../../src/tokens/memory-tier.ts';
import { PostgresTokenLookup } from '../../src/tokens/postgres-token-lookup.ts';
import { PostgresTokens } from '../../src/tokens/postgres-tokens.ts';
import { TieredLookup, type TokenSource } from '../../src/tokens/tiered-lookup.ts';

/** A clock that stands still until it is told otherwise. */
export class ManualClock implements Clock {
  #nowMs = Date.UTC(2030, 0, 1);
  #monotonicMs = 1000;

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
    this.#monotonicMs += milliseconds;
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
  staleForMs: 60_000,
};

/** The stores and the lookup of one node, as serve.ts puts them together. */
export interface Node {
  readonly clock: ManualClock;
  readonly fences: Fences;
  readonly memory: MemoryTier;
  readonly lookup: TieredLookup;
  /** The lookup's answer as it is once given, with the usual time to serve it stale. */
  find(hash: TokenHash): Promise<LookupOutcome>;
  readonly direct: PostgresTokenLookup;
  readonly changes: PostgresChangeLog;
  readonly organizations: PostgresOrganizations;
  readonly users: PostgresUsers;
  readonly authorizations: PostgresAuthorizations;
  readonly tokens: PostgresTokens;
}

/** @param between put between the memory tier and the database, to count or delay what is read */
export function openNode(store: Store, between: (direct: TokenSource) => TokenSource = (direct) => direct): Node {
  const clock = new ManualClock();
  const fences = new Fences(1000);
  const bus = new InvalidationBus();
  bus.subscribe((keys) => fences.raise(keys));
  const forget = (keys: readonly string[]): void => bus.publish(keys);
  const memory = new MemoryTier(cacheOptions, { clock, fences });
  const direct = new PostgresTokenLookup(store.data);
  const changes = new PostgresChangeLog({ database: store.admin, clock, forget });
  const options = { database: store.admin, changes, clock };
  const lookup = new TieredLookup(memory, between(direct));
  return {
    clock,
    fences,
    memory,
    lookup,
    find: async (hash) => lookup.find(hash, cacheOptions.staleForMs),
    direct,
    changes,
    organizations: new PostgresOrganizations(options),
    users: new PostgresUsers(options),
    authorizations: new PostgresAuthorizations(options),
    tokens: new PostgresTokens({ ...options, forget }),
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
  if (created.kind === 'conflict') throw new Error('the user is there already');
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
