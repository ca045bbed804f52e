/** One step of a decision as people and programs are shown it. */
export interface ExplanationStep {
  readonly stage: string;
  readonly text: string;
  /** What there is to say besides. */
  readonly lines: string[];
  /** Whether this step settled the decision. */
  readonly decides: boolean;
}

/** What the gateway answers to a request, and why: the same from a file, from a running gateway, and for a past request. */
export interface ExplanationDocument {
  readonly decision: 'allow' | 'deny';
  readonly request: {
    readonly method: string;
    /** With the query where somebody asked about one; of a past request, without. */
    readonly path: string;
    readonly host: string;
    /** null: this machine's own. */
    readonly from: string | null;
  };
  /** null: what the upstream answers. */
  readonly status: number | null;
  readonly code: string | null;
  readonly detail: string | null;
  readonly missing_scopes: string[];
  readonly route: { readonly name: string; readonly line: number } | null;
  readonly steps: ExplanationStep[];
  /** What would let it pass, or the nearest thing to it. */
  readonly fix: string | null;
  readonly file: string;
  readonly revision: string;
  /** Of a request that was made. */
  readonly past?:
    | {
        readonly request_id: string;
        /** When its answer closed. */
        readonly at: string;
        /** The node that made the decision. */
        readonly node: string;
        readonly duration_ms: number;
      }
    | undefined;
}
