import type { GatewayConfig } from '../../config/compiled.ts';

/** What a file would change of what was decided. */
export interface FlipCount {
  /** Requests that would come out otherwise. */
  readonly requests: number;
  /** Such as `GET /api/items/* of "import" (ci-bot): allowed, would be insufficient_scope`; the most frequent first. */
  readonly examples: readonly string[];
  /** The hour of the first decision that was made again; undefined: none is known. */
  readonly coveredFromMs: number | undefined;
}

/** Decides again, under another file, what was decided lately. Throws StoreUnavailable. */
export interface Replays {
  countFlips(next: GatewayConfig, fromMs: number): Promise<FlipCount>;
}
