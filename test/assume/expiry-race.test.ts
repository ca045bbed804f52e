import { expect, it } from 'vitest';
import { count } from '../support/counts.ts';
import { openScene } from './scene.ts';

it('redemptions that race with the end of the assume-user token leave no session behind', async () => {
  const scene = await openScene();
  const admin = await scene.admin('acme');
  const helper = await scene.helper();
  for (const how of ['expire', 'remove'] as const) {
    const leave = await scene.issue({ issuer: admin });
    await scene.enter(helper, leave);
    const racing = Array.from({ length: count(24, 200) / 2 }, () => scene.redeem(helper, leave));
    const half = await Promise.all(racing.slice(0, racing.length / 4));
    const ended = scene.stores.assumeTokens[how](leave.token.organizationId, leave.token.id, admin.user.id);
    racing.push(...Array.from({ length: count(24, 200) / 2 }, () => scene.redeem(helper, leave)));
    await ended;
    const late = await Promise.all(Array.from({ length: 5 }, () => scene.redeem(helper, leave)));
    expect(late.map(({ kind }) => kind)).toEqual(late.map(() => 'refused'));
    const outcomes = await Promise.all(racing);
    expect(half.some(({ kind }) => kind === 'redeemed')).toBe(true);
    for (const outcome of outcomes) {
      if (outcome.kind === 'refused' || outcome.secret === undefined) continue;
      expect(await scene.authenticate(outcome.secret)).toMatchObject({ code: 'assume_ended' });
    }
    const open = await scene.stores.assumeSessions.list(
      { assumeTokenId: leave.token.id, state: 'open' },
      { limit: 200 },
    );
    expect(open.items).toEqual([]);
  }
});
