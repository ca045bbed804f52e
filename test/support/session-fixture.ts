import type { Assumption, TokenRecord, UserRecord } from '../../src/core/token-record.ts';
import { recordFixture } from './record-fixture.ts';

export function userFixture(id: string, given: Partial<UserRecord> = {}, slug = 'acme'): UserRecord {
  return {
    id,
    username: id,
    kind: 'human',
    status: 'active',
    organization: { id: `org_${slug}`, slug, status: 'active' },
    roles: [],
    ...given,
  };
}

/** A helper's active token that may redeem, but for what is given. */
export function redeemerFixture(given: Partial<TokenRecord> = {}): TokenRecord {
  const owner = userFixture('usr_helper', {}, 'helpers');
  return recordFixture({ id: 'tok_helper', scopes: ['wayleave:assume'], owner, ...given });
}

/** A session that goes on: a helper is a person of acme, with that one's own leave, but for what is given. */
export function sessionFixture(given: Partial<TokenRecord> = {}, assumption: Partial<Assumption> = {}): TokenRecord {
  const owner = userFixture('usr_subject');
  return recordFixture({
    id: 'ase_1',
    kind: 'ses',
    owner,
    ...given,
    assumption: {
      grantId: 'asm_1',
      grantDeleted: false,
      grantExpiresAt: null,
      readOnly: false,
      allowedActors: ['org_helpers'],
      issuer: userFixture('usr_issuer', { roles: ['wayleave/org-admin'] }),
      redeemer: redeemerFixture(),
      idleUntil: null,
      ended: null,
      ...assumption,
    },
  });
}
