import type { Explanations } from '../admin-api/ports/explanations.ts';
import { AskingNodes } from '../explanation/asking-nodes.ts';
import { PastDecisions } from '../explanation/past-decisions.ts';
import { PostgresQuestions } from '../explanation/postgres-questions.ts';
import { RunningExplanations } from '../explanation/running-explanations.ts';
import { DecisionRing } from '../gateway/decision-ring.ts';
import type { Runtime } from '../gateway/runtime.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { Stores } from './stores.ts';

export interface ExplainingOptions {
  readonly stores: Pick<Stores, 'coordination' | 'changes' | 'database' | 'invalidations' | 'kind'>;
  /** The runtime of the newest configuration. */
  readonly runtime: () => Runtime;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Explaining {
  readonly explanations: Explanations;
  /** Where decisions are remembered. */
  readonly recent: DecisionRing;
  readonly stop: () => void;
}

/** Joins what explains decisions, those of the past on other nodes included. */
export function explainDecisions({ stores, runtime, clock, logger }: ExplainingOptions): Explaining {
  const { coordination, changes, database, invalidations } = stores;
  const recent = new DecisionRing();
  const past = new PastDecisions(recent, coordination.name);
  const questions = new PostgresQuestions({ database, changes, clock, nodeId: coordination.id, past });
  const others = async (): Promise<string[]> => {
    const nodes = stores.kind === 'embedded' ? [] : await coordination.nodes.list();
    return nodes.filter(({ id, state }) => id !== coordination.id && state !== 'gone').map(({ name }) => name);
  };
  const stop = invalidations.subscribe((keys) => {
    questions
      .heard(keys)
      .catch((error: unknown) => logger.warn({ err: error }, 'a question of another node went without an answer'));
  });
  const nodes = new AskingNodes({ past, questions, others });
  return { explanations: new RunningExplanations({ rules: runtime, clock, nodes }), recent, stop };
}
