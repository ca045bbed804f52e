import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtInScopes, expandPatterns, isScope, isScopePattern, patternCovers } from '../../src/core/scope.ts';
import { principalOf } from '../../src/core/principal.ts';
import { recordFixture } from '../support/record-fixture.ts';

describe('a pattern of a role', () => {
  it.each([
    ['device:read', 'device:read', true],
    ['device:read', 'device:write', false],
    ['device:*', 'device:read', true],
    ['device:*', 'device:read:own', true],
    ['device:*', 'device', false],
    ['device', 'device:read', false],
    ['*', 'device', true],
    ['*', 'device:read:own', true],
    ['*:read', 'device:read', true],
    ['*:read', 'device:sub:read', false],
    ['device:*:own', 'device:read:own', true],
    ['device:*:own', 'device:read', false],
    ['*', 'wayleave:self', false],
    ['wayleave:*', 'wayleave:self', false],
    ['wayleave:self', 'wayleave:self', false],
  ])('%s covers %s: %s', (pattern, scope, covers) => {
    expect(patternCovers(pattern, scope)).toBe(covers);
  });

  it('never covers a scope of the built-in project, whatever it is', () => {
    const piece = fc.constantFrom('*', 'wayleave', 'self', 'org', 'read', 'tokens');
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), (pieces) => {
        expect(expandPatterns([pieces.join(':')], Object.keys(builtInScopes))).toEqual([]);
      }),
    );
  });
});

describe('a scope', () => {
  it.each(['device:read', 'a', 'a.b-c_d:e'])('may be %s', (text) => expect(isScope(text)).toBe(true));
  it.each(['', ':', 'a:', ':a', 'A', 'a b', 'a:*', 'é', 'a"b', 'a'.repeat(129)])('may not be %j', (text) => {
    expect(isScope(text)).toBe(false);
  });
  it('of a role may have stars', () => {
    expect(isScopePattern('a:*')).toBe(true);
    expect(isScopePattern('a:b*')).toBe(false);
  });
});

describe('the effective scopes', () => {
  const roleScopes = new Map([
    ['analytics/viewer', new Set(['device:read'])],
    ['analytics/admin', new Set(['device:read', 'device:write'])],
  ]);

  it('are what the token holds and the roles of its owner give today', () => {
    const record = recordFixture({ scopes: ['device:read', 'device:write', 'wayleave:self'] }, ['analytics/viewer']);
    const principal = principalOf(record, roleScopes);
    expect([...principal.scopes]).toEqual(['device:read', 'wayleave:self']);
    expect(principal.roles).toEqual(['analytics/viewer']);
  });

  it('name a role only when all its scopes are in effect', () => {
    const record = recordFixture({ scopes: ['device:read'] }, ['analytics/admin', 'analytics/gone']);
    expect(principalOf(record, roleScopes).roles).toEqual([]);
  });

  it('give platform rights in the organisation platform alone', () => {
    const record = recordFixture({ scopes: ['wayleave:platform', 'wayleave:org:read'] }, ['wayleave/platform-admin']);
    expect([...principalOf(record, roleScopes).scopes]).toEqual([]);
    const { owner } = record;
    const onPlatform = { ...record, owner: { ...owner, organization: { ...owner.organization, slug: 'platform' } } };
    expect(principalOf(onPlatform, roleScopes).scopes.has('wayleave:platform')).toBe(true);
  });

  it('do not follow a name of JavaScript for a built-in role', () => {
    const record = recordFixture({ scopes: ['wayleave:self'] }, ['wayleave/constructor', 'wayleave/__proto__']);
    expect([...principalOf(record, roleScopes).scopes]).toEqual(['wayleave:self']);
  });
});
