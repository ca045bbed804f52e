import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editProblem } from '../../../src/admin-api/tokens/edit-rules.ts';
import { scopeProblem, unknownScopeProblem } from '../../../src/admin-api/tokens/scope-rules.ts';
import type { Token } from '../../../src/core/directory.ts';
import { principalOf } from '../../../src/core/principal.ts';
import { count } from '../../support/counts.ts';
import { recordFixture } from '../../support/record-fixture.ts';
import { configFixture } from '../support/config.ts';

const { roleScopes, scopes: catalogue } = configFixture();
const everyRole = ['analytics/super', 'wayleave/org-admin'];

function callerWith(scopes: readonly string[], expiresAt: number | null = null) {
  return principalOf(recordFixture({ id: 'tok_caller', scopes, expiresAt }, everyRole), roleScopes);
}

const ownerWith = (...roles: string[]) => recordFixture({}, roles).owner;

function tokenWith(scopes: readonly string[], given: Partial<Token> = {}): Token {
  return {
    id: 'tok_edited',
    kind: 'pat',
    organizationId: 'org_1',
    userId: 'usr_1',
    username: 'ada',
    name: 'ci',
    purpose: null,
    scopes,
    state: 'active',
    lastFour: 'abcd',
    createdAt: 0,
    createdBy: 'usr_1',
    changedAt: 0,
    changedBy: 'usr_1',
    allowedIps: [],
    expiresAt: 1000,
    issuedAt: 0,
    rotation: null,
    version: 1,
    parentId: null,
    lastUse: null,
    ...given,
  };
}

describe('what derives from a token', () => {
  const owner = ownerWith(...everyRole);
  const caller = callerWith(['read', 'admin', 'wayleave:self']);
  const derived = tokenWith(['read', 'admin'], { parentId: 'tok_parent' });

  it('gets no scope by an edit that its parent may have lost or never had, whoever edits it', () => {
    const problem = editProblem({ token: derived, scopes: ['read', 'wayleave:self'], owner }, caller, roleScopes);
    expect(problem).toMatchObject({ code: 'insufficient_scope', missingScopes: ['wayleave:self'] });
    expect(problem?.detail).toContain('tok_parent');
  });

  it('can lose scopes by one', () => {
    expect(editProblem({ token: derived, scopes: ['read'], owner }, caller, roleScopes)).toBeUndefined();
  });
});

describe('unknownScopeProblem', () => {
  it('takes the catalogue’s scopes and the built-in ones', () => {
    expect(unknownScopeProblem(['device:read', 'wayleave:self'], catalogue)).toBeUndefined();
  });

  it.each(['*', 'device:*', 'Read', 'read ', 'nothing', 'wayleave:everything', 'wayleave:__proto__', 'toString'])(
    'names %j, which is not in it',
    (scope) => {
      const problem = unknownScopeProblem(['read', scope], catalogue);
      expect(problem).toMatchObject({ code: 'unknown_scope', errors: [{ pointer: '/scopes/1' }] });
      expect(problem?.detail).toContain(JSON.stringify(scope));
    },
  );
});

describe('scopeProblem', () => {
  it('says what the owner’s roles lack, what the caller’s token lacks, and the fix for each', () => {
    const caller = callerWith(['read', 'wayleave:tokens:write']);
    const owner = ownerWith('analytics/viewer');
    const scopes = ['read', 'device:read', 'admin'];
    expect(scopeProblem({ scopes, added: scopes, owner }, caller, roleScopes)).toEqual({
      code: 'insufficient_scope',
      detail:
        'No role of the owner "ada" gives admin; grant one that does first. ' +
        'The token that makes this call does not hold device:read, admin, and a token gives no more than it holds; ' +
        'use one that has them in effect: it must name them, and roles of its owner must give them.',
      missingScopes: ['admin', 'device:read'],
    });
  });

  it('lets nothing through that the owner’s roles or the caller’s token do not give', () => {
    const every = [...catalogue.keys(), 'wayleave:self', 'wayleave:tokens:write', 'wayleave:platform'];
    const some = fc.subarray(every);
    const roles = fc.subarray(['analytics/viewer', 'analytics/editor', 'analytics/admin', 'wayleave/auditor']);
    fc.assert(
      fc.property(some, some, roles, (wanted, held, owned) => {
        const caller = callerWith(held);
        const owner = ownerWith(...owned);
        const refused = scopeProblem({ scopes: wanted, added: wanted, owner }, caller, roleScopes) !== undefined;
        const effective = principalOf(recordFixture({ scopes: wanted }, owned), roleScopes).scopes;
        const within = wanted.every((scope) => effective.has(scope) && caller.scopes.has(scope));
        expect(refused).toBe(!within);
      }),
      { numRuns: count(500, 10_000) },
    );
  });
});

describe('editProblem', () => {
  const owner = ownerWith('analytics/super');

  it('lets scopes be taken away by a token that does not hold those that stay', () => {
    const edit = { token: tokenWith(['read', 'admin']), scopes: ['admin'], owner };
    expect(editProblem(edit, callerWith(['wayleave:tokens:write'], 1), roleScopes)).toBeUndefined();
  });

  it('adds what the caller’s token holds', () => {
    const edit = { token: tokenWith(['admin']), scopes: ['admin', 'read'], owner };
    expect(editProblem(edit, callerWith(['read'], 1000), roleScopes)).toBeUndefined();
  });

  const refused = {
    'what the caller’s token does not hold': {
      caller: callerWith(['admin']),
      edit: { token: tokenWith(['admin']), scopes: ['admin', 'read'], owner },
    },
    'what the owner’s roles no longer give': {
      caller: callerWith(['read']),
      edit: { token: tokenWith(['admin']), scopes: ['admin'], owner: ownerWith('analytics/viewer') },
    },
    'a scope to a token that ends later than the caller’s': {
      caller: callerWith(['read'], 999),
      edit: { token: tokenWith([]), scopes: ['read'], owner },
    },
    'a scope to a token that never ends': {
      caller: callerWith(['read'], 999),
      edit: { token: tokenWith([], { expiresAt: null }), scopes: ['read'], owner },
    },
    'a scope to itself': {
      caller: callerWith(['read']),
      edit: { token: tokenWith(['admin'], { id: 'tok_caller' }), scopes: ['admin', 'read'], owner },
    },
  };

  it.each(Object.entries(refused))('refuses %s', (_what, { caller, edit }) => {
    expect(editProblem(edit, caller, roleScopes)).toMatchObject({ code: 'insufficient_scope' });
  });
});
