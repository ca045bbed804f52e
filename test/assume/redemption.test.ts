import { beforeAll, describe, expect, it } from 'vitest';
import { mintToken } from '../../src/core/token.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});

describe('redeeming an assume-user token', () => {
  it('makes a session that is the subject, by the actor, with what the grant gives of the subject’s rights', async () => {
    const admin = await scene.admin('acme');
    const helper = await scene.helper();
    const leave = await scene.issue({ issuer: admin });
    const { session, secret } = await scene.enter(helper, leave);
    expect(session).toMatchObject({ way: 'token', address: '192.0.2.7', endedAt: null, reason: 'ticket 4711' });
    const principal = await scene.principal(secret);
    expect(principal).toMatchObject({ subject: { id: admin.user.id }, actor: { id: helper.user.id } });
    expect(principal.assumption).toMatchObject({ grantId: leave.token.id, actorTokenId: helper.tokenId });
    expect([...principal.scopes]).toEqual(['device:read', 'device:write']);
    expect(principal.expiresAt).toBe(leave.token.expiresAt);
  });

  it('takes what the subject has lost meanwhile away at once', async () => {
    const admin = await scene.admin('acme', []);
    const subject = await scene.people.holder('acme', ['analytics/viewer'], []);
    await scene.people.grant(admin.user, ['analytics/editor']);
    const { secret } = await scene.enter(await scene.helper(), await scene.issue({ issuer: admin, subject }));
    expect([...(await scene.principal(secret)).scopes]).toEqual(['device:read']);
    const { items } = await scene.stores.authorizations.list(
      subject.user.organizationId,
      { userId: subject.user.id },
      { limit: 10 },
    );
    for (const { id } of items) await scene.stores.authorizations.remove(subject.user.organizationId, id);
    expect([...(await scene.principal(secret)).scopes]).toEqual([]);
  });

  it('is for the organisation of whoever comes first, unless the token names others', async () => {
    const leave = await scene.issue({ issuer: await scene.admin('acme') });
    await scene.enter(await scene.helper('helpers'), leave);
    expect(await scene.redeem(await scene.helper('others'), leave)).toMatchObject({
      kind: 'refused',
      problem: { code: 'assumed_denied' },
    });
    await scene.enter(await scene.helper('helpers'), leave);
    const helper = await scene.helper('helpers');
    const named = await scene.issue({ issuer: await scene.admin('acme'), allowedActors: [helper.user.id] });
    await scene.enter(helper, named);
    expect(await scene.redeem(await scene.helper('helpers'), named)).toMatchObject({
      problem: { code: 'assumed_denied' },
    });
  });

  it('refuses oneself, chains, junk, tokens without wayleave:assume, and wants a reason', async () => {
    const admin = await scene.people.holder(
      'acme',
      ['wayleave/org-admin', 'analytics/editor'],
      ['wayleave:assume:issue', 'wayleave:assume'],
    );
    const helper = await scene.helper();
    const leave = await scene.issue({ issuer: admin });
    const { secret } = await scene.enter(helper, leave);
    const code = async (...call: Parameters<Scene['redeem']>) => {
      const outcome = await scene.redeem(...call);
      return outcome.kind === 'refused' ? outcome.problem.code : 'redeemed';
    };
    expect(await code(admin, await scene.issue({ issuer: admin }))).toBe('assumed_denied');
    expect(await code(secret, leave)).toBe('assumed_denied');
    expect(await code(helper, { secret: mintToken('wl', 'asu') })).toBe('token_invalid');
    expect(await code(helper, { secret: mintToken('wl', 'pat') })).toBe('token_invalid');
    expect(await code(await scene.people.holder('helpers', [], ['wayleave:self']), leave)).toBe('insufficient_scope');
    expect(await code(helper, leave, { reason: undefined })).toBe('invalid_request');
    expect(await code(helper, leave, { reason: 'two\nlines' })).toBe('invalid_request');
  });

  it('writes down who came, who was refused and why, once a minute for each kind', async () => {
    const leave = await scene.issue({ issuer: await scene.admin('recorded') });
    const stranger = await scene.helper('others');
    const { session } = await scene.enter(await scene.helper(), leave);
    for (const _ of [1, 2, 3]) await scene.redeem(stranger, leave);
    const { items } = await scene.stores.audit.list({ organizationIds: [leave.token.organizationId] }, { limit: 100 });
    const rows = items
      .filter(({ action }) => action.startsWith('assume'))
      .toSorted((one, other) => other.seq - one.seq);
    expect(rows.map(({ action }) => action)).toEqual([
      'assume_token.refused',
      'assume_session.start',
      'assume_token.create',
    ]);
    expect(JSON.parse(rows[0]?.after ?? '')).toMatchObject({ why: 'actor_not_allowed', actor: stranger.user.id });
    expect(rows[1]).toMatchObject({ targetId: session.id, userId: session.actor.id, reason: 'ticket 4711' });
    expect(JSON.stringify(items)).not.toMatch(/wl_(asu|ses)_[0-9A-Za-z]/);
  });
});

