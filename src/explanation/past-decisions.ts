import type { NodeMemory, Viewer } from '../admin-api/ports/explanations.ts';
import type { ExplanationDocument } from '../core/explanation.ts';
import type { DecisionRing, PastDecision } from '../gateway/decision-ring.ts';
import { explainPast } from './explain-past.ts';

/** What this node remembers, as far as somebody may be told. */
export class PastDecisions {
  readonly #ring: Pick<DecisionRing, 'find' | 'reach'>;
  readonly #node: string;

  /** @param node what people know this node by */
  constructor(ring: Pick<DecisionRing, 'find' | 'reach'>, node: string) {
    this.#ring = ring;
    this.#node = node;
  }

  /** @returns undefined when it does not remember the request, or may not tell */
  async explain(requestId: string, viewer: Viewer): Promise<ExplanationDocument | undefined> {
    const past = this.#ring.find(requestId).find((decision) => mayBeTold(decision, viewer));
    return past && explainPast(past, this.#node);
  }

  memory(): Required<NodeMemory> {
    const { decisions, since } = this.#ring.reach();
    return { node: this.#node, memory: { decisions, refusalsSinceMs: since.refused } };
  }
}

/**
 * A request without a known token belongs to nobody, so the platform's admins alone are told of it. Who acts as another
 * organisation's user may ask about what was refused to them.
 */
function mayBeTold({ record }: PastDecision, { organizationId, userId }: Viewer): boolean {
  if (organizationId === undefined) return true;
  return record?.owner.organization.id === organizationId || record?.assumption?.redeemer.owner.id === userId;
}
