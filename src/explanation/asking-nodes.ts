import type { NodeMemory, PastExplanation, Viewer } from '../admin-api/ports/explanations.ts';
import type { PastDecisions } from './past-decisions.ts';
import type { PostgresQuestions } from './postgres-questions.ts';

export interface AskingNodesOptions {
  readonly past: PastDecisions;
  readonly questions: Pick<PostgresQuestions, 'ask'>;
  /** The names of the other nodes that may still serve. */
  readonly others: () => Promise<readonly string[]>;
}

/** Questions from here in a second; each costs a row that every node reads. */
const askingMax = 16;
/** Of one organisation, and of the platform's admins together: so none takes the turns of all. */
const askingMaxOfOrganization = 4;
/** Of one user: somebody who types two questions is no flood. */
const askingMaxOfUser = 3;
const pauseMs = 1000;

/** Looks for a past request on this node, then on all others. */
export class AskingNodes {
  readonly #options: AskingNodesOptions;
  /** Who has asked, for each question of the last second and each that waits for an answer. */
  readonly #asking: Viewer[] = [];

  constructor(options: AskingNodesOptions) {
    this.#options = options;
  }

  /** @throws StoreUnavailable */
  async find(requestId: string, viewer: Viewer): Promise<PastExplanation> {
    const { past, others } = this.#options;
    const own = await past.explain(requestId, viewer);
    if (own !== undefined) return { kind: 'found', document: own };
    const names = await others();
    if (names.length === 0) return { kind: 'unknown', nodes: [past.memory()] };
    if (!this.#hasRoomFor(viewer)) return { kind: 'busy' };
    this.#asking.push(viewer);
    const pause = new Promise((resolve) => setTimeout(resolve, pauseMs).unref());
    const answer = this.#ask(requestId, viewer, names);
    void Promise.allSettled([answer, pause]).then(() => this.#asking.splice(this.#asking.indexOf(viewer), 1));
    return answer;
  }

  #hasRoomFor({ userId, organizationId }: Viewer): boolean {
    const ofOrganization = this.#asking.filter((asking) => asking.organizationId === organizationId);
    const ofUser = ofOrganization.filter((asking) => asking.userId === userId);
    if (ofOrganization.length >= askingMaxOfOrganization || ofUser.length >= askingMaxOfUser) return false;
    return this.#asking.length < askingMax;
  }

  async #ask(requestId: string, viewer: Viewer, names: readonly string[]): Promise<PastExplanation> {
    const { past, questions } = this.#options;
    const { document, nodes } = await questions.ask({ requestId, viewer }, names.length);
    if (document !== undefined) return { kind: 'found', document };
    const answered = new Set(nodes.map(({ node }) => node));
    const silent: NodeMemory[] = names
      .filter((name) => !answered.has(name))
      .map((node) => ({ node, memory: undefined }));
    return { kind: 'unknown', nodes: [past.memory(), ...nodes, ...silent] };
  }
}
