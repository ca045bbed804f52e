import type { Conflict, Created } from '../admin-api/ports/changes.ts';
import type { ConsoleSession, NewSession } from '../admin-api/ports/console-sessions.ts';
import type {
  ClosedEnrolment,
  Enrolment,
  Enrolments,
  EnrolmentState,
  NewEnrolment,
} from '../admin-api/ports/directory.ts';
import type { NewToken } from '../admin-api/ports/tokens.ts';
import type { Audit } from '../core/audit.ts';
import type { Token } from '../core/directory.ts';
import { builtInProject } from '../core/scope.ts';
import type { TokenHash } from '../core/token.ts';
import type { Transaction } from '../db/client.ts';
import { newId } from '../lib/ids.ts';
import { instant, text, textOrNull, texts, type Row } from '../lib/row.ts';
import { insertSession } from './postgres-console-sessions.ts';
import { insertToken } from './postgres-token-creation.ts';
import type { TokensOptions } from './postgres-tokens.ts';

/** The codes that give people their first credential. */
export class PostgresEnrolments implements Enrolments {
  readonly #options: TokensOptions;

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  create(input: NewEnrolment): Promise<{ kind: 'created' } | undefined> {
    const { changes, clock } = this.#options;
    const { organizationId, userId } = input;
    const at = new Date(clock.now());
    const expiresAt = new Date(input.expiresAt);
    return changes.transact(async (sql, _, audit) => {
      const [person] = await sql`
        SELECT username, email FROM users
        WHERE id = ${userId} AND organization_id = ${organizationId} AND kind = 'human' AND deleted_at IS NULL FOR UPDATE`;
      if (person === undefined) return undefined;
      const verified = input.verifiesEmail ? textOrNull(person, 'email') : null;
      await sql`
        UPDATE enrolments SET ended_at = ${at} WHERE user_id = ${userId} AND used_at IS NULL AND ended_at IS NULL`;
      // Whoever holds an earlier code may have used it; a new one is also how an admin shuts that person out.
      await sql`DELETE FROM console_sessions WHERE user_id = ${userId} AND secret_hash IS NULL`;
      const id = newId('enr', at.getTime());
      await sql`
        INSERT INTO enrolments (
          id, hash, organization_id, user_id, verifies_email, roles, created_at, created_by, expires_at)
        VALUES (
          ${id}, ${input.hash}, ${organizationId}, ${userId}, ${verified}, ${builtInRolesOf(input.roles)}::text[],
          ${at}, ${input.createdBy}, ${expiresAt})`;
      audit({
        organizationId,
        action: 'user.enrolment',
        target: { kind: 'user', id: userId, name: text(person, 'username') },
        before: null,
        after: { enrolment: id, expires_at: expiresAt.toISOString(), verifies_email: verified },
      });
      return { kind: 'created' };
    });
  }

  find(hash: TokenHash): Promise<Enrolment | undefined> {
    return this.#options.database.query(async (sql) => {
      const [row] = await sql`SELECT user_id, used_at, ended_at, expires_at FROM enrolments WHERE hash = ${hash}`;
      return row && { userId: text(row, 'user_id'), state: stateOf(row, this.#options.clock.now()) };
    });
  }

  redeem(hash: TokenHash, token: NewToken): Promise<Created<Token> | Conflict | ClosedEnrolment | undefined> {
    const { changes, clock } = this.#options;
    const nowMs = clock.now();
    return changes.transact<Created<Token> | Conflict | ClosedEnrolment | undefined>(async (sql, changed, audit) => {
      const opened = await open(sql, hash, token.userId, nowMs);
      if (opened?.kind !== 'open') return opened;
      const outcome = await insertToken(sql, token, { nowMs, audit });
      if (outcome.kind === 'conflict') return outcome;
      changed('secret', token.hash);
      changed('user', token.userId);
      const made = { userId: token.userId, username: outcome.item.username, after: { token: outcome.item.id } };
      await useUp(sql, opened.row, { ...made, nowMs, audit });
      return outcome;
    });
  }

