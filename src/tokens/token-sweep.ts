import { StoreUnavailable } from '../core/store-unavailable.ts';

/** Where it is noted which tokens have ended. Each call does a bounded part. @returns whether more is left */
export interface SweptTokens {
  /** Notes as expired what has expired by time. */
  noteExpired(): Promise<boolean>;
  /** Notes among the last uses which tokens have ended. */
  noteEndings(): Promise<boolean>;
}

export interface TokenSweepOptions {
  readonly tokens: SweptTokens;
  /** For what the program itself got wrong. */
  readonly onFault: (error: unknown) => void;
}

const roundMs = 15_000;

/**
 * Keeps the indexes of lists true to the time: every so often it notes which tokens have ended. Lists are right without
 * it, and slower the longer it is away. Nodes may do it side by side.
 */
export class TokenSweep {
  readonly #options: TokenSweepOptions;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;
  #closing = false;

  constructor(options: TokenSweepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.run(), roundMs).unref();
    void this.run();
  }

  /** Does all there is to do, or waits for the round under way. Never rejects. */
  run(): Promise<void> {
    this.#underWay ??= this.#sweep().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closing = true;
    await this.#underWay;
  }

  async #sweep(): Promise<void> {
    const { tokens, onFault } = this.#options;
    try {
      while (!this.#closing && (await tokens.noteExpired()));
      while (!this.#closing && (await tokens.noteEndings()));
    } catch (error) {
      // The store tells of its own failures, and the next round does what this one did not.
      if (!(error instanceof StoreUnavailable)) onFault(error);
    }
  }
}
