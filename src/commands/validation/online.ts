import type { GatewayConfig } from '../../config/compiled.ts';
import type { Finding } from '../../config/config-problem.ts';
import type { Clock } from '../../lib/clock.ts';
import { withOwnStore } from '../own-store.ts';
import { findDanglingRoles } from './dangling-roles.ts';
import { findOutlivedTokens } from './outlived-tokens.ts';
import { findUnreachableUpstreams } from './unreachable-upstreams.ts';

/**
 * What shows only where the file is to be used: in the store that it names, and at its upstreams. Changes nothing there.
 * @throws StoreSetupError with a sentence for people, StoreUnavailable
 */
export async function findOnline(config: GatewayConfig, clock: Clock): Promise<Finding[]> {
  const upstreams = findUnreachableUpstreams(config);
  const ofStore = await withOwnStore(config, clock, async (store) => [
    ...(await findDanglingRoles(config, store)),
    ...(await findOutlivedTokens(config, store)),
  ]);
  return [...ofStore, ...(await upstreams)];
}