describe('an end', () => {
  const ends = (secret: string) => scene.authenticate(secret);

  it('comes to every session of a token that an admin expires or deletes, for good, and is written down', async () => {
    const admin = await scene.admin('acme');
    for (const how of ['expire', 'remove'] as const) {
      const leave = await scene.issue({ issuer: admin });
      const { session, secret } = await scene.enter(await scene.helper(), leave);
      const ended = await scene.stores.assumeTokens[how](leave.token.organizationId, leave.token.id, admin.user.id);
      expect(ended).toMatchObject({ openSessions: 0 });
      expect(await ends(secret)).toMatchObject({ code: 'assume_ended' });
      expect(await scene.stores.assumeSessions.find(session.id)).toMatchObject({
        endReason: how === 'expire' ? 'grant_expired' : 'grant_deleted',
        endedBy: admin.user.id,
      });
      const refused = await scene.redeem(await scene.helper(), leave);
      expect(refused).toMatchObject({ problem: { code: how === 'expire' ? 'token_expired' : 'token_revoked' } });
    }
    const active = await scene.stores.assumeTokens.list(admin.user.organizationId, 'active', { limit: 200 });
    const expired = await scene.stores.assumeTokens.list(admin.user.organizationId, 'expired', { limit: 200 });
    expect(active.items.every(({ state }) => state === 'active')).toBe(true);
    expect(expired.items.filter(({ expiredBy }) => expiredBy === admin.user.id)).toHaveLength(1);
  });

  it('comes with the helper’s token, whatever ends it, and when it loses wayleave:assume', async () => {
    const leave = await scene.issue({ issuer: await scene.admin('acme') });
    for (const action of ['revoke', 'disable', 'expire', 'delete'] as const) {
      const helper = await scene.helper();
      const { secret } = await scene.enter(helper, leave);
      await scene.stores.tokens.act(helper.tokenId, action, helper.user.id);
      expect(await ends(secret), action).toMatchObject({ code: 'assume_ended' });
    }
    const helper = await scene.people.holder('helpers', [], ['wayleave:assume', 'wayleave:self']);
    const { secret } = await scene.enter(helper, leave);
    await scene.stores.tokens.edit(helper.tokenId, { purpose: 'support' }, helper.user.id);
    expect([...(await scene.principal(secret)).scopes]).toEqual(['device:read', 'device:write']);
    await scene.stores.tokens.edit(helper.tokenId, { scopes: ['wayleave:self'] }, helper.user.id);
    expect(await ends(secret)).toMatchObject({ code: 'assume_ended' });
  });

  it('leaves sessions out of every list of tokens', async () => {
    const admin = await scene.admin('acme');
    const { session } = await scene.enter(await scene.helper(), await scene.issue({ issuer: admin }));
    const { items } = await scene.stores.tokens.list({ userId: admin.user.id }, { limit: 200 });
    expect(items.map(({ kind }) => kind)).toEqual(['pat']);
    expect(await scene.stores.tokens.find(session.id)).toBeUndefined();
    expect(await scene.stores.tokens.act(session.id, 'enable', admin.user.id)).toBeUndefined();
  });
});
