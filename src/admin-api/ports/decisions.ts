import type { Page } from '../../core/directory.ts';
import type { DecisionToken, PastDecision } from '../../core/past-decision.ts';
import type { PageRequest } from './changes.ts';

/** What was decided, as it is remembered for 14 days. Throws StoreUnavailable. */
export interface PastDecisions {
  /** Writes down what this node has not written yet, which is a few seconds' worth. */
  flush(): Promise<void>;
  /** The hour of the first decision since then; undefined: there is none. */
  firstHourMs(fromMs: number): Promise<number | undefined>;
  list(fromMs: number, page: PageRequest): Promise<Page<PastDecision>>;
  /** Those of the ids that are still known. */
  tokens(ids: readonly string[]): Promise<ReadonlyMap<string, DecisionToken>>;
}
