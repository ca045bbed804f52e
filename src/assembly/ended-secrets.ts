import { systemAuthor } from '../core/audit.ts';
import { isSecretEnded } from '../core/token-record.ts';
import type { ChangeLog } from '../db/client.ts';
import type { ExchangeReport } from '../gateway/passage.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import { EndedSecrets, type EndedSecretUse } from '../tokens/ended-secrets.ts';

export interface EndedSecretWatch {
  readonly secrets: EndedSecrets;
  /** Looks at an exchange of the proxy listener that is over. */
  look(report: ExchangeReport): void;
}

interface WatchOptions {
  readonly changes: ChangeLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

/** Joins what watches for secrets that a rotation has ended: a warning, a count, a row of the audit log. */
export function watchEndedSecrets({ changes, clock, logger, metrics }: WatchOptions): EndedSecretWatch {
  const secrets = new EndedSecrets({
    clock,
    count: () => metrics.tokens.endedSecretUsed(),
    alarm: (use, heldBack) => {
      const { record, address, requestId } = use;
      logger.warn(
        { token_id: record.id, remote_address: address, request_id: requestId, uses_before: heldBack },
        'a secret was used that a rotation has ended',
      );
      writeDown(use, changes).catch((error: unknown) => {
        logger.error({ err: error, token_id: record.id }, 'the use of an ended secret could not be written down');
      });
    },
  });
  return {
    secrets,
    look: ({ decision, exchange, origin }) => {
      if (decision?.kind !== 'denied' || decision.record === undefined) return;
      const { record } = decision;
      if (!isSecretEnded(record, clock.now())) return;
      const address = origin?.address ?? exchange.peerAddress;
      secrets.note({ record, address, requestId: origin?.requestId ?? exchange.requestId, via: 'proxy' });
    },
  };
}

/** In the gateway's own name: nobody knows who sent it. */
function writeDown({ record, address, requestId, via }: EndedSecretUse, changes: ChangeLog): Promise<void> {
  const until = record.secretExpiresAt === null ? null : new Date(record.secretExpiresAt).toISOString();
  return changes.as({ ...systemAuthor, address, requestId }).transact((_sql, _changed, audit) => {
    audit({
      organizationId: record.owner.organization.id,
      action: 'token.old_secret_used',
      target: { kind: 'token', id: record.id, name: null },
      before: null,
      after: { via, old_secret_until: until },
    });
    return Promise.resolve();
  });
}
