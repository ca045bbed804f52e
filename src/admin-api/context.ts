import type { IncomingMessage } from 'node:http';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { GatewayConfig } from '../config/compiled.ts';
import type { Organization } from '../core/directory.ts';
import type { Problem } from '../core/problem.ts';
import type { RawToken } from '../core/token.ts';
import type { TokenLookup } from '../core/token-lookup.ts';
import type { Clock } from '../lib/clock.ts';
import type { Readiness } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import type { Caller } from './caller.ts';
import type { ConsoleAssets } from './console-assets.ts';
import type { Authorizations, Organizations, Tokens, Users } from './ports.ts';

/** The store as the admin API needs it. */
export interface AdminStores {
  readonly organizations: Organizations;
  readonly users: Users;
  readonly authorizations: Authorizations;
  readonly tokens: Tokens;
}

/** What the admin API is built from. */
export interface AdminDeps {
  readonly stores: AdminStores;
  readonly lookup: TokenLookup;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  readonly readiness: Readiness;
  readonly console: ConsoleAssets;
  /** The JSON Schema of gateway.yaml, as text. */
  readonly configSchema: string;
  /** The version of the program, for the OpenAPI document. */
  readonly version: string;
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
    /** The organisation that the path names, once the caller may see it. */
    organization: Organization;
    /** What was refused, for the log. */
    problem: Problem;
  };
}

export type AdminApp = OpenAPIHono<AdminEnv>;
