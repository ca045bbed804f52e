import { StoreUnavailable } from '../core/store-unavailable.ts';

export interface RoundsOptions {
  readonly everyMs: number;
  readonly task: () => Promise<void>;
  /** For what the program itself got wrong. A store that is away is waited for without a word. */
  readonly onFault: (error: unknown) => void;
}

/** Runs a task now and then, one run at a time. */
export class Rounds {
  readonly #options: RoundsOptions;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> | undefined;
  #isWanted = false;
  #isClosed = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.wake(), this.#options.everyMs).unref();
    this.wake();
  }

  /** Runs it at once; while it runs already, once more afterwards. */
  wake(): void {
    if (this.#isClosed) return;
    this.#isWanted = true;
    this.#underWay ??= this.#run();
  }

  /** Begins nothing any more, and waits for the run under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isWanted = false;
    clearInterval(this.#timer);
    await this.#underWay;
  }

  async #run(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      try {
        await this.#options.task();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) this.#options.onFault(error);
      }
    }
    this.#underWay = undefined;
  }
}
