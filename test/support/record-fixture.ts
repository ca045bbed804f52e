import type { TokenRecord } from '../../src/core/token-record.ts';
import { systemClock } from '../../src/lib/clock.ts';

/** An active personal access token of a person of the organisation acme, but for what is given. */
export function recordFixture(given: Partial<TokenRecord>, roles: readonly string[] = []): TokenRecord {
  return {
    id: 'tok_1',
    kind: 'pat',
    scopes: [],
    expiresAt: null,
    disabled: false,
    revoked: false,
    allowedIps: [],
    issuedAt: systemClock.now(),
    secretExpiresAt: null,
    owner: {
      id: 'usr_1',
      username: 'ada',
      kind: 'human',
      status: 'active',
      organization: { id: 'org_1', slug: 'acme', status: 'active' },
      roles,
    },
    ...given,
  };
}
