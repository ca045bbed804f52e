import type { GatewayConfig } from '../../config/compiled.ts';
import type { AuditEvent } from '../../core/audit.ts';

/** What made the gateway read its gateway.yaml. */
export type ReloadCause = 'start' | 'file' | 'signal' | 'api';

/** Something wrong with a gateway.yaml, and where. */
export interface FileProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly code: string;
  /** Such as `routes[0].scopes`; empty: the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly fix: string | undefined;
}

/** How the last reading of gateway.yaml went. */
export interface ReloadAttempt {
  readonly atMs: number;
  readonly cause: ReloadCause;
  /** A sentence for people when the file could not be taken. */
  readonly failure: string | undefined;
}

/** What the gateway runs by at this moment. */
export interface ConfigurationInForce {
  readonly config: GatewayConfig;
  /** The file without anything secret. */
  readonly text: string;
  /** Variables of the environment that it uses. */
  readonly variables: readonly string[];
  /** Since when, and by what. */
  readonly sinceMs: number;
  readonly cause: ReloadCause;
  /** Keys whose new values wait for a restart. */
  readonly needsRestart: readonly string[];
  readonly lastAttempt: ReloadAttempt;
}

export type ReloadOutcome =
  | {
      /** `unchanged`: the file says what is in force already. */
      readonly kind: 'reloaded' | 'unchanged';
      readonly revision: string;
      readonly previousRevision: string;
      readonly needsRestart: readonly string[];
      readonly warnings: readonly FileProblem[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly FileProblem[] }
  /** The file is good, and whoever asked for the reload does not want what it says. */
  | { readonly kind: 'declined'; readonly reason: string };

export interface ReloadRequest {
  readonly cause: Exclude<ReloadCause, 'start'>;
  /** Writes it into the audit log; when that fails, by throwing, nothing is reloaded. */
  readonly record: (event: AuditEvent) => Promise<void>;
  /** Looks at what would come into force. @returns why it must not, for people; undefined to go on */
  readonly examine?: (next: GatewayConfig) => Promise<string | undefined>;
}

/** The configuration of this node. */
export interface Configuration {
  inForce(): ConfigurationInForce;
  /** Reads gateway.yaml again and puts it into force if it is good. Reloads happen one after another. */
  reload(request: ReloadRequest): Promise<ReloadOutcome>;
}

/** Writes reloads into the audit log. Throws AuditUnavailable, StoreUnavailable. */
export interface ReloadRecord {
  write(event: AuditEvent): Promise<void>;
}
