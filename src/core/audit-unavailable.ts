/** The audit row of a change could not be written, so the change was not made. It answers 503 `audit_unavailable`. */
export class AuditUnavailable extends Error {
  override readonly name = 'AuditUnavailable';
}
