import type { ConsoleAssets } from '../admin-api/console-assets.ts';
import type { AdminDeps } from '../admin-api/context.ts';
import type { GatewayConfig } from '../config/compiled.ts';
import { editorSchema } from '../config/json-schema.ts';
import type { Redemption } from '../core/redemption.ts';
import { mintToken } from '../core/token.ts';
import type { LiveConnections } from '../gateway/live-connections.ts';
import type { Clock } from '../lib/clock.ts';
import type { Readiness } from '../observability/health.ts';
import type { Logger } from '../observability/logger.ts';
import type { GatewayMetrics } from '../observability/metrics.ts';
import type { EndedSecretWatch } from './ended-secrets.ts';
import { replayDecisions } from './replays.ts';
import type { Reloading } from './reloading.ts';
import type { Stores } from './stores.ts';

export interface AdminParts {
  readonly stores: Stores;
  readonly reloading: Reloading;
  readonly currentConfig: () => GatewayConfig;
  readonly live: LiveConnections;
  readonly endedSecrets: EndedSecretWatch;
  readonly readiness: Readiness;
  readonly explanations: AdminDeps['explanations'];
  readonly redemption: Redemption;
  readonly console: ConsoleAssets;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

/** Joins what the admin API is built from. */
export function joinAdminDeps(parts: AdminParts): AdminDeps {
  const { stores, live } = parts;
  const { coordination } = stores;
  return {
    endedSecrets: parts.endedSecrets.secrets,
    stores,
    lookup: stores.lookup,
    redemption: parts.redemption,
    sessionUses: { note: (use) => stores.tokenUses.noteSession(use) },
    receipts: coordination.receipts,
    refusals: stores.refusals,
    nodes: coordination.nodes,
    webhooks: stores.webhookDeliveries,
    explanations: parts.explanations,
    decisions: stores.pastDecisions,
    replays: replayDecisions({
      decisions: stores.pastDecisions,
      currentConfig: parts.currentConfig,
      clock: parts.clock,
    }),
    live: { node: coordination.name, ofToken: (id) => live.ofToken(id) },
    clock: parts.clock,
    logger: parts.logger,
    metrics: parts.metrics,
    readiness: parts.readiness,
    console: parts.console,
    configSchema: JSON.stringify(editorSchema(), null, 2),
    version: parts.version,
    configuration: parts.reloading.configuration,
    currentConfig: parts.currentConfig,
    mintToken: (prefix) => mintToken(prefix, 'pat'),
  };
}
