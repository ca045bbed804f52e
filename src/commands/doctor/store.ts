import { existsSync } from 'node:fs';
import { readMigrationStatus } from '../migrate.ts';
import { connectionFault } from '../validation/unreachable-upstreams.ts';
import { causeText, type Check, type CheckResult } from './check.ts';

/** Whether the store answers, and whether its schema is this version's. */
export const checkStore: Check = async (config) => {
  const about = 'store';
  const name = config.store.postgres === undefined ? 'the embedded store' : 'Postgres';
  if (config.store.postgres === undefined && !existsSync(config.store.dataDir)) {
    return [{ state: 'note', about, text: 'the embedded store is made at the first start' }];
  }
  try {
    const { applied, pending } = await readMigrationStatus(config);
    if (pending.length === 0) return [{ state: 'ok', about, text: `${name} answers, its schema is up to date` }];
    const text = `${name} answers; ${pending.length} of ${applied.length + pending.length} steps of its schema are missing`;
    return [{ state: 'note', about, text, fix: '`wayleave serve` applies them when it starts, or: wayleave migrate' }];
  } catch (error) {
    return [{ state: 'failed', about, text: causeText(error), fix: 'see store: in gateway.yaml, and DATABASE_URL' }];
  }
};

/** Whether something takes connections where Redis should be. */
export const checkRedis: Check = async ({ store: { redis } }) => {
  if (redis === undefined) return [];
  const nodes = redis.kind === 'single' ? [redis.node] : redis.kind === 'sentinel' ? redis.sentinels : redis.nodes;
  const found = nodes.map(async ({ host, port }): Promise<CheckResult> => {
    const at = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const fault = await connectionFault(`redis://${at}`);
    if (fault === undefined) return { state: 'ok', about: 'redis', text: `${at} takes connections` };
    const fix = 'start it, or correct store.redis; the gateway goes on without it, and slower';
    return { state: 'warning', about: 'redis', text: `${at} takes none: ${fault}`, fix };
  });
  return Promise.all(found);
};
