import type { Conflict, Created, NewToken, NotPossible, TokenAction, TokenFilter, Tokens } from '../admin-api/ports.ts';
import type { Page, Token } from '../core/directory.ts';
import type { ChangeLog, Database, MarkChanged, Transaction } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { idBefore, pageOf, type PageRequest } from '../lib/keyset.ts';
import { insertToken } from './postgres-token-creation.ts';
import { applyAction, applyEdit, type TokenEdit } from './postgres-token-changes.ts';
import { matching } from './postgres-token-filter.ts';
import { storedToken, tokenColumns, type StoredToken } from './postgres-token-rows.ts';
import { isEnded, transition } from './token-transition.ts';

export interface TokensOptions {
  readonly database: Database;
  readonly changes: ChangeLog;
  readonly clock: Clock;
  /** Makes the caches of this node forget that a hash was not known. */
  readonly forget: (hashes: readonly string[]) => void;
}

interface ChangedToken {
  readonly kind: 'changed';
  readonly token: Token;
}

/** The tokens as the admin API creates and changes them. */
export class PostgresTokens implements Tokens {
  readonly #options: TokensOptions;

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  async create(input: NewToken): Promise<Created<Token> | Conflict> {
    const { database, clock, forget } = this.#options;
    try {
      return await database.transaction((sql) => insertToken(sql, input, clock.now()));
    } finally {
      forget([input.hash]);
    }
  }

  /** Revokes the owner's tokens of the same name and creates this one, all or nothing. */
  async replace(input: NewToken): Promise<Created<Token> | Conflict> {
    const { changes, clock, forget } = this.#options;
    const nowMs = clock.now();
    try {
      return await changes.transact(async (sql, changed) => {
        const rows = await sql`
          SELECT ${tokenColumns(sql)} FROM tokens t JOIN users u ON u.id = t.user_id
          WHERE t.user_id = ${input.userId} AND t.name = ${input.name} AND t.holds_name FOR UPDATE OF t`;
        for (const row of rows) {
          const stored = storedToken(row, nowMs);
          await applyAction(sql, stored, { action: 'revoke', changedBy: input.createdBy, nowMs, changed });
        }
        return insertToken(sql, input, nowMs);
      });
    } finally {
      forget([input.hash]);
    }
  }

  find(id: string): Promise<Token | undefined> {
    return this.#options.database.query(async (sql) => {
      const [row] = await sql`
        SELECT ${tokenColumns(sql)} FROM tokens t JOIN users u ON u.id = t.user_id
        WHERE t.id = ${id} AND t.deleted_at IS NULL`;
      return row && storedToken(row, this.#options.clock.now()).token;
    });
  }

  list(filter: TokenFilter, page: PageRequest): Promise<Page<Token>> {
    const nowMs = this.#options.clock.now();
    return this.#options.database.query(async (sql) => {
      const rows = await sql`
        SELECT ${tokenColumns(sql)} FROM tokens t JOIN users u ON u.id = t.user_id
        WHERE t.deleted_at IS NULL AND t.id < ${idBefore(page)} ${matching(sql, filter, nowMs)}
        ORDER BY t.id DESC LIMIT ${page.limit + 1}`;
      return pageOf(
        rows.map((row) => storedToken(row, nowMs).token),
        page.limit,
      );
    });
  }

  edit(id: string, edit: TokenEdit, changedBy: string): Promise<ChangedToken | NotPossible | undefined> {
    return this.#change(id, async (sql, stored, { nowMs, changed }) => {
      if (isEnded(stored.token.state)) return { kind: 'not_possible', token: stored.token };
      const token = await applyEdit(sql, stored, { edit, changedBy, nowMs, changed });
      return { kind: 'changed', token };
    });
  }

  act(id: string, action: TokenAction, changedBy: string): Promise<ChangedToken | NotPossible | Conflict | undefined> {
    return this.#change<ChangedToken | NotPossible | Conflict>(id, async (sql, stored, { nowMs, changed }) => {
      switch (transition(stored.token.state, action)) {
        case 'not_possible':
          return { kind: 'not_possible', token: stored.token };
        case 'nothing':
          // An earlier call may have done it without being able to say so, and caches must follow that one too.
          changed('token', id);
          return { kind: 'changed', token: stored.token };
        case 'change':
          return applyAction(sql, stored, { action, changedBy, nowMs, changed });
      }
    });
  }

  /** Runs `task` with the token locked. @returns undefined when there is none of that id */
  #change<Outcome>(
    id: string,
    task: (sql: Transaction, stored: StoredToken, context: { nowMs: number; changed: MarkChanged }) => Promise<Outcome>,
  ): Promise<Outcome | undefined> {
    const { changes, clock } = this.#options;
    const nowMs = clock.now();
    return changes.transact(async (sql, changed) => {
      const [row] = await sql`
        SELECT ${tokenColumns(sql)} FROM tokens t JOIN users u ON u.id = t.user_id
        WHERE t.id = ${id} AND t.deleted_at IS NULL FOR UPDATE OF t`;
      return row && task(sql, storedToken(row, nowMs), { nowMs, changed });
    });
  }
}
