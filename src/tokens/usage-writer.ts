import { StoreUnavailable } from '../core/store-unavailable.ts';
import { usesOf, type UsageBatch, type UsageGatherer } from './usage.ts';

/** Where usage is written down. */
export interface UsageStore {
  /** Adds a batch, once however often it is given. @throws StoreUnavailable */
  write(batch: UsageBatch): Promise<void>;
  /** Deletes what is older than usage is kept. @throws StoreUnavailable */
  prune(): Promise<void>;
}

export interface UsageWriterOptions {
  readonly gatherer: Pick<UsageGatherer, 'take' | 'takeFirsts'>;
  readonly store: UsageStore;
  /** Told how many uses will never be written down. */
  readonly onDropped: (uses: number) => void;
  /** For what the program itself got wrong. */
  readonly onFault: (error: unknown) => void;
}

const roundMs = 500;
/** Everything is taken every ten seconds; in between only what concerns tokens that were never used before. */
const roundsBetweenTakes = 20;
const roundsBetweenPrunes = 7200;
const firstPruneRound = 120;

/**
 * Writes down what is gathered: a token's first use within a second, all else every ten. While the store is away one
 * take waits in here, and the gatherer goes on within its bounds.
 */
export class UsageWriter {
  readonly #options: UsageWriterOptions;
  #timer: NodeJS.Timeout | undefined;
  readonly #waiting: UsageBatch[] = [];
  #round = 0;
  #underWay: Promise<void> = Promise.resolve();
  #isBusy = false;

  constructor(options: UsageWriterOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#nextRound(), roundMs).unref();
  }

  /** Writes down what there is, and stops. What the store does not take now is lost. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#underWay;
    this.#waiting.push(...this.#options.gatherer.take());
    await this.#writeWaiting();
    for (const batch of this.#waiting) this.#drop(batch);
  }

  async #nextRound(): Promise<void> {
    this.#round++;
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#underWay = this.#work();
    await this.#underWay;
    this.#isBusy = false;
  }

  async #work(): Promise<void> {
    const { gatherer } = this.#options;
    if (this.#waiting.length === 0) {
      const isDue = this.#round % roundsBetweenTakes === 0;
      this.#waiting.push(...(isDue ? gatherer.take() : gatherer.takeFirsts()));
    }
    await this.#writeWaiting();
    if (this.#round % roundsBetweenPrunes === firstPruneRound) await this.#prune();
  }

  async #writeWaiting(): Promise<void> {
    for (let batch = this.#waiting[0]; batch !== undefined; batch = this.#waiting[0]) {
      try {
        await this.#options.store.write(batch);
      } catch (error) {
        if (error instanceof StoreUnavailable) return;
        this.#options.onFault(error);
        this.#drop(batch);
      }
      this.#waiting.shift();
    }
  }

  async #prune(): Promise<void> {
    try {
      await this.#options.store.prune();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) this.#options.onFault(error);
    }
  }

  #drop({ tokens }: UsageBatch): void {
    this.#options.onDropped(usesOf(tokens.flatMap(({ counts }) => counts)));
  }
}
