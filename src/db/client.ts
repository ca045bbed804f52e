import postgres from 'postgres';
import type { Audit, AuditEvent, Author } from '../core/audit.ts';
import { readTextArray, writeTextArray } from './text-array.ts';

/** A pool of connections; a query is `` sql`select …` ``. */
export type Sql = postgres.Sql;

/** What queries of one transaction go through. */
export type Transaction = postgres.TransactionSql;

/** Either of the two, for statements that may run inside or outside of a transaction. */
export type Queryable = postgres.ISql;

/** The database within limits: a call ends by its deadline. Every method throws StoreUnavailable for want of it. */
export interface Database {
  /** Runs one statement, or several that need not be one. */
  query<T>(task: (sql: Sql) => Promise<T>): Promise<T>;
  /** Runs `task` in one transaction; whatever it throws undoes it. */
  transaction<T>(task: (sql: Transaction) => Promise<T>): Promise<T>;
}

/** What nodes hold records about; a `secret` is new, and caches may know its hash as unknown. */
export type ChangedKind = 'token' | 'user' | 'organization' | 'secret' | 'signing_key' | 'assume_token' | 'question';

/** Marks something as changed in a transaction, by its id, or a new secret by its hash. */
export type MarkChanged = (kind: ChangedKind, id: string) => void;

/** Changes that caches must follow, and that the audit log tells of. */
export interface ChangeLog {
  /**
   * Runs `task` in one transaction, which commits with what it marked as changed and the audit rows of the events it
   * told of; afterwards this node's caches have forgotten what changed. Throws StoreUnavailable, AuditUnavailable, and
   * whatever `task` throws; then nothing is changed.
   */
  transact<T>(task: (sql: Transaction, changed: MarkChanged, audit: Audit) => Promise<T>): Promise<T>;
  /** The same log, written in that author's name. */
  as(author: Author): ChangeLog;
}

/** Writes audit rows at the end of the transaction of a change. */
export interface AuditWriter {
  write(sql: Transaction, events: readonly AuditEvent[], author: Author): Promise<void>;
}

/** A row of the log as its writer knows it. */
export interface LoggedRow {
  readonly number: number;
  /** The id of what changed; the hash of a new secret. */
  readonly key: string;
  /** The hashes of a changed token's secrets. */
  readonly hashes: readonly string[];
}

/** What a transaction changed. */
export type LoggedChange =
  | { readonly kind: 'committed'; readonly rows: readonly LoggedRow[] }
  /** It failed, and may have been committed all the same. */
  | { readonly kind: 'doubtful'; readonly keys: readonly string[] };

/** A piece of a statement, to be put into another one. */
export type Fragment = postgres.Fragment;

/** Where the database is: a connection URL, or the Unix socket of the embedded store. */
export type Address = { readonly url: string } | { readonly socketPath: string };

export interface ClientOptions {
  readonly maxConnections: number;
  /** After this time without a session the attempt to connect fails. */
  readonly connectTimeoutMs: number;
  /** After this time the server itself gives a statement up, and a transaction in which nothing happens. 0: never. */
  readonly statementTimeoutMs: number;
  /** Every statement is planned for its own values; else the server may come to use one plan for all. */
  readonly plansAnew?: boolean;
}

/**
 * Makes a client of postgres.js; nothing is connected before the first query. Its own waiting is without bound, so
 * only `BoundedDatabase` (and the migrations, which may take long) use it directly.
 */
export function connect(address: Address, options: ClientOptions): Sql {
  const common = {
    max: options.maxConnections,
    connect_timeout: options.connectTimeoutMs / 1000,
    // Waiting before a new attempt is BoundedDatabase's business.
    backoff: () => 0,
    // It would ask each new connection for the types of the database, and when that connection is lost meanwhile, leave
    // a rejection behind that nobody handles, which ends the process (3.4.9).
    fetch_types: false,
    types,
    onnotice: () => undefined,
  };
  if ('socketPath' in address) {
    // PGlite has no timers, so it knows no statement timeout either.
    return postgres({ ...common, path: address.socketPath, user: 'postgres', database: 'postgres', ssl: false });
  }
  return postgres(address.url, { ...common, connection: serverSettings(options) });
}

/** Types of the schema that postgres.js does not know by itself. */
const types: Record<string, postgres.PostgresType> = {
  textArray: { to: 1009, from: [1009], serialize: writeTextArray, parse: readTextArray },
};

function serverSettings({ statementTimeoutMs, plansAnew }: ClientOptions): Partial<postgres.ConnectionParameters> {
  const settings = {
    application_name: 'wayleave',
    TimeZone: 'UTC',
    ...(plansAnew === true && { plan_cache_mode: 'force_custom_plan' }),
  };
  if (statementTimeoutMs === 0) return settings;
  return {
    ...settings,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
  };
}
