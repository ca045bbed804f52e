import { joinAdminStores, type PostgresAdminStores } from '../../src/assembly/admin-stores.ts';
import { PostgresAuditLog } from '../../src/audit/postgres-audit-log.ts';
import type { Author } from '../../src/core/audit.ts';
import type { LinkedRow } from '../../src/core/audit-record.ts';
import { hashToken, lastFour, mintToken, type RawToken } from '../../src/core/token.ts';
import { BoundedDatabase } from '../../src/db/bounded-database.ts';
import { PostgresChangeLog } from '../../src/db/change-log.ts';
import { connect, type Sql } from '../../src/db/client.ts';
import type { Store } from '../../src/db/store.ts';
import { ManualClock } from '../tokens/fixture.ts';
import { auditWriter, testChain } from '../support/audit.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { onCleanup } from '../support/cleanup.ts';
import { secretKeyFixture } from '../support/secret-key.ts';

const author: Author = {
  userId: 'usr_author',
  actorId: 'usr_actor',
  tokenId: 'tok_author',
  organizationId: 'org_author',
  address: '192.0.2.1',
  requestId: 'req-1',
  via: 'api',
};

/** Stores that write in the author's name, and the log they write. */
export interface AuditWorld {
  readonly clock: ManualClock;
  readonly changes: PostgresChangeLog;
  readonly stores: PostgresAdminStores;
  readonly log: PostgresAuditLog;
  /** What somebody with a connection to the database does. */
  sql(task: (sql: Sql) => Promise<unknown>): Promise<unknown>;
  rows(organizationId: string): Promise<readonly LinkedRow[]>;
}

export function auditWorld(store: Pick<Store, 'admin'>, clock = new ManualClock()): AuditWorld {
  const database = store.admin;
  const changes = new PostgresChangeLog({ database, audit: auditWriter(clock), onChange: () => undefined });
  const log = new PostgresAuditLog(database, testChain);
  return {
    clock,
    changes,
    stores: joinAdminStores({ database, changes, clock, secretKey: secretKeyFixture() }).as(author),
    log,
    sql: (task) => database.query(task),
    rows: async (organizationId) => {
      const rows: LinkedRow[] = [];
      for await (const batch of log.batches({ organizationIds: [organizationId] })) rows.push(...batch);
      return rows;
    },
  };
}

let organizations = 0;

/** An organisation with so many rows in its log: its creation, and changes of its name. */
export async function organizationWithRows(world: AuditWorld, rows: number): Promise<string> {
  const slug = `audited-${++organizations}`;
  const created = await world.stores.organizations.create({ slug, name: 'Name 1' });
  if (created.kind !== 'created') throw new Error(`${slug} exists`);
  const { id } = created.item;
  for (let row = 2; row <= rows; row++) await world.stores.organizations.change(id, { name: `Name ${row}` });
  return id;
}

export async function userOf(world: AuditWorld, organizationId: string, username = 'ci'): Promise<string> {
  const user = { organizationId, kind: 'service', username, name: username, accessTokenType: 'bearer' } as const;
  const created = await world.stores.users.create(user);
  if (created.kind !== 'created') throw new Error(`${username} exists`);
  return created.item.id;
}

export interface AuditedToken {
  readonly id: string;
  readonly secret: RawToken;
}

export async function tokenOf(world: AuditWorld, userId: string, name: string): Promise<AuditedToken> {
  const secret = mintToken('wl', 'pat');
  const created = await world.stores.tokens.create({
    userId,
    name,
    scopes: ['device:read', 'device:write'],
    expiresAt: world.clock.now() + 86_400_000,
    hash: hashToken(secret),
    lastFour: lastFour(secret),
    createdBy: userId,
  });
  if (created.kind !== 'created') throw new Error(`${name} is taken`);
  return { id: created.item.id, secret };
}

/** A client of a Postgres that waits for as long as a crowd of writers on a busy machine needs. */
export function patientDatabase(url: string): BoundedDatabase {
  const database = new BoundedDatabase({
    connect: (maxConnections) => connect({ url }, { maxConnections, connectTimeoutMs: 10_000, statementTimeoutMs: 0 }),
    limits: { maxConnections: 8, waitersMax: 200, waitMs: 30_000, runMs: 30_000 },
    clock: systemClock,
  });
  onCleanup(() => database.close());
  return database;
}
