import type { RedisAddress } from '../core/redis-url.ts';
import { Breaker } from '../lib/breaker.ts';
import type { Clock } from '../lib/clock.ts';
import { openConnection, type RedisConnection } from './redis-connection.ts';

/** The commands that this program gives. */
export interface RedisCommands {
  getrangeBuffer(key: string, start: number, end: number): Promise<Buffer>;
  eval(script: string, keys: number, ...keysAndValues: (string | number | Buffer)[]): Promise<unknown>;
  publish(channel: string, message: string): Promise<number>;
  ping(): Promise<string>;
}

export interface RedisEvents {
  /** A command failed or had no answer in time, or a connection was lost or could not be had. */
  readonly onError: (reason: Error) => void;
  /** Redis is no longer asked, with the last reason, or (undefined) is asked again. */
  readonly onOutage: (reason: Error | undefined) => void;
}

export type RedisAnswer<Value> = { readonly kind: 'answered'; readonly value: Value } | { readonly kind: 'unanswered' };

const unanswered = { kind: 'unanswered' } as const;

const deadlineMs = 50;
/** Commands without an answer at a time, those included that nobody waits for any more. */
const pendingMax = 100;
const failuresMax = 5;
const openMs = 1000;

/** Redis within limits: an answer comes by its deadline or not at all, and while Redis is away nobody waits. */
export class RedisClient {
  readonly #events: RedisEvents;
  readonly #breaker: Breaker;
  readonly #connection: RedisConnection;
  #pending = 0;
  #nextProbe: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(address: RedisAddress, clock: Clock, events: RedisEvents) {
    this.#events = events;
    this.#breaker = new Breaker({ clock, failuresMax, openMs });
    this.#connection = openConnection(address);
    this.#connection.on('error', (error: unknown) => events.onError(plainError(error)));
    this.#connection.on('ready', () => {
      this.#breaker.hasten();
      void this.#probe();
    });
  }

  /** Commands that Redis has not answered yet. */
  get pending(): number {
    return this.#pending;
  }

  get isOpen(): boolean {
    return this.#breaker.isOpen;
  }

  /** Gives one command, or a few, if Redis may be asked now. Never rejects. */
  async ask<Value>(command: (redis: RedisCommands) => Promise<Value>): Promise<RedisAnswer<Value>> {
    if (this.#pending >= pendingMax || !this.#breaker.admits()) return unanswered;
    try {
      const value = await withinDeadline(this.#send(command));
      this.#report(() => this.#breaker.succeeded());
      return { kind: 'answered', value };
    } catch (error) {
      const reason = plainError(error);
      this.#events.onError(reason);
      this.#report(() => this.#breaker.failed(), reason);
      return unanswered;
    }
  }

  close(): void {
    clearTimeout(this.#nextProbe);
    this.#nextProbe = undefined;
    this.#isClosed = true;
    this.#connection.disconnect();
  }

  async #send<Value>(command: (redis: RedisCommands) => Promise<Value>): Promise<Value> {
    this.#pending++;
    try {
      return await command(this.#connection);
    } finally {
      this.#pending--;
    }
  }

  /** Tells when `change` opens or closes the breaker. */
  #report(change: () => void, reason?: Error): void {
    const before = this.#breaker.isOpen;
    change();
    if (this.#breaker.isOpen !== before) this.#events.onOutage(reason);
    if (this.#breaker.isOpen) this.#probeLater();
  }

  /** Tries by itself, so that no request has to, and so that Redis is found again when there are none. */
  async #probe(): Promise<void> {
    await this.ask((redis) => redis.ping());
    if (this.#breaker.isOpen) this.#probeLater();
  }

  #probeLater(): void {
    if (this.#nextProbe !== undefined || this.#isClosed) return;
    const probe = (): void => {
      this.#nextProbe = undefined;
      void this.#probe();
    };
    this.#nextProbe = setTimeout(probe, openMs).unref();
  }
}

function withinDeadline<Value>(work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`Redis did not answer within ${deadlineMs} ms`));
    // An answer that came while this process was busy counts: it is read before the immediate runs.
    const timer = setTimeout(() => setImmediate(late), deadlineMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The error as it may be logged: the library's carries the command with its arguments, a password among them. */
export function plainError(error: unknown): Error {
  const text = error instanceof Error ? error.message || errorCode(error) : String(error);
  return new Error(text.replace(/,? with args beginning with.*/s, ''));
}

/** Of one that has no message, as when each address of a host was tried. */
function errorCode(error: Error): string {
  return 'code' in error ? String(error.code) : error.name;
}
