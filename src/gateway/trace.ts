import type { Found } from '../core/token-lookup.ts';

/** What a step of a decision is about. */
export type TraceStage =
  | 'path'
  | 'match'
  | 'auth'
  | 'identity'
  | 'access'
  | 'limit'
  | 'headers'
  | 'upstream'
  | 'assertion'
  | 'browser'
  | 'answer';

/** One step of a decision, as `explain` shows it. */
export interface TraceStep {
  readonly stage: TraceStage;
  readonly text: string;
  /** What there is to say besides, a line each. */
  readonly lines: readonly string[];
  /** Whether this step settled the decision. */
  readonly decides: boolean;
}

/** Collects the steps of one decision. The data plane passes none, so that nothing is written down there. */
export class Trace {
  readonly #steps: TraceStep[] = [];
  readonly #ageOf: (found: Found) => string | undefined;

  /** @param ageOf how old a token's record is, in words; undefined where nobody looked it up */
  constructor(ageOf: (found: Found) => string | undefined = () => undefined) {
    this.#ageOf = ageOf;
  }

  get steps(): readonly TraceStep[] {
    return this.#steps;
  }

  note(stage: TraceStage, text: string, lines: readonly string[] = []): void {
    this.#steps.push({ stage, text, lines, decides: false });
  }

  decide(stage: TraceStage, text: string, lines: readonly string[] = []): void {
    this.#steps.push({ stage, text, lines, decides: true });
  }

  /** Says more about the newest step. */
  add(lines: readonly string[]): void {
    const last = this.#steps.pop();
    if (last !== undefined) this.#steps.push({ ...last, lines: [...last.lines, ...lines] });
  }

  /** Where a token's record came from and how old it is, as lines of a step. */
  knowledgeOf(found: Found | undefined): string[] {
    const age = found && this.#ageOf(found);
    return age === undefined ? [] : [age];
  }
}
