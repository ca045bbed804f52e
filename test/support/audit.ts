import { AuditChain } from '../../src/audit/audit-chain.ts';
import { PostgresAuditWriter } from '../../src/audit/postgres-audit-writer.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { secretKeyFixture } from './secret-key.ts';

/** The chain under the secret key of the tests. */
export const testChain = new AuditChain(secretKeyFixture().deriveKey('audit'));

/** Writes audit rows under the key of the tests. */
export function auditWriter(clock: Clock): PostgresAuditWriter {
  return new PostgresAuditWriter({ chain: testChain, clock });
}
