import { PostgresSessionBook } from '../assume/postgres-session-book.ts';
import { SessionUpkeep } from '../assume/session-upkeep.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import type { TokenLookup } from '../core/token-lookup.ts';
import type { ChangeLog, Database } from '../db/client.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { InvalidationBus } from '../tokens/invalidation.ts';

export interface SessionKeepingOptions {
  readonly database: Database;
  readonly changes: ChangeLog;
  readonly lookup: TokenLookup;
  readonly bus: InvalidationBus;
  readonly clock: Clock;
  /** The configuration in force at this moment. */
  readonly config: () => GatewayConfig;
  readonly logger: Logger;
}

/** Writes down which sessions of assumed users have ended by themselves, until it is closed. */
export function keepSessions(options: SessionKeepingOptions): { close(): Promise<void> } {
  const { database, changes, lookup, bus, clock, config, logger } = options;
  const upkeep = new SessionUpkeep({
    book: new PostgresSessionBook({ database, changes, clock }),
    lookup,
    clock,
    policy: () => config().tokenPolicy,
    onFault: (error) => logger.error({ err: error }, 'the ends of sessions could not be written down'),
  });
  const unsubscribe = bus.subscribe(
    () => upkeep.wake(),
    () => upkeep.wake(),
  );
  upkeep.start();
  return {
    close: () => {
      unsubscribe();
      return upkeep.close();
    },
  };
}
