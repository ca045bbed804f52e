import { StoreUnavailable } from '../core/store-unavailable.ts';
import { Breaker } from '../lib/breaker.ts';
import type { Clock } from '../lib/clock.ts';
import type { Database, Sql, Transaction } from './client.ts';
import { asStoreUnavailable, messageOf, sessionIsLost } from './failure.ts';
import { Permits } from './permits.ts';
import { probe } from './probe.ts';
import { runTransaction, type Call } from './transaction.ts';

export interface DatabaseLimits {
  readonly maxConnections: number;
  /** How many calls may wait for a connection; one more is refused at once. */
  readonly waitersMax: number;
  /** How long a call waits for a connection. Together with `runMs` it is the deadline of a call. */
  readonly waitMs: number;
  /** How long a call may use its connection. */
  readonly runMs: number;
}

export interface DatabaseOptions {
  /** Makes a client; called again whenever the one before is given up. */
  readonly connect: (maxConnections: number) => Sql;
  readonly limits: DatabaseLimits;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Told when the database is taken for lost, with the reason, and when it is there again. */
  readonly onOutage?: (reason: StoreUnavailable | undefined) => void;
}

interface Pool {
  readonly sql: Sql;
  readonly permits: Permits;
}

/** While the database is there, a check must be quick; while it is not, the check itself waits for its return. */
const firstProbeMs = 250;
const laterProbeMs = 2000;
const probePauseMs = 100;
/** As many calls may fail in a row; then one a second tries. */
const breakerFailuresMax = 5;
const breakerOpenMs = 1000;
/** What a client that is given up may still finish. */
const drainSeconds = 1;
const partsOfDeadline = 10;

/**
 * The database within limits: every call ends by its deadline, and while the database is known to be lost, at once.
 * A call that fails for want of the database throws StoreUnavailable; faults of a statement stay what they are.
 *
 * A call that runs out of time has met either a slow statement, which the server ends by itself (statement_timeout),
 * or a server that is silent. Its client is given up, because postgres.js cannot give up one connection, and a probe
 * on a connection of its own finds out which it was. Where the server is there and calls fail one after another all the
 * same, the breaker refuses them at once and lets one try every second.
 */
export class BoundedDatabase implements Database {
  readonly #options: DatabaseOptions;
  readonly #breaker: Breaker;
  #pool: Pool;
  #outage: StoreUnavailable | undefined;
  #checking = false;
  #closed = false;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#breaker = new Breaker({ clock: options.clock, failuresMax: breakerFailuresMax, openMs: breakerOpenMs });
    this.#pool = this.#newPool();
  }

  /** Why every call is refused at the moment; undefined while the database is there. */
  get outage(): StoreUnavailable | undefined {
    return this.#outage;
  }

  /** Opens the connections ahead of the first calls, which would wait for them all at once. A failure is theirs to meet. */
  async warm(): Promise<void> {
    const { maxConnections } = this.#options.limits;
    const calls = Array.from({ length: maxConnections }, () => this.query((sql) => sql`SELECT pg_sleep(0.01)`));
    await Promise.allSettled(calls);
  }

  query<T>(task: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#call((sql) => task(sql));
  }

  transaction<T>(task: (sql: Transaction) => Promise<T>): Promise<T> {
    return this.#call((sql, call) => runTransaction(sql, call, task));
  }

  /** Lets calls under way finish, for at most a second, and closes the connections. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#outage = new StoreUnavailable('the database is closed');
    this.#pool.permits.dismissAll();
    await this.#pool.sql.end({ timeout: drainSeconds });
  }

  async #call<T>(task: (sql: Sql, call: Call) => Promise<T>): Promise<T> {
    const pool = await this.#enter();
    try {
      const result = await this.#withinTime(pool, task);
      this.#breaker.succeeded();
      return result;
    } catch (error) {
      // What postgres.js still held for a lost connection it would send on the next one.
      if (sessionIsLost(error)) this.#giveUp(pool);
      const failure = asStoreUnavailable(error);
      if (failure instanceof StoreUnavailable) {
        this.#breaker.failed();
        void this.#check();
      } else this.#breaker.succeeded();
      throw failure;
    }
  }

  /** Waits for a connection of the pool in use; the pool may be given up meanwhile. */
  async #enter(): Promise<Pool> {
    this.#throwOutage();
    if (!this.#breaker.admits())
      throw new StoreUnavailable('the last calls of the database have failed, one after another');
    try {
      for (;;) {
        this.#throwOutage();
        const pool = this.#pool;
        await pool.permits.acquire();
        if (pool === this.#pool) return pool;
      }
    } catch (error) {
      this.#breaker.stayedOut();
      throw error;
    }
  }

  #throwOutage(): void {
    if (this.#outage !== undefined) throw new StoreUnavailable(this.#outage.message, { cause: this.#outage });
  }

  #withinTime<T>(pool: Pool, task: (sql: Sql, call: Call) => Promise<T>): Promise<T> {
    const { runMs } = this.#options.limits;
    const call: Call = { expired: false };
    return new Promise<T>((resolve, reject) => {
      const expire = (): void => {
        call.expired = true;
        this.#giveUp(pool);
        reject(new StoreUnavailable(`the database did not answer within ${runMs} ms`));
      };
      // In parts, each over once in a turn of the event loop: while that is busy, with a herd of requests say, answers wait
      // to be read, and that is not the database's time.
      let parts = 0;
      const timer = setInterval(() => ++parts === partsOfDeadline && expire(), runMs / partsOfDeadline);
      void Promise.resolve()
        .then(() => task(pool.sql, call))
        .then(resolve, reject)
        .finally(() => {
          clearInterval(timer);
          pool.permits.release();
        });
    });
  }

  /** Puts a new client in the place of `pool`; what still runs on the old one may finish, but not for long. */
  #giveUp(pool: Pool, seconds = drainSeconds): void {
    if (this.#closed || pool !== this.#pool) return;
    this.#pool = this.#newPool();
    pool.permits.dismissAll();
    pool.sql.end({ timeout: seconds }).catch(() => undefined);
  }

  /** Finds out whether the database is there; if not, refuses every call until it is. */
  async #check(): Promise<void> {
    if (this.#checking || this.#closed) return;
    this.#checking = true;
    let failure = await this.#probe(firstProbeMs);
    while (failure !== undefined && !this.#closed) {
      this.#refuse(failure);
      await new Promise((resolve) => setTimeout(resolve, probePauseMs).unref());
      failure = await this.#probe(laterProbeMs);
    }
    this.#checking = false;
    if (this.#outage === undefined || this.#closed) return;
    this.#outage = undefined;
    this.#breaker.close();
    this.#options.onOutage?.(undefined);
  }

  #probe(withinMs: number): Promise<unknown> {
    return probe(() => this.#options.connect(1), withinMs);
  }

  #refuse(failure: unknown): void {
    if (this.#outage !== undefined) return;
    this.#outage = new StoreUnavailable(`the database is not there: ${messageOf(failure)}`, { cause: failure });
    this.#giveUp(this.#pool, 0);
    this.#options.onOutage?.(this.#outage);
  }

  #newPool(): Pool {
    const { maxConnections, waitersMax, waitMs } = this.#options.limits;
    return {
      sql: this.#options.connect(maxConnections),
      permits: new Permits({ permits: maxConnections, waitersMax, waitMs }),
    };
  }
}
