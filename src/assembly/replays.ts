import type { FlipCount, Replays } from '../admin-api/ports/replays.ts';
import type { PastDecisions } from '../admin-api/ports/decisions.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import { noReplay, replay, type Flip } from '../gateway/replay.ts';
import type { DecisionToken } from '../core/past-decision.ts';
import type { Clock } from '../lib/clock.ts';

export interface ReplaysOptions {
  readonly decisions: PastDecisions;
  readonly currentConfig: () => GatewayConfig;
  readonly clock: Pick<Clock, 'now'>;
}

const pageDecisions = 500;
const examplesMax = 5;

/** Decides again what was decided, page by page, with a turn of the event loop for requests in between. */
export function replayDecisions({ decisions, currentConfig, clock }: ReplaysOptions): Replays {
  return {
    async countFlips(next: GatewayConfig, fromMs: number): Promise<FlipCount> {
      const files = { before: currentConfig(), after: next, nowMs: clock.now() };
      await decisions.flush();
      const coveredFromMs = await decisions.firstHourMs(fromMs);
      let made = noReplay;
      let cursor: string | null | undefined;
      do {
        const page = await decisions.list(fromMs, { limit: pageDecisions, ...(cursor && { cursor }) });
        const tokens = await decisions.tokens([...new Set(page.items.map(({ tokenId }) => tokenId))]);
        made = await replay(page.items, tokens, files, made);
        cursor = page.nextCursor;
      } while (cursor !== null);
      const flips = made.flips.toSorted((one, other) => other.decision.requests - one.decision.requests);
      const requests = flips.reduce((sum, { decision }) => sum + decision.requests, 0);
      return { requests, examples: flips.slice(0, examplesMax).map(flipText), coveredFromMs };
    },
  };
}

function whose({ name, owner, assumption }: DecisionToken): string {
  if (assumption === undefined) return `of "${name}" (${owner.username})`;
  return `of ${owner.username} as assumed by ${assumption.actor.username}`;
}

function flipText({ decision, token, before, after }: Flip): string {
  const who = token === undefined ? 'without a known token' : whose(token);
  return `${decision.method} ${decision.host}${decision.path} ${who}: ${before.outcome}, would be ${after.outcome}`;
}
