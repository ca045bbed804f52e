import type { GatewayConfig } from '../../config/compiled.ts';
import type { Finding } from '../../config/config-problem.ts';
import { formatDuration } from '../../lib/units.ts';
import type { OwnStore } from '../own-store.ts';

/** A `max_lifetime` that is shorter than what active tokens say of themselves. @throws StoreUnavailable */
export async function findOutlivedTokens(
  { tokens: { maxLifetimeMs } }: GatewayConfig,
  store: OwnStore,
): Promise<Finding[]> {
  if (maxLifetimeMs === Infinity) return [];
  const { shortened, ended } = await store.tokens.outlived(maxLifetimeMs);
  if (shortened === 0) return [];
  const tokens = shortened === 1 ? '1 active token ends' : `${shortened} active tokens end`;
  const atOnce = ended === 0 ? '' : `; ${ended} of them at once`;
  return [
    {
      path: ['tokens', 'max_lifetime'],
      at: 'value',
      severity: 'warning',
      code: 'lifetime-cuts-tokens',
      message: `with max_lifetime ${formatDuration(maxLifetimeMs)}, ${tokens} earlier than said when made${atOnce}`,
      fix: 'raise max_lifetime, or have them rotated first: wayleave token list --sort expires_at',
    },
  ];
}
