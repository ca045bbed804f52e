import { PostgresRedemption } from '../assume/postgres-redemption.ts';
import { Redeemer } from '../assume/redeem.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import type { Redemption } from '../core/redemption.ts';
import { mintToken } from '../core/token.ts';
import type { ChangeLog } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import { readTokenRecord } from '../tokens/postgres-token-lookup.ts';

export interface AssumingOptions {
  readonly changes: ChangeLog;
  readonly clock: Clock;
  /** The configuration in force at this moment. */
  readonly config: () => GatewayConfig;
}

/** Joins what makes sessions of assume-user tokens. */
export function joinAssuming({ changes, clock, config }: AssumingOptions): Redemption {
  const store = new PostgresRedemption({ changes, clock, readRecord: readTokenRecord });
  return new Redeemer({ store, changes, clock, config, mintToken: (prefix) => mintToken(prefix, 'ses') });
}