  signIn(hash: TokenHash, session: NewSession): Promise<Created<ConsoleSession> | ClosedEnrolment | undefined> {
    const { changes, clock } = this.#options;
    const nowMs = clock.now();
    return changes.transact<Created<ConsoleSession> | ClosedEnrolment | undefined>(async (sql, changed, audit) => {
      const opened = await open(sql, hash, session.userId, nowMs);
      if (opened?.kind !== 'open') return opened;
      const item = await insertSession(sql, session, { nowMs, audit });
      changed('user', session.userId);
      const made = { userId: session.userId, username: session.username, after: { console_session: item.id } };
      await useUp(sql, opened.row, { ...made, nowMs, audit });
      return { kind: 'created', item };
    });
  }
}

/** Locks a code and its person, and says whether it may be used. */
async function open(
  sql: Transaction,
  hash: TokenHash,
  userId: string,
  nowMs: number,
): Promise<{ readonly kind: 'open'; readonly row: Row } | ClosedEnrolment | undefined> {
  // The person first, as whatever ends a code does it, or the two could wait for each other.
  await sql`SELECT id FROM users WHERE id = ${userId} FOR UPDATE`;
  const [row] = await sql`SELECT * FROM enrolments WHERE hash = ${hash} AND user_id = ${userId} FOR UPDATE`;
  if (row === undefined) return undefined;
  const state = stateOf(row, nowMs);
  if (state !== 'open') return { kind: 'closed', state };
  if (await hasMoreThan(sql, userId, texts(row, 'roles'))) return { kind: 'closed', state: 'replaced' };
  return { kind: 'open', row };
}

interface Use {
  readonly userId: string;
  readonly username: string;
  /** What it was used for, as the audit log tells it. */
  readonly after: Readonly<Record<string, string>>;
  readonly nowMs: number;
  readonly audit: Audit;
}

/** Marks a code as used, and the e-mail address it went to as the person's, unless that has been changed meanwhile. */
async function useUp(sql: Transaction, enrolment: Row, use: Use): Promise<void> {
  const { userId, nowMs } = use;
  const id = text(enrolment, 'id');
  const email = textOrNull(enrolment, 'verifies_email');
  await sql`UPDATE enrolments SET used_at = ${new Date(nowMs)} WHERE id = ${id}`;
  const verified = await sql`
    UPDATE users SET email_verified = true, changed_at = ${new Date(nowMs)}
    WHERE id = ${userId} AND email = ${email} AND NOT email_verified`;
  use.audit({
    organizationId: text(enrolment, 'organization_id'),
    action: 'user.enrol',
    target: { kind: 'user', id: userId, name: use.username },
    before: null,
    after: { enrolment: id, ...use.after, email_verified: verified.count > 0 },
  });
}

/** Roles of the built-in project, without its name. */
function builtInRolesOf(roles: readonly string[]): string[] {
  const prefix = `${builtInProject}/`;
  return roles.filter((role) => role.startsWith(prefix)).map((role) => role.slice(prefix.length));
}

/**
 * Says whether a person has a `wayleave` role that is not among `roles`. Whoever makes a code is judged by the roles of
 * that moment; with the person locked, none is granted between this answer and the commit.
 */
async function hasMoreThan(sql: Transaction, userId: string, roles: readonly string[]): Promise<boolean> {
  const [more] = await sql`
    SELECT id FROM authorizations
    WHERE user_id = ${userId} AND project = ${builtInProject} AND NOT roles <@ ${['member', ...roles]}::text[]`;
  return more !== undefined;
}

function stateOf(row: Row, nowMs: number): EnrolmentState {
  if (row['used_at'] !== null) return 'used';
  if (row['ended_at'] !== null) return 'replaced';
  return instant(row, 'expires_at') <= nowMs ? 'expired' : 'open';
}
