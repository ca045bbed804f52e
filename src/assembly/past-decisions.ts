import type { PastDecisions } from '../admin-api/ports/decisions.ts';
import type { Database } from '../db/client.ts';
import { PostgresPastDecisions } from '../decisions/postgres-decision-list.ts';
import { readDecisionTokens } from '../tokens/postgres-decision-tokens.ts';
import type { DecisionRecording } from './decision-recording.ts';

/** Joins what was decided with the tokens it was decided for. */
export function readDecisions(database: Database, recording: Pick<DecisionRecording, 'flush'>): PastDecisions {
  const decisions = new PostgresPastDecisions(database);
  return {
    flush: () => recording.flush(),
    firstHourMs: (fromMs) => decisions.firstHourMs(fromMs),
    list: (fromMs, page) => decisions.list(fromMs, page),
    tokens: (ids) => readDecisionTokens(database, ids),
  };
}
