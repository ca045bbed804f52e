import type { AdminStores } from '../admin-api/context.ts';
import { PostgresAssumeSessions } from '../assume/postgres-assume-sessions.ts';
import { PostgresAssumeTokens } from '../assume/postgres-assume-tokens.ts';
import { AuditChain } from '../audit/audit-chain.ts';
import { LoggedReloads } from './reload-record.ts';
import { PostgresAuditLog } from '../audit/postgres-audit-log.ts';
import type { Author } from '../core/audit.ts';
import type { SecretKey } from '../core/secret-key.ts';
import type { ChangeLog, Database } from '../db/client.ts';
import { PostgresAuthorizations } from '../directory/postgres-authorizations.ts';
import { PostgresOrganizations } from '../directory/postgres-organizations.ts';
import { PostgresUsers } from '../directory/postgres-users.ts';
import type { Clock } from '../lib/clock.ts';
import { PostgresSigningKeys } from '../oauth/postgres-signing-keys.ts';
import { PostgresConsoleSessions } from '../tokens/postgres-console-sessions.ts';
import { PostgresEnrolments } from '../tokens/postgres-enrolments.ts';
import { PostgresScopeUses } from '../tokens/postgres-scope-uses.ts';
import { PostgresSessionUsages } from '../tokens/postgres-session-usage.ts';
import { PostgresOverviews } from '../tokens/postgres-overviews.ts';
import { PostgresTokens } from '../tokens/postgres-tokens.ts';
import { PostgresUsageHours } from '../tokens/postgres-usage-list.ts';

export interface AdminStoresOptions {
  readonly database: Database;
  readonly changes: ChangeLog;
  readonly clock: Clock;
  /** Signing keys are sealed under it, and the audit log is signed. */
  readonly secretKey: SecretKey;
}

/** The stores of the admin API as they are on Postgres, with what only the program itself may do. */
export interface PostgresAdminStores extends AdminStores {
  readonly authorizations: PostgresAuthorizations;
  readonly tokens: PostgresTokens;
  readonly keys: PostgresSigningKeys;
  as(author: Author): PostgresAdminStores;
}

/** Joins the stores that people change things through. */
export function joinAdminStores(
  options: AdminStoresOptions,
  audit = new PostgresAuditLog(options.database, new AuditChain(options.secretKey.deriveKey('audit'))),
): PostgresAdminStores {
  return {
    organizations: new PostgresOrganizations(options),
    users: new PostgresUsers(options),
    authorizations: new PostgresAuthorizations(options),
    tokens: new PostgresTokens(options),
    enrolments: new PostgresEnrolments(options),
    assumeTokens: new PostgresAssumeTokens(options),
    assumeSessions: new PostgresAssumeSessions(options),
    usage: new PostgresUsageHours(options.database),
    scopeUses: new PostgresScopeUses(options.database),
    sessionUsage: new PostgresSessionUsages(options.database),
    keys: new PostgresSigningKeys(options),
    sessions: new PostgresConsoleSessions(options),
    overviews: new PostgresOverviews(options),
    audit,
    reloads: new LoggedReloads(options.changes),
    as: (author) => joinAdminStores({ ...options, changes: options.changes.as(author) }, audit),
  };
}
