import type { NodeMemory, Viewer } from '../admin-api/ports/explanations.ts';
import type { ExplanationDocument } from '../core/explanation.ts';
import type { ChangeLog, Database } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { instantOrNull, integer, text, textOrNull, type Row } from '../lib/row.ts';
import type { PastDecisions } from './past-decisions.ts';

export interface PostgresQuestionsOptions {
  readonly database: Database;
  /** By it the other nodes hear of a question at once. */
  readonly changes: ChangeLog;
  readonly clock: Clock;
  /** The id of this node. */
  readonly nodeId: string;
  readonly past: PastDecisions;
}

export interface Answers {
  readonly document: ExplanationDocument | undefined;
  /** What those that answered remember. */
  readonly nodes: readonly NodeMemory[];
}

interface Question {
  readonly requestId: string;
  readonly viewer: Viewer;
}

const lookEveryMs = 50;
const waitMs = 2000;

/** Asks the other nodes about a request, by the store that they all have, and answers what they ask. */
export class PostgresQuestions {
  readonly #options: PostgresQuestionsOptions;

  constructor(options: PostgresQuestionsOptions) {
    this.#options = options;
  }

  /**
   * Waits until one node knows the request, or all have said no, for two seconds at most.
   * @param others how many nodes there are besides this one
   * @throws StoreUnavailable
   */
  async ask(question: Question, others: number): Promise<Answers> {
    const { database, clock } = this.#options;
    const id = newId('qst', clock.now());
    await this.#put(id, question);
    const startMs = clock.monotonic();
    try {
      for (;;) {
        const answers = await this.#answersTo(id);
        const isOver = answers.nodes.length >= others || clock.monotonic() - startMs >= waitMs;
        if (answers.document !== undefined || isOver) return answers;
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      }
    } finally {
      const gone = database.query(
        (sql) => sql`
          DELETE FROM explain_questions
          WHERE id = ${id} OR asked_at < clock_timestamp() - interval '1 minute'`,
      );
      // What is left over goes with the next question.
      await gone.catch(() => undefined);
    }
  }

  /** Answers the questions among the keys that the change log tells of. */
  async heard(keys: readonly string[]): Promise<void> {
    for (const key of keys) if (key.startsWith('qst_')) await this.#answer(key);
  }

  async #put(id: string, { requestId, viewer }: Question): Promise<void> {
    const { changes, nodeId } = this.#options;
    const { userId, organizationId = null } = viewer;
    await changes.transact(async (sql, changed) => {
      await sql`
        INSERT INTO explain_questions (id, request_id, node_id, organization_id, user_id)
        VALUES (${id}, ${requestId}, ${nodeId}, ${organizationId}, ${userId})`;
      changed('question', id);
    });
  }

  async #answersTo(id: string): Promise<Answers> {
    const rows = await this.#options.database.query(
      (sql) => sql`
        SELECT node_name, decisions::float8 AS decisions, refusals_since, explanation
        FROM explain_answers WHERE question_id = ${id} ORDER BY node_name`,
    );
    const told = rows.map((row) => textOrNull(row, 'explanation')).find((explanation) => explanation !== null);
    return {
      document: told === undefined ? undefined : (JSON.parse(told) as ExplanationDocument),
      nodes: rows.map(nodeMemory),
    };
  }

  async #answer(id: string): Promise<void> {
    const { database, nodeId, past } = this.#options;
    const question = await this.#read(id);
    if (question === undefined) return;
    const document = await past.explain(question.requestId, question.viewer);
    const { node, memory } = past.memory();
    const since = memory?.refusalsSinceMs;
    // Nobody waits any more where the question is gone.
    await database.query(
      (sql) => sql`
        INSERT INTO explain_answers (question_id, node_id, node_name, decisions, refusals_since, explanation)
        SELECT
          id, ${nodeId}, ${node}, ${memory?.decisions ?? 0}, ${since === undefined ? null : new Date(since)}::timestamptz,
          ${document === undefined ? null : JSON.stringify(document)}
        FROM explain_questions WHERE id = ${id}
        ON CONFLICT DO NOTHING`,
    );
  }

  /** @returns undefined when it is this node's own, or over */
  async #read(id: string): Promise<Question | undefined> {
    const { database, nodeId } = this.#options;
    const [row] = await database.query(
      (sql) => sql`
        SELECT request_id, organization_id, user_id FROM explain_questions WHERE id = ${id} AND node_id <> ${nodeId}`,
    );
    if (row === undefined) return undefined;
    const viewer = {
      userId: text(row, 'user_id'),
      organizationId: textOrNull(row, 'organization_id') ?? undefined,
    };
    return { requestId: text(row, 'request_id'), viewer };
  }
}

function nodeMemory(row: Row): NodeMemory {
  const refusalsSinceMs = instantOrNull(row, 'refusals_since') ?? undefined;
  return { node: text(row, 'node_name'), memory: { decisions: integer(row, 'decisions'), refusalsSinceMs } };
}
