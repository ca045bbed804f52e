import type { Conflict, Created, Outdated } from '../admin-api/ports/changes.ts';
import type {
  NewToken,
  NotPossible,
  TokenAction,
  TokenFilter,
  TokenRotationWish,
  Tokens,
  TokenSort,
} from '../admin-api/ports/tokens.ts';
import type { Audit } from '../core/audit.ts';
import type { Page, Token } from '../core/directory.ts';
import type { ChangeLog, Database, MarkChanged, Transaction } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { PageRequest } from '../lib/keyset.ts';
import { insertToken } from './postgres-token-creation.ts';
import { applyAction, applyEdit, type TokenEdit } from './postgres-token-changes.ts';
import { countOutlived, type OutlivedTokens } from './postgres-outlived.ts';
import { bulkActions, changeMany, type BulkLimit } from './postgres-token-bulk.ts';
import { listTokens, newestFirst } from './postgres-token-list.ts';
import { applyRotation } from './postgres-token-rotation.ts';
import { storedToken, tokenColumns, tokenTables, type StoredToken } from './postgres-token-rows.ts';
import { isEnded, transition } from './token-transition.ts';

export interface TokensOptions {
  readonly database: Database;
  readonly changes: ChangeLog;
  readonly clock: Clock;
}

interface ChangedToken {
  readonly kind: 'changed';
  readonly token: Token;
}

interface ChangeContext {
  readonly nowMs: number;
  readonly changed: MarkChanged;
  readonly audit: Audit;
}

/** The tokens as the admin API creates and changes them. */
export class PostgresTokens implements Tokens {
  readonly #options: TokensOptions;

  constructor(options: TokensOptions) {
    this.#options = options;
  }

  create(input: NewToken): Promise<Created<Token> | Conflict> {
    const { changes, clock } = this.#options;
    return changes.transact((sql, changed, audit) => {
      changed('secret', input.hash);
      return insertToken(sql, input, { nowMs: clock.now(), audit });
    });
  }

  /** Revokes the owner's tokens of the same name and creates this one, all or nothing. */
  replace(input: NewToken): Promise<Created<Token> | Conflict> {
    const { changes, clock } = this.#options;
    const nowMs = clock.now();
    return changes.transact(async (sql, changed, audit) => {
      changed('secret', input.hash);
      const rows = await sql`
        SELECT ${tokenColumns(sql)} FROM ${tokenTables(sql)}
        WHERE t.user_id = ${input.userId} AND t.name = ${input.name} AND t.holds_name FOR UPDATE OF t`;
      for (const row of rows) {
        const stored = storedToken(row, nowMs);
        await applyAction(sql, stored, { action: 'revoke', changedBy: input.createdBy, nowMs, changed, audit });
      }
      return insertToken(sql, input, { nowMs, audit });
    });
  }

  /** Counts what a longest lifetime, in milliseconds, would take something of. */
  outlived(maxLifetimeMs: number): Promise<OutlivedTokens> {
    const { database, clock } = this.#options;
    return countOutlived(database, maxLifetimeMs, clock.now());
  }

  find(id: string): Promise<Token | undefined> {
    return this.#options.database.query(async (sql) => {
      const [row] = await sql`
        SELECT ${tokenColumns(sql)} FROM ${tokenTables(sql)}
        WHERE t.id = ${id} AND t.deleted_at IS NULL AND t.kind <> 'ses'`;
      return row && storedToken(row, this.#options.clock.now()).token;
    });
  }

  list(filter: TokenFilter, page: PageRequest, sort: TokenSort = newestFirst): Promise<Page<Token>> {
    const nowMs = this.#options.clock.now();
    return this.#options.database.query((sql) => listTokens(sql, { filter, page, sort }, nowMs));
  }

  edit(
    id: string,
    { version, ...edit }: TokenEdit & { readonly version?: number },
    changedBy: string,
  ): Promise<ChangedToken | NotPossible | Outdated | undefined> {
    return this.#change<ChangedToken | NotPossible | Outdated>(id, async (sql, stored, { nowMs, changed, audit }) => {
      if (isEnded(stored.token.state)) return { kind: 'not_possible', token: stored.token };
      if (version !== undefined && version !== stored.token.version) return { kind: 'outdated' };
      const token = await applyEdit(sql, stored, { edit, changedBy, nowMs, changed, audit });
      return { kind: 'changed', token };
    });
  }

  act(id: string, action: TokenAction, changedBy: string): Promise<ChangedToken | NotPossible | Conflict | undefined> {
    return this.#change<ChangedToken | NotPossible | Conflict>(id, async (sql, stored, { nowMs, changed, audit }) => {
      switch (transition(stored.token.state, action)) {
        case 'not_possible':
          return { kind: 'not_possible', token: stored.token };
        case 'nothing':
          // An earlier call may have done it without being able to say so, and caches must follow that one too.
          changed('token', id);
          return { kind: 'changed', token: stored.token };
        case 'change':
          return applyAction(sql, stored, { action, changedBy, nowMs, changed, audit });
      }
    });
  }

  rotate(
    id: string,
    { version, ...wish }: TokenRotationWish & { readonly version: number },
    changedBy: string,
  ): Promise<ChangedToken | NotPossible | Outdated | undefined> {
    return this.#change<ChangedToken | NotPossible | Outdated>(id, async (sql, stored, context) => {
      if (isEnded(stored.token.state)) return { kind: 'not_possible', token: stored.token };
      if (stored.token.version !== version) return { kind: 'outdated' };
      return { kind: 'changed', token: await applyRotation(sql, stored, { ...context, wish, changedBy }) };
    });
  }

  expireAll(filter: TokenFilter, limit: BulkLimit, changedBy: string): ReturnType<Tokens['expireAll']> {
    return this.#changeMany('expire', { filter, ...limit }, changedBy);
  }

  prune(filter: TokenFilter, limit: BulkLimit, changedBy: string): ReturnType<Tokens['prune']> {
    return this.#changeMany('prune', { filter, ...limit }, changedBy);
  }

  #changeMany(
    action: keyof typeof bulkActions,
    choice: BulkLimit & { readonly filter: TokenFilter },
    changedBy: string,
  ): ReturnType<Tokens['expireAll']> {
    const { clock, ...options } = this.#options;
    return changeMany({ ...options, nowMs: clock.now() }, bulkActions[action], choice, changedBy);
  }

  /** Runs `task` with the token locked. @returns undefined when there is none of that id */
  #change<Outcome>(
    id: string,
    task: (sql: Transaction, stored: StoredToken, context: ChangeContext) => Promise<Outcome>,
  ): Promise<Outcome | undefined> {
    const { changes, clock } = this.#options;
    const nowMs = clock.now();
    return changes.transact(async (sql, changed, audit) => {
      const [row] = await sql`
        SELECT ${tokenColumns(sql)} FROM ${tokenTables(sql)}
        WHERE t.id = ${id} AND t.deleted_at IS NULL AND t.kind <> 'ses' FOR UPDATE OF t`;
      return row && task(sql, storedToken(row, nowMs), { nowMs, changed, audit });
    });
  }
}
