import type { Database, Sql } from '../db/client.ts';
import type { Push } from './push.ts';

export interface PostgresPushOptions {
  readonly database: Database;
  /** Makes a client for the one connection that listens. */
  readonly connect: () => Sql;
  /** How often the connection is tried. */
  readonly checkMs?: number;
}

const channel = 'wayleave_log';
const usualCheckMs = 5000;

/**
 * Push by LISTEN and NOTIFY, on a connection of its own. A connection may be lost without a word, and a pooler in
 * between may swallow notifications; so now and then a message to oneself is sent, and when none has come since the last
 * one, another connection takes the place of this one. A message needs no proof of its sender: whoever may send one
 * is connected to the database, and it only makes nodes read the log.
 */
export class PostgresPush implements Push {
  readonly #options: PostgresPushOptions;
  readonly #timer: NodeJS.Timeout;
  #listeners: ((number: number) => void)[] = [];
  #client: Sql;
  #isHeard = true;

  constructor(options: PostgresPushOptions) {
    this.#options = options;
    this.#client = this.#listen();
    this.#timer = setInterval(() => this.#check(), options.checkMs ?? usualCheckMs).unref();
  }

  announce(number: number): void {
    const told = this.#options.database.query((sql) => sql`SELECT pg_notify(${channel}, ${String(number)})`);
    told.catch(() => undefined);
  }

  subscribe(onNews: (number: number) => void): void {
    this.#listeners.push(onNews);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#listeners = [];
    await this.#client.end({ timeout: 0 }).catch(() => undefined);
  }

  #listen(): Sql {
    const client = this.#options.connect();
    // What cannot be reached now is tried again by the next check.
    client.listen(channel, (payload) => this.#hear(payload)).catch(() => undefined);
    return client;
  }

  #hear(payload: string): void {
    this.#isHeard = true;
    const number = Number(payload);
    if (Number.isSafeInteger(number)) for (const listener of this.#listeners) listener(number);
  }

  /** Announces what every node knows already; it comes back unless the connection is dead. */
  #check(): void {
    if (!this.#isHeard) {
      this.#client.end({ timeout: 0 }).catch(() => undefined);
      this.#client = this.#listen();
    }
    this.#isHeard = false;
    this.announce(0);
  }
}
