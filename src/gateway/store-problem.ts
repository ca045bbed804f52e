import { AuditUnavailable } from '../core/audit-unavailable.ts';
import type { Problem } from '../core/problem.ts';
import { StoreUnavailable } from '../core/store-unavailable.ts';

/** What a store that failed is answered with. @throws what is no failure of the store */
export function storeProblem(error: unknown): Problem {
  if (error instanceof StoreUnavailable) {
    const detail = 'the token store does not answer; try again shortly';
    return { code: 'store_unavailable', detail, retryAfterSeconds: 1, cause: error };
  }
  if (!(error instanceof AuditUnavailable)) throw error;
  const detail = 'the change could not be written to the audit log, so it was not made; try again shortly';
  return { code: 'audit_unavailable', detail, retryAfterSeconds: 1, cause: error };
}
