import { sessionEndOf } from '../core/assumption.ts';
import type { SessionEnd } from '../core/session-end.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';
import type { TokenLookup } from '../core/token-lookup.ts';
import type { TokenPolicy } from '../core/token-record.ts';
import type { TokenHash } from '../core/token.ts';
import type { Clock } from '../lib/clock.ts';

/** A session that has not been ended, and by what it is found. */
export interface OpenSession {
  readonly id: string;
  readonly hash: TokenHash;
}

/** Where sessions are written down. @throws StoreUnavailable, AuditUnavailable */
export interface SessionBook {
  /** Those that come after an id, in the order of ids. */
  open(afterId: string, limit: number): Promise<readonly OpenSession[]>;
  /** Ends one for good, that has ended by itself. */
  close(id: string, why: SessionEnd): Promise<void>;
}

export interface SessionUpkeepOptions {
  readonly book: SessionBook;
  readonly lookup: TokenLookup;
  readonly clock: Pick<Clock, 'now'>;
  /** In force at this moment. */
  readonly policy: () => TokenPolicy;
  /** For what the program itself got wrong. */
  readonly onFault: (error: unknown) => void;
}

const roundMs = 500;
/** Rounds between two when nothing has changed. */
const roundsPerLook = 4;
const pageSize = 500;

/**
 * Writes down which sessions have ended by themselves, so that what has ended stays ended and is told of. Requests are
 * refused without it, at once: each is judged by the same rules.
 */
export class SessionUpkeep {
  readonly #options: SessionUpkeepOptions;
  #timer: NodeJS.Timeout | undefined;
  #rounds = 0;
  #isWanted = true;
  #underWay: Promise<void> | undefined;

  constructor(options: SessionUpkeepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), roundMs).unref();
  }

  /** Something has changed: the next round looks. */
  wake(): void {
    this.#isWanted = true;
  }

  /**
   * Looks at every open session once.
   * @throws StoreUnavailable at once; what else is wrong with one, the first such, when all the others are done
   */
  async look(): Promise<void> {
    const { book } = this.#options;
    const faults: unknown[] = [];
    for (let afterId: string | undefined = ''; afterId !== undefined;) {
      const page: readonly OpenSession[] = await book.open(afterId, pageSize);
      for (const session of page) await this.#lookAt(session, faults);
      afterId = page.length === pageSize ? page.at(-1)?.id : undefined;
    }
    if (faults.length > 0) throw faults[0];
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#underWay;
  }

  async #lookAt(session: OpenSession, faults: unknown[]): Promise<void> {
    const { book } = this.#options;
    try {
      const why = await this.#endOf(session);
      if (why !== undefined) await book.close(session.id, why);
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      faults.push(error);
    }
  }

  async #endOf({ hash }: OpenSession): Promise<SessionEnd | undefined> {
    const { lookup, clock, policy } = this.#options;
    const found = await lookup.find(hash, 0);
    if (found.kind === 'absent' || found.record.assumption === undefined) return undefined;
    return sessionEndOf(found.record, found.record.assumption, clock.now(), policy());
  }

  #tick(): void {
    this.#rounds++;
    if (this.#underWay !== undefined || (!this.#isWanted && this.#rounds % roundsPerLook !== 0)) return;
    this.#isWanted = false;
    this.#underWay = this.look()
      .catch((error: unknown) => {
        if (!(error instanceof StoreUnavailable)) this.#options.onFault(error);
      })
      .finally(() => {
        this.#underWay = undefined;
      });
  }
}
