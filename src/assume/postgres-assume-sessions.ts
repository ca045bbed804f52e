import type { AssumeSessionFilter, AssumeSessions } from '../admin-api/ports/assume.ts';
import type { AssumeSession } from '../core/assume.ts';
import type { Page } from '../core/directory.ts';
import type { TokenHash } from '../core/token.ts';
import type { Fragment, Queryable } from '../db/client.ts';
import { idBefore, pageOf, type PageRequest } from '../lib/keyset.ts';
import { text } from '../lib/row.ts';
import type { AssumeStoreOptions } from './postgres-assume-tokens.ts';
import { endSessions } from './postgres-session-end.ts';
import { sessionColumns, sessionTables } from './postgres-session-rows.ts';
import { assumeSessionOf } from './rows.ts';

/** The sessions in the database. */
export class PostgresAssumeSessions implements AssumeSessions {
  readonly #options: AssumeStoreOptions;

  constructor(options: AssumeStoreOptions) {
    this.#options = options;
  }

  find(id: string): Promise<AssumeSession | undefined> {
    return this.#options.database.query((sql) => findSession(sql, id));
  }

  list(filter: AssumeSessionFilter, page: PageRequest): Promise<Page<AssumeSession>> {
    return this.#options.database.query(async (sql) => {
      const rows = await sql`
        SELECT ${sessionColumns(sql)} FROM ${sessionTables(sql)}
        WHERE s.id < ${idBefore(page)} ${matching(sql, filter)}
        ORDER BY s.id DESC LIMIT ${page.limit + 1}`;
      return pageOf(rows.map(assumeSessionOf), page.limit);
    });
  }

  openHash(id: string, actorTokenId: string): Promise<TokenHash | undefined> {
    return this.#options.database.query(async (sql) => {
      const [row] = await sql`
        SELECT secret.hash FROM assume_sessions s JOIN token_secrets secret ON secret.token_id = s.id
        WHERE s.id = ${id} AND s.actor_token_id = ${actorTokenId} AND s.ended_at IS NULL`;
      return row && (text(row, 'hash') as TokenHash);
    });
  }

  end(id: string, { userId, as }: { readonly userId: string; readonly as: 'actor' | 'admin' }) {
    const { changes, clock } = this.#options;
    const nowMs = clock.now();
    return changes.transact(async (sql, changed, audit) => {
      await endSessions(sql, sql`s.id = ${id}`, { why: as, by: userId, nowMs, changed, audit });
      const session = await findSession(sql, id);
      // An earlier call may have ended it without being able to say so, and caches must follow that one too.
      if (session !== undefined) changed('token', id);
      return session;
    });
  }
}

async function findSession(sql: Queryable, id: string): Promise<AssumeSession | undefined> {
  const [row] = await sql`SELECT ${sessionColumns(sql)} FROM ${sessionTables(sql)} WHERE s.id = ${id}`;
  return row && assumeSessionOf(row);
}

function matching(sql: Queryable, { organizationId, actorId, assumeTokenId, state }: AssumeSessionFilter): Fragment {
  return sql`
    ${organizationId === undefined ? sql`` : sql`AND s.organization_id = ${organizationId}`}
    ${actorId === undefined ? sql`` : sql`AND s.actor_id = ${actorId}`}
    ${assumeTokenId === undefined ? sql`` : sql`AND s.assume_token_id = ${assumeTokenId}`}
    ${state === undefined ? sql`` : state === 'open' ? sql`AND s.ended_at IS NULL` : sql`AND s.ended_at IS NOT NULL`}`;
}
