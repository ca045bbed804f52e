import { StoreUnavailable } from '../core/store-unavailable.ts';
import { systemClock } from '../lib/clock.ts';
import { connect, type Address, type Sql } from './client.ts';
import { BoundedDatabase, type DatabaseLimits } from './bounded-database.ts';
import { connectEmbedded, openEmbedded, type EmbeddedStore } from './embedded.ts';
import { isStoreFailure, messageOf } from './failure.ts';
import { migrate } from './migrate.ts';
import { probe } from './probe.ts';
import { StoreSetupError } from './setup-error.ts';

/** Where the data is: a Postgres, or the embedded store of a directory. */
export type StoreLocation = { readonly url: string } | { readonly dataDir: string };

export interface StoreOptions {
  /** `serve` owns the embedded store; a command reaches it through a running `serve`, or opens it meanwhile. */
  readonly role: 'serve' | 'command';
  /** Told when the calls of a pool begin to be refused, with the reason, and when the database is there again. */
  readonly onOutage?: (reason: StoreUnavailable | undefined, pool: StorePool) => void;
  /** Told when the thread of the embedded store has ended by itself; nothing but a restart helps. */
  readonly onLost?: (reason: Error) => void;
}

/** Requests, the admin API, and what nodes tell each other have pools of their own, so that none starves another. */
export type StorePool = 'data' | 'admin' | 'log';

/** The open store. The embedded one has one connection, which all pools share. */
export interface Store extends Readonly<Record<StorePool, BoundedDatabase>> {
  readonly kind: 'postgres' | 'embedded';
  /** Makes a client for a connection that listens; undefined for the embedded store, which tells nobody. */
  readonly listenerClient: (() => Sql) | undefined;
  close(): Promise<void>;
}

/** A call has a second in all; the server gives a statement up shortly before the caller does. */
const postgresLimits: DatabaseLimits = { maxConnections: 10, waitersMax: 200, waitMs: 250, runMs: 750 };
const postgresStatementTimeoutMs = 700;
const logLimits: DatabaseLimits = { ...postgresLimits, maxConnections: 2 };
/** Changes of one organisation wait for each other, and an admin rather waits than tries again. */
const adminLimits: DatabaseLimits = { ...postgresLimits, waitMs: 2000 };

/**
 * The embedded store has one back end, which every call waits for in turn, a list or a migration of a command beside
 * it included, and it shares this machine's processors with the program. So it gets five seconds.
 */
const embeddedLimits: DatabaseLimits = { maxConnections: 1, waitersMax: 200, waitMs: 2500, runMs: 2500 };

/** Whoever types a command rather waits than tries again. */
const commandLimits: DatabaseLimits = { maxConnections: 1, waitersMax: 200, waitMs: 5000, runMs: 10_000 };
const commandStatementTimeoutMs = 9000;

const clientOptions = { connectTimeoutMs: 2000 };
/** Nobody waits for an answer yet, and migrations take their time. */
const setupClientOptions = { maxConnections: 1, connectTimeoutMs: 10_000, statementTimeoutMs: 0 };

/**
 * Opens the store and brings its schema up to date.
 * @throws StoreSetupError with a sentence for whoever starts the program
 */
export async function openStore(location: StoreLocation, options: StoreOptions): Promise<Store> {
  const reached = await reachStore(location, options);
  try {
    await withSetupClient(reached.address, (sql) => migrate(sql));
  } catch (error) {
    await reached.close();
    throw error;
  }
  const embedded = 'dataDir' in location;
  const isCommand = options.role === 'command';
  const statementTimeoutMs = isCommand ? commandStatementTimeoutMs : postgresStatementTimeoutMs;
  const connectTo = (maxConnections: number, plansAnew = false): Sql =>
    connect(reached.address, { ...clientOptions, statementTimeoutMs, maxConnections, plansAnew });
  const open = (pool: StorePool, limits: DatabaseLimits): BoundedDatabase =>
    new BoundedDatabase({
      // Its lists look for what is rare and for what is common, and no one plan is good for both.
      connect: (maxConnections) => connectTo(maxConnections, pool === 'admin'),
      limits: isCommand ? commandLimits : limits,
      clock: systemClock,
      onOutage: (reason) => options.onOutage?.(reason, pool),
    });
  const data = open('data', embedded ? embeddedLimits : postgresLimits);
  const admin = embedded ? data : open('admin', adminLimits);
  const log = embedded ? data : open('log', logLimits);
  if (!isCommand && !embedded) await data.warm();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([data.close(), admin.close(), log.close()]);
    await reached.close();
  };
  return {
    kind: embedded ? 'embedded' : 'postgres',
    data,
    admin,
    log,
    listenerClient: embedded ? undefined : () => connectTo(1),
    close: () => (closing ??= close()),
  };
}

/**
 * Runs `task` with a plain client that knows no deadline, for `wayleave migrate`, and changes nothing by itself.
 * @throws StoreSetupError when the store cannot be reached
 */
export async function withStore<T>(location: StoreLocation, task: (sql: Sql) => Promise<T>): Promise<T> {
  const reached = await reachStore(location, { role: 'command' });
  try {
    return await withSetupClient(reached.address, task);
  } finally {
    await reached.close();
  }
}

function reachStore(location: StoreLocation, options: StoreOptions): Promise<EmbeddedStore> {
  if ('url' in location) return Promise.resolve({ address: checkedUrl(location.url), close: () => Promise.resolve() });
  if (options.role === 'command') return connectEmbedded(location.dataDir);
  return openEmbedded(location.dataDir, options.onLost ?? (() => undefined));
}

async function withSetupClient<T>(address: Address, task: (sql: Sql) => Promise<T>): Promise<T> {
  // What takes connections and is no Postgres would be tried for ever.
  const failure = await probe(() => connect(address, setupClientOptions), setupClientOptions.connectTimeoutMs);
  if (failure !== undefined) throw asSetupError(address, failure);
  const sql = connect(address, setupClientOptions);
  try {
    return await task(sql);
  } catch (error) {
    throw asSetupError(address, error);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function asSetupError(address: Address, error: unknown): unknown {
  if (!isStoreFailure(error) && !(error instanceof StoreUnavailable)) return error;
  const advice = 'url' in address ? ' See that it runs there and takes this user, or correct the address.' : '';
  return new StoreSetupError(`${nameOf(address)} cannot be used: ${messageOf(error)}.${advice}`, { cause: error });
}

function checkedUrl(url: string): Address {
  if (parsedUrl(url) !== undefined) return { url };
  throw new StoreSetupError(
    'store.postgres (DATABASE_URL) is not the address of a Postgres. It looks like ' +
      'postgres://user:password@host:5432/database; special characters in the password are written percent-encoded.',
  );
}

/** The address as it may be shown: without the password. */
function nameOf(address: Address): string {
  if ('socketPath' in address) return `The embedded store behind ${address.socketPath}`;
  const url = parsedUrl(address.url);
  if (url === undefined) return 'The Postgres of store.postgres (DATABASE_URL)';
  const user = url.username === '' ? '' : `${url.username}@`;
  return `The Postgres of store.postgres (DATABASE_URL), ${user}${url.hostname}:${url.port || '5432'}${url.pathname},`;
}

/** A connection URL may name several hosts, which no other URL does; they count by the first. */
function parsedUrl(text: string): URL | undefined {
  const ofOneHost = text.replace(/^(postgres(?:ql)?:\/\/(?:[^/@]*@)?[^/,]*),[^/]*/, '$1');
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(ofOneHost) ? new URL(ofOneHost) : undefined;
}
