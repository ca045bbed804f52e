import type { AdminDeps } from '../admin-api/context.ts';
import { withReceipt } from '../admin-api/receipt.ts';
import { actOnSelf } from '../admin-api/self.ts';
import { PostgresRedemption } from '../assume/postgres-redemption.ts';
import { Redeemer } from '../assume/redeem.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import type { HeaderSessions, Redemption } from '../core/redemption.ts';
import { mintToken } from '../core/token.ts';
import type { ChangeLog } from '../db/client.ts';
import type { AssumeService } from '../gateway/assume-endpoints.ts';
import type { OwnServices } from '../gateway/own-path.ts';
import type { Clock } from '../lib/clock.ts';
import { readTokenRecord } from '../tokens/postgres-token-lookup.ts';

export interface AssumingOptions {
  readonly changes: ChangeLog;
  readonly clock: Clock;
  /** The configuration in force at this moment. */
  readonly config: () => GatewayConfig;
}

/** Joins what makes sessions of assume-user tokens. */
export function joinAssuming({ changes, clock, config }: AssumingOptions): HeaderSessions {
  const store = new PostgresRedemption({ changes, clock, readRecord: readTokenRecord });
  return new Redeemer({ store, changes, clock, config, mintToken: (prefix) => mintToken(prefix, 'ses') });
}

/** What answers the proxy listener's own paths that change something. */
export function joinOwnServices(redemption: Redemption, deps: AdminDeps): OwnServices {
  return { self: { act: (call) => actOnSelf(call, deps) }, assume: assumeServiceOf(redemption, deps) };
}

type AssumeServiceDeps = Pick<AdminDeps, 'stores' | 'clock' | 'receipts' | 'metrics'>;

/** What the proxy listener does to sessions: opens them, and ends those of whoever asks. */
export function assumeServiceOf(redemption: Redemption, deps: AssumeServiceDeps): AssumeService {
  return {
    redeem: (call) => redemption.redeem(call),
    end: async (id, { caller, address, requestId }) => {
      const actor = caller.actor ?? caller.subject;
      const { assumeSessions } = deps.stores.as({
        userId: caller.subject.id,
        actorId: caller.actor?.id ?? null,
        tokenId: caller.tokenId,
        organizationId: caller.subject.organization.id,
        address: address === '' ? null : address,
        requestId,
        via: 'proxy',
      });
      const session = await assumeSessions.find(id);
      if (session?.actor.id !== actor.id) return undefined;
      const { outcome, receipt } = await withReceipt(deps, () =>
        assumeSessions.end(id, { userId: actor.id, as: 'actor' }),
      );
      const endedAt = outcome?.endedAt ?? null;
      return { session: { id, ended_at: endedAt === null ? null : new Date(endedAt).toISOString() }, receipt };
    },
  };
}
