import type { ChangeLog, Database } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { AuditEvent } from '../core/audit.ts';
import type { ChainHead } from '../core/audit-record.ts';
import { pruneAuditLog } from './audit-retention.ts';
import type { HeadNotes } from './head-notes.ts';
import type { RefusalTally } from './refusal-tally.ts';

const roundMs = 60_000;
/** Rounds between two prunings. */
const roundsPerPruning = 60;

export interface UpkeepOptions {
  readonly database: Database;
  readonly changes: ChangeLog;
  readonly clock: Clock;
  /** Infinity: for ever. */
  readonly retentionMs: number;
  readonly heads: HeadNotes;
  readonly refusals: RefusalTally;
  readonly onHeads: (heads: readonly ChainHead[]) => void;
  readonly onPruned: (rows: number) => void;
  readonly onFault: (error: unknown) => void;
}

/** Does each minute what the audit log needs besides its rows: counted refusals, heads for the log, pruning. */
export class AuditUpkeep {
  readonly #options: UpkeepOptions;
  #timer: NodeJS.Timeout | undefined;
  #round = 0;
  #closing = false;
  #running: Promise<void> = Promise.resolve();
  /** Counted refusals that could not be written yet. */
  #unwritten: readonly AuditEvent[] = [];

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.run(), roundMs).unref();
  }

  /** One round, after the one under way. Never rejects. */
  run(): Promise<void> {
    this.#running = this.#running.then(() => this.#do());
    return this.#running;
  }

  /** Writes down what is still to be told. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing = true;
    await this.run();
  }

  async #do(): Promise<void> {
    const { heads, onHeads, onFault } = this.#options;
    try {
      await this.#writeRefusals();
      if (!this.#closing && this.#round++ % roundsPerPruning === 0) await this.#prune();
      for (const line of await heads.take()) onHeads(line);
    } catch (error) {
      onFault(error);
    }
  }

  async #writeRefusals(): Promise<void> {
    const { changes, refusals } = this.#options;
    const events = this.#unwritten.length > 0 ? this.#unwritten : refusals.take();
    if (events.length === 0) return;
    this.#unwritten = events;
    await changes.transact((_, __, audit) => {
      for (const event of events) audit(event);
      return Promise.resolve();
    });
    this.#unwritten = [];
  }

  async #prune(): Promise<void> {
    const { retentionMs, onPruned, ...options } = this.#options;
    if (retentionMs === Infinity) return;
    const rows = await pruneAuditLog({ ...options, retentionMs });
    if (rows > 0) onPruned(rows);
  }
}
