import type { Store } from '../db/store.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../observability/logger.ts';
import { PostgresSweptTokens } from '../tokens/postgres-token-sweep.ts';
import { TokenSweep } from '../tokens/token-sweep.ts';

export interface SweepingOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Begins to note which tokens have ended. Through the admin pool, so that it never stands in the way of a lookup. */
export function sweepTokens({ store, clock, logger }: SweepingOptions): Pick<TokenSweep, 'close'> {
  const sweep = new TokenSweep({
    tokens: new PostgresSweptTokens(store.admin, clock),
    onFault: (error) => logger.error({ err: error }, 'tokens that have ended could not be noted for lists'),
  });
  sweep.start();
  return sweep;
}
