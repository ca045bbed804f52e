import { StoreUnavailable } from '../core/store-unavailable.ts';
import type { DecisionBatch, DecisionGatherer } from './gatherer.ts';

/** Where decisions are written down. */
export interface DecisionStore {
  /** Adds a batch, once however often it is given. @throws StoreUnavailable */
  write(batch: DecisionBatch): Promise<void>;
  /** Deletes what is older than decisions are kept. @throws StoreUnavailable */
  prune(): Promise<void>;
}

export interface DecisionWriterOptions {
  readonly gatherer: Pick<DecisionGatherer, 'take'>;
  readonly store: DecisionStore;
  /** Told how many decisions will never be written down. */
  readonly onDropped: (requests: number) => void;
  /** For what the program itself got wrong. */
  readonly onFault: (error: unknown) => void;
}

const roundMs = 10_000;
const roundsBetweenPrunes = 360;
const firstPruneRound = 12;

/** Writes down what is gathered, every ten seconds. While the store is away one take waits in here. */
export class DecisionWriter {
  readonly #options: DecisionWriterOptions;
  readonly #waiting: DecisionBatch[] = [];
  #timer: NodeJS.Timeout | undefined;
  #round = 0;
  #underWay: Promise<void> | undefined;

  constructor(options: DecisionWriterOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.flush(), roundMs).unref();
  }

  /** Writes down what there is now. */
  flush(): Promise<void> {
    this.#underWay ??= this.#work().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  /** Writes down what there is, and stops. What the store does not take now is lost. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#underWay;
    await this.#work();
    for (const batch of this.#waiting) this.#drop(batch);
  }

  async #work(): Promise<void> {
    if (this.#waiting.length === 0) this.#waiting.push(...this.#options.gatherer.take());
    for (let batch = this.#waiting[0]; batch !== undefined; batch = this.#waiting[0]) {
      if (!(await this.#isDone(batch))) return;
      this.#waiting.shift();
    }
    if (this.#round++ % roundsBetweenPrunes === firstPruneRound) await this.#prune();
  }

  /** Written, or given up because the program itself is wrong. */
  async #isDone(batch: DecisionBatch): Promise<boolean> {
    try {
      await this.#options.store.write(batch);
    } catch (error) {
      if (error instanceof StoreUnavailable) return false;
      this.#options.onFault(error);
      this.#drop(batch);
    }
    return true;
  }

  async #prune(): Promise<void> {
    try {
      await this.#options.store.prune();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) this.#options.onFault(error);
    }
  }

  #drop({ counts }: DecisionBatch): void {
    this.#options.onDropped(counts.reduce((sum, { requests }) => sum + requests, 0));
  }
}
