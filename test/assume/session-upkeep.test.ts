import { beforeAll, describe, expect, it } from 'vitest';
import { PostgresSessionBook } from '../../src/assume/postgres-session-book.ts';
import { SessionUpkeep } from '../../src/assume/session-upkeep.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
let upkeep: SessionUpkeep;
beforeAll(async () => {
  scene = await openScene();
  const { database, changes, clock, lookup, config } = scene;
  upkeep = new SessionUpkeep({
    book: new PostgresSessionBook({ database, changes, clock }),
    lookup,
    clock,
    policy: () => config.tokenPolicy,
    onFault: (error) => {
      throw error;
    },
  });
});

describe('a session that ends by itself', () => {
  it('is written down with the reason, in the organisation’s audit log too, and stays ended when its cause is gone', async () => {
    const admin = await scene.admin('acme');
    const helper = await scene.helper('helpers');
    const { session, secret } = await scene.enter(helper, await scene.issue({ issuer: admin }));
    const { session: other } = await scene.enter(await scene.helper('others'), await scene.issue({ issuer: admin }));
    await upkeep.look();
    expect(await scene.stores.assumeSessions.find(session.id)).toMatchObject({ endedAt: null });
    await scene.stores.organizations.change(helper.user.organizationId, { status: 'suspended' });
    await upkeep.look();
    await scene.stores.organizations.change(helper.user.organizationId, { status: 'active' });
    const why = { endReason: 'actor_organization_suspended', endedBy: null };
    expect(await scene.stores.assumeSessions.find(session.id)).toMatchObject(why);
    expect(await scene.stores.assumeSessions.find(other.id)).toMatchObject({ endedAt: null });
    expect(await scene.authenticate(secret)).toMatchObject({ code: 'assume_ended' });
    const { items } = await scene.stores.audit.list({ targetId: session.id }, { limit: 10 });
    expect(items.map(({ action }) => action).toSorted()).toEqual(['assume_session.end', 'assume_session.start']);
  });

  it('is written down although another one, that comes first, cannot be', async () => {
    const admin = await scene.admin('acme');
    const helper = await scene.helper();
    const first = await scene.enter(helper, await scene.issue({ issuer: admin }));
    const second = await scene.enter(helper, await scene.issue({ issuer: admin }));
    await scene.stores.tokens.act(helper.tokenId, 'revoke', helper.user.id);
    const { database, changes, clock, lookup, config } = scene;
    const book = new PostgresSessionBook({ database, changes, clock });
    const hindered = new SessionUpkeep({
      book: {
        open: (afterId, limit) => book.open(afterId, limit),
        close: (id, why) => (id === first.session.id ? Promise.reject(new Error('no audit row')) : book.close(id, why)),
      },
      lookup,
      clock,
      policy: () => config.tokenPolicy,
      onFault: () => undefined,
    });
    await expect(hindered.look()).rejects.toThrow('no audit row');
    expect(await scene.stores.assumeSessions.find(second.session.id)).toMatchObject({ endReason: 'actor_token_ended' });
    await upkeep.look();
    expect(await scene.stores.assumeSessions.find(first.session.id)).toMatchObject({ endReason: 'actor_token_ended' });
  });

  it('by time is written down as what came first', async () => {
    const admin = await scene.admin('acme');
    const short = await scene.issue({ issuer: admin, lifetimeMs: 3_600_000 });
    const endless = await scene.issue({ issuer: admin, lifetimeMs: null });
    const one = await scene.enter(await scene.helper(), short);
    const two = await scene.enter(await scene.helper(), endless);
    const soon = await scene.enter(
      await scene.people.token(await scene.people.user('helpers'), ['wayleave:assume'], 60_000),
      endless,
    );
    scene.clock.advance(12 * 3_600_000);
    await upkeep.look();
    const reasonOf = async (id: string) => (await scene.stores.assumeSessions.find(id))?.endReason;
    expect(await reasonOf(one.session.id)).toBe('grant_expired');
    expect(await reasonOf(two.session.id)).toBe('session_max');
    expect(await reasonOf(soon.session.id)).toBe('actor_token_ended');
  });
});
