import type { ReloadRecord } from '../admin-api/ports/configuration.ts';
import type { AuditEvent } from '../core/audit.ts';
import type { ChangeLog } from '../db/client.ts';

/** Writes reloads of gateway.yaml into the audit log, where nothing else in the store changes with them. */
export class LoggedReloads implements ReloadRecord {
  readonly #changes: ChangeLog;

  constructor(changes: ChangeLog) {
    this.#changes = changes;
  }

  write(event: AuditEvent): Promise<void> {
    return this.#changes.transact((_sql, _changed, audit) => Promise.resolve(audit(event)));
  }
}
