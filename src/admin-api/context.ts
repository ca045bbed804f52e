import type { IncomingMessage } from 'node:http';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { GatewayConfig } from '../config/compiled.ts';
import type { Author } from '../core/audit.ts';
import type { Organization } from '../core/directory.ts';
import type { Problem } from '../core/problem.ts';
import type { Redemption } from '../core/redemption.ts';
import type { RawToken } from '../core/token.ts';
import type { TokenLookup } from '../core/token-lookup.ts';
import type { WebhookDeliveries } from '../core/webhook-delivery.ts';
import type { Clock } from '../lib/clock.ts';
import type { Readiness } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import type { SessionUse } from '../core/session-use.ts';
import type { AssumeSessions, AssumeTokens } from './ports/assume.ts';
import type { PastDecisions } from './ports/decisions.ts';
import type { Replays } from './ports/replays.ts';
import type { AuditLog, RefusalNotes } from './ports/audit.ts';
import type { Caller } from './caller.ts';
import type { ConsoleAssets } from './console-assets.ts';
import type { ConsoleSession, ConsoleSessions } from './ports/console-sessions.ts';
import type { Authorizations, Enrolments, Organizations, Users } from './ports/directory.ts';
import type { EndedSecretNotes, Tokens } from './ports/tokens.ts';
import type { Explanations } from './ports/explanations.ts';
import type { LiveConnectionList, NodeList, Receipts } from './ports/nodes.ts';
import type { Configuration, ReloadRecord } from './ports/configuration.ts';
import type { SigningKeys } from './ports/signing-keys.ts';
import type { Overviews } from './ports/overview.ts';
import type { ScopeUses, SessionUsages, UsageHours } from './ports/usage.ts';

/** The store as the admin API needs it. */
export interface AdminStores {
  readonly organizations: Organizations;
  readonly users: Users;
  readonly authorizations: Authorizations;
  readonly tokens: Tokens;
  readonly enrolments: Enrolments;
  readonly usage: UsageHours;
  readonly scopeUses: ScopeUses;
  readonly sessionUsage: SessionUsages;
  readonly audit: AuditLog;
  readonly assumeTokens: AssumeTokens;
  readonly assumeSessions: AssumeSessions;
  readonly keys: SigningKeys;
  readonly sessions: ConsoleSessions;
  readonly overviews: Overviews;
  readonly reloads: ReloadRecord;
  /** The same stores; what is changed through them is written down in the author's name. */
  as(author: Author): AdminStores;
}

/** What the admin API is built from. */
export interface AdminDeps {
  readonly stores: AdminStores;
  readonly lookup: TokenLookup;
  readonly redemption: Redemption;
  /** Told of calls that assumed users make, for the report of their sessions. */
  readonly sessionUses: { note(use: SessionUse): void };
  readonly receipts: Receipts;
  readonly refusals: RefusalNotes;
  readonly nodes: NodeList;
  readonly webhooks: WebhookDeliveries;
  readonly live: LiveConnectionList;
  readonly explanations: Explanations;
  readonly decisions: PastDecisions;
  readonly replays: Replays;
  /** Told when a secret is sent that a rotation has ended. */
  readonly endedSecrets: EndedSecretNotes;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  readonly readiness: Readiness;
  readonly console: ConsoleAssets;
  /** The JSON Schema of gateway.yaml, as text. */
  readonly configSchema: string;
  /** The version of the program, for the OpenAPI document. */
  readonly version: string;
  readonly configuration: Configuration;
  /** The configuration in force at this moment. */
  currentConfig(): GatewayConfig;
  /** Draws a new personal access token. */
  mintToken(prefix: string): RawToken;
}

/** What travels with one request. */
export interface AdminEnv {
  /** There on a real listener, not where a test calls the application in memory. */
  Bindings: { readonly incoming?: IncomingMessage };
  Variables: {
    deps: AdminDeps;
    requestId: string;
    /** Set by the guard on every call below /api/v1. */
    caller: Caller;
    /** Set where the caller is signed in to the console. */
    session?: ConsoleSession;
    /** The stores in the caller's name; `deps.stores` are the same below /api/v1. */
    stores: AdminStores;
    /** The organisation that the path names, once the caller may see it. */
    organization: Organization;
    /** What was refused, for the log. */
    problem: Problem;
  };
}

export type AdminApp = OpenAPIHono<AdminEnv>;
