/** One step of a decision, as `explain` shows it. */
export interface TraceStep {
  readonly stage: 'path' | 'match' | 'auth' | 'identity' | 'access' | 'upstream' | 'assertion';
  readonly text: string;
  /** Whether this step settled the decision. */
  readonly decides: boolean;
}

/** Collects the steps of one decision. The data plane passes none, so that nothing is written down there. */
export class Trace {
  readonly steps: TraceStep[] = [];

  note(stage: TraceStep['stage'], text: string): void {
    this.steps.push({ stage, text, decides: false });
  }

  decide(stage: TraceStep['stage'], text: string): void {
    this.steps.push({ stage, text, decides: true });
  }
}
