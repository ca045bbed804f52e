import type { Clock } from '../lib/clock.ts';
import type { ChangeFeed, FollowedRow } from './change-feed.ts';
import type { Fences } from './fences.ts';
import { freshnessToleranceMs, type Freshness } from './freshness.ts';
import type { InvalidationBus } from './invalidation.ts';
import type { Nodes } from './nodes.ts';

export interface LogFollowerOptions {
  readonly feed: ChangeFeed;
  readonly nodes: Nodes;
  readonly fences: Fences;
  readonly bus: InvalidationBus;
  readonly freshness: Freshness;
  readonly clock: Clock;
  /** How long the lease lasts after a renewal that begins now; without it nobody waits for this node. */
  readonly leaseMs?: () => number;
  /** How often the log is read without being woken. */
  readonly intervalMs?: number;
  /** Told how long each change of another node took to get here. */
  readonly onFollowed?: (ageMs: number) => void;
  /** Told after each round, with the reason when it failed. */
  readonly onRound?: (failure: unknown) => void;
}

/** How long rows of the log are kept. A node that was away for half of that time counts everything as changed. */
export const logRetentionMs = 3_600_000;

/** Half of what a receipt waits, so that no message need arrive for a receipt to be complete. */
const usualIntervalMs = 500;
const pageRows = 1000;
/** A lease that was renewed more recently need not be renewed by a round that found nothing. */
const renewAfterMs = 900;
const roundsBetweenPruning = 120;

/**
 * Keeps this node up to date: twice a second, and whenever it is woken, it reads what the change log has got since, raises
 * the fences, tells those who listen, and says by its lease how far it is. A round that has done all of that makes the
 * node fresh as of the instant at which the round began.
 */
export class LogFollower {
  readonly #options: LogFollowerOptions;
  #seen = 0;
  #renewedAtMs = -Infinity;
  /** Of the lease as it was renewed last, whatever a reload has changed since. */
  #leaseMs = Infinity;
  #rounds = 0;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;
  #again = false;

  constructor(options: LogFollowerOptions) {
    this.#options = options;
  }

  /** The number up to which this node has followed the log. */
  get seen(): number {
    return this.#seen;
  }

  /**
   * Takes the lease, loads the recent past and begins to follow. To be awaited before the first lookup, so that no
   * receipt is given without this node once it may know something.
   * @param windowMs how far back changes are loaded; shared records that are older are not trusted
   * @throws StoreUnavailable
   */
  async start(windowMs: number): Promise<void> {
    const { feed, fences, intervalMs } = this.#options;
    await this.#renew();
    this.#seen = await feed.lastBefore(windowMs);
    fences.mistrustBelow(this.#seen);
    await this.#round();
    this.#timer = setInterval(() => {
      if (this.#underWay === undefined) this.#begin();
    }, intervalMs ?? usualIntervalMs).unref();
  }

  /** Reads the log now, or once more when a read is under way that may have begun too early. */
  wake(): void {
    if (this.#timer === undefined) return;
    if (this.#underWay === undefined) this.#begin();
    else this.#again = true;
  }

  /** What a push says: that the log has reached `number`. */
  heard(number: number): void {
    if (number > this.#seen) this.wake();
  }

  /** Stops following and gives the lease up; the node must serve no more by then. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#underWay;
    // If it cannot be given up, it ends by itself.
    await this.#options.nodes.release().catch(() => undefined);
  }

  #begin(): void {
    this.#again = false;
    this.#underWay = this.#attempt().finally(() => {
      this.#underWay = undefined;
      if (this.#again && this.#timer !== undefined) this.#begin();
    });
  }

  async #attempt(): Promise<void> {
    const failure = await this.#round().then(
      () => undefined,
      (error: unknown) => error,
    );
    this.#options.onRound?.(failure);
  }

  async #round(): Promise<void> {
    const { clock, freshness } = this.#options;
    const beganAtMs = clock.monotonic();
    // A lease that may be over is taken before the log is read: what is changed before others can see it is read then.
    if (beganAtMs - this.#renewedAtMs >= freshnessToleranceMs) await this.#renew();
    const before = this.#seen;
    await this.#read();
    const isHeld = clock.monotonic() - this.#renewedAtMs < this.#leaseMs;
    if (this.#seen !== before || beganAtMs - this.#renewedAtMs >= renewAfterMs) await this.#renew();
    freshness.confirm(beganAtMs);
    // Only if the log was read under it: what is remembered may have been changed while nobody waited for this node.
    if (isHeld) freshness.lease(this.#renewedAtMs + this.#leaseMs);
    this.#rounds++;
    if (this.#rounds % roundsBetweenPruning === 0) await this.#prune();
  }

  async #renew(): Promise<void> {
    const { clock, nodes, leaseMs } = this.#options;
    const beganAtMs = clock.monotonic();
    const lasts = leaseMs?.() ?? Infinity;
    await nodes.renew(this.#seen);
    this.#renewedAtMs = beganAtMs;
    this.#leaseMs = lasts;
  }

  async #read(): Promise<void> {
    const { feed, freshness } = this.#options;
    if (freshness.ageMs() > logRetentionMs / 2 && this.#rounds > 0) return this.#startOver();
    for (;;) {
      const rows = await feed.from(this.#seen, pageRows);
      // The row that was read last has been removed, or the database is one from before it.
      if (this.#seen > 0 && rows[0]?.number !== this.#seen) return this.#startOver();
      this.#take(rows.filter(({ number }) => number > this.#seen));
      if (rows.length < pageRows) return;
    }
  }

  #take(rows: readonly FollowedRow[]): void {
    const { fences, bus, onFollowed } = this.#options;
    // What this node changed itself has its fence already.
    const news = rows.filter(({ key, number }) => !fences.covers(key, number));
    for (const { key, number } of news) fences.raise([key], number);
    this.#seen = rows.at(-1)?.number ?? this.#seen;
    if (news.length > 0) bus.publish(news.map(({ key }) => key));
    // Those that were loaded at the start are older than this node.
    if (this.#rounds > 0) for (const { ageMs } of news) onFollowed?.(ageMs);
  }

  /** Some changes can no longer be read, so anything may have changed. */
  async #startOver(): Promise<void> {
    const { feed, fences, bus } = this.#options;
    const head = await feed.head();
    const isOlder = head < this.#seen;
    // A backup was restored. Changes with the numbers of those that are lost would not count against older records.
    if (isOlder) await feed.goOnAbove(this.#seen);
    fences.mistrustAll(isOlder ? this.#seen + 1 : head);
    this.#seen = head;
    bus.publishMissed();
  }

  /** Any node may do it, and what fails is done by the next. */
  async #prune(): Promise<void> {
    const { feed, nodes } = this.#options;
    await Promise.allSettled([feed.prune(logRetentionMs), nodes.prune()]);
  }
}
