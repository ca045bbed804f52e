import type { ConsoleSession, ConsoleSessions, NewSession } from '../admin-api/ports/console-sessions.ts';
import type { Audit, AuditEvent } from '../core/audit.ts';
import type { TokenHash } from '../core/token.ts';
import type { Transaction } from '../db/client.ts';
import { newId } from '../lib/ids.ts';
import { instant, text, textOrNull, type Row } from '../lib/row.ts';
import type { TokensOptions } from './postgres-tokens.ts';

/** How many sessions a user may have; whoever starts more loses the oldest. */
const perUserMax = 20;

/** Who is signed in to the console. They are read from the database with every call, so ending one needs no receipt. */
export class PostgresConsoleSessions implements ConsoleSessions {
  readonly #options: TokensOptions;

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  start(input: NewSession): Promise<ConsoleSession> {
    const { changes, clock } = this.#options;
    return changes.transact((sql, _, audit) => insertSession(sql, input, { nowMs: clock.now(), audit }));
  }

  find(cookies: readonly string[], pageKey: string): Promise<ConsoleSession | undefined> {
    return this.#options.database.query(async (sql) => {
      const [row] = await sql`
        SELECT * FROM console_sessions WHERE cookie_hash = ANY(${cookies}::text[]) AND page_key_hash = ${pageKey}`;
      return row && sessionOf(row);
    });
  }

  touch(id: string): Promise<void> {
    const at = new Date(this.#options.clock.now());
    return this.#options.database.query(async (sql) => {
      await sql`UPDATE console_sessions SET last_used_at = greatest(last_used_at, ${at}) WHERE id = ${id}`;
    });
  }

  end(session: ConsoleSession, username?: string): Promise<void> {
    return this.#options.changes.transact(async (sql, _, audit) => {
      const gone = await sql`DELETE FROM console_sessions WHERE id = ${session.id}`;
      if (gone.count > 0 && username !== undefined) audit(eventOf('console_session.end', session, username));
    });
  }
}

/** Adds a session in the transaction of whatever else belongs to it. */
export async function insertSession(
  sql: Transaction,
  { organizationId, userId, username, credential, hashes, endsAt }: NewSession,
  { nowMs, audit }: { readonly nowMs: number; readonly audit: Audit },
): Promise<ConsoleSession> {
  const at = new Date(nowMs);
  const columns = {
    id: newId('con', nowMs),
    cookie_hash: hashes.cookie,
    page_key_hash: hashes.pageKey,
    organization_id: organizationId,
    user_id: userId,
    secret_hash: credential.kind === 'token' ? credential.hash : null,
    created_at: at,
    last_used_at: at,
    ends_at: new Date(endsAt),
  };
  const [row] = await sql`INSERT INTO console_sessions ${sql(columns)} RETURNING *`;
  await sql`
    DELETE FROM console_sessions WHERE ends_at <= ${at} OR id IN (
      SELECT id FROM console_sessions WHERE user_id = ${userId} ORDER BY created_at DESC, id DESC OFFSET ${perUserMax})`;
  const session = sessionOf(row ?? {});
  audit(eventOf('console_session.start', session, username));
  return session;
}

function eventOf(
  action: 'console_session.start' | 'console_session.end',
  { id, organizationId, userId, credential, endsAt }: ConsoleSession,
  username: string,
): AuditEvent {
  const facts = {
    user: userId,
    with: credential.kind === 'token' ? 'token' : 'enrolment code',
    ends_at: new Date(endsAt).toISOString(),
  };
  const isStart = action === 'console_session.start';
  return {
    organizationId,
    action,
    target: { kind: 'console_session', id, name: username },
    before: isStart ? null : facts,
    after: isStart ? facts : null,
  };
}

function sessionOf(row: Row): ConsoleSession {
  const hash = textOrNull(row, 'secret_hash');
  return {
    id: text(row, 'id'),
    organizationId: text(row, 'organization_id'),
    userId: text(row, 'user_id'),
    credential: hash === null ? { kind: 'person' } : { kind: 'token', hash: hash as TokenHash },
    createdAt: instant(row, 'created_at'),
    lastUsedAt: instant(row, 'last_used_at'),
    endsAt: instant(row, 'ends_at'),
  };
}
