import { AuditChain } from '../audit/audit-chain.ts';
import { AuditUpkeep } from '../audit/audit-upkeep.ts';
import { HeadNotes } from '../audit/head-notes.ts';
import { PostgresAuditWriter } from '../audit/postgres-audit-writer.ts';
import { RefusalTally } from '../audit/refusal-tally.ts';
import type { SecretKey } from '../core/secret-key.ts';
import type { AuditWriter, ChangeLog } from '../db/client.ts';
import type { Store } from '../db/store.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';

export interface AuditOptions {
  readonly store: Store;
  readonly secretKey: SecretKey;
  /** For how long rows are kept, at this moment. */
  readonly retentionMs: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

/** What writes the audit log on this node. */
export interface AuditRecording {
  readonly writer: AuditWriter;
  readonly refusals: RefusalTally;
  /** Begins to look after the log, once there is something to write changes with. */
  start(changes: ChangeLog): void;
  close(): Promise<void>;
}

/** Joins the parts. */
export function recordAudit({ store, secretKey, retentionMs, clock, logger, metrics }: AuditOptions): AuditRecording {
  const heads = new HeadNotes(store.admin);
  const refusals = new RefusalTally(clock);
  const writer = new PostgresAuditWriter({
    chain: new AuditChain(secretKey.deriveKey('audit')),
    clock,
    onHead: (head) => heads.note(head),
    onAlarm: (organizationId) => {
      metrics.auditAlarm();
      const advice = 'run `wayleave audit verify`; unless WAYLEAVE_SECRET_KEY was changed, somebody has written to it';
      logger.error({ organization: organizationId, advice }, 'the end of an audit log is not as the gateway left it');
    },
  });
  let upkeep: AuditUpkeep | undefined;
  return {
    writer,
    refusals,
    start: (changes) => {
      upkeep = new AuditUpkeep({
        database: store.admin,
        changes,
        clock,
        get retentionMs() {
          return retentionMs();
        },
        heads,
        refusals,
        onHeads: (lines) =>
          logger.info(
            {
              audit_heads: lines.map(({ organizationId, seq, link }) => ({
                organization_id: organizationId,
                seq,
                link,
              })),
            },
            'audit heads',
          ),
        onPruned: (rows) => logger.info({ rows }, 'audit rows past their retention are gone'),
        onFault: (error) => logger.error({ err: error }, 'the audit log could not be looked after'),
      });
      upkeep.start();
    },
    close: async () => upkeep?.close(),
  };
}
