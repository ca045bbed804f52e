import { beforeAll, describe, expect, it } from 'vitest';
import { openSessionsMax } from '../../src/assume/postgres-open-sessions.ts';
import type { Queryable } from '../../src/db/client.ts';
import { hashToken, lastFour, mintToken } from '../../src/core/token.ts';
import { asUser, bearer, openPlane, type Plane } from './plane.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
let plane: Plane;
beforeAll(async () => {
  scene = await openScene();
  plane = await openPlane(scene);
});

describe('whoever holds an assume-user token', () => {
  it('cannot write into the audit log what turns its text round, or what no database takes', async () => {
    const leave = await scene.issue({ issuer: await scene.admin('acme') });
    const helper = await scene.helper();
    for (const reason of ['ticket \u202E7114', 'ticket \uD800', 'one\u2028two', '\uFEFFticket']) {
      const answer = await plane.ask('POST', '/.wayleave/assume', bearer(helper.secret), {
        token: leave.secret,
        reason,
      });
      expect(answer, JSON.stringify(reason)).toMatchObject({ status: 400, code: 'invalid_request' });
    }
    const turned = Buffer.from('ticket \u202E7114').toString('latin1');
    const byHeader = await plane.ask('GET', '/open/x', asUser(helper.secret, leave.secret, turned));
    expect(byHeader).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it('cannot fill the store, and the rounds that look after sessions, with sessions that nobody ends', async () => {
    const leave = await scene.issue({ issuer: await scene.admin('acme') });
    const helper = await scene.helper('greedy');
    const { session } = await scene.enter(helper, leave);
    await scene.database.query((sql) => copies(sql, session.id, openSessionsMax.ofActor - 1));
    const full = await scene.redeem(helper, leave);
    expect(full).toMatchObject({ kind: 'refused', problem: { code: 'assumed_denied' } });
    expect(full).toHaveProperty('problem.detail', expect.stringContaining('250 sessions open'));
    const byHeader = await plane.ask('GET', '/open/x', asUser(helper.secret, leave.secret));
    expect(byHeader).toMatchObject({ status: 403, code: 'assumed_denied' });
    expect(await scene.redeem(await scene.helper('greedy'), leave)).toMatchObject({ kind: 'redeemed' });
    await scene.stores.assumeSessions.end(session.id, { userId: helper.user.id, as: 'actor' });
    expect(await scene.redeem(helper, leave)).toMatchObject({ kind: 'redeemed' });
  });

  it('cannot flood the audit log of its organisation with refusals by making many tokens of their own', async () => {
    const leave = await scene.issue({ issuer: await scene.admin('flooded'), allowedActors: ['somebody-else'] });
    const stranger = await scene.people.user('strangers');
    for (let made = 0; made < 5; made++) {
      await scene.redeem(await scene.people.token(stranger, ['wayleave:assume']), leave);
    }
    const { items } = await scene.stores.audit.list({ targetId: leave.token.id }, { limit: 100 });
    expect(items.filter(({ action }) => action === 'assume_token.refused')).toHaveLength(1);
  });

  it('cannot make their own token too costly to end, by sessions without number that they have ended themselves', async () => {
    const leave = await scene.issue({ issuer: await scene.admin('acme') });
    const helper = await scene.helper();
    const sessions = [];
    for (let opened = 0; opened < 4; opened++) sessions.push((await scene.enter(helper, leave)).session.id);
    const [open, ...over] = sessions;
    for (const id of over) await scene.stores.assumeSessions.end(id, { userId: helper.user.id, as: 'actor' });
    const changed: string[] = [];
    const unsubscribe = scene.bus.subscribe((keys) => void changed.push(...keys));
    await scene.stores.tokens.act(helper.tokenId, 'revoke', helper.user.id);
    unsubscribe();
    expect(changed.filter((key) => key.startsWith('ase_'))).toEqual([open]);
  });

  it('for a lifetime cannot redeem it once gateway.yaml has no lifetime, whatever end its issuer’s token gave it', async () => {
    const admin = await scene.admin('acme');
    const secret = mintToken('wl', 'asu');
    const token = await scene.stores.assumeTokens.create({
      organizationId: admin.user.organizationId,
      issuerId: admin.user.id,
      subjectId: admin.user.id,
      scopes: ['device:read'],
      allowedActors: null,
      readOnly: false,
      reason: 'the export fails',
      validity: 'lifetime',
      expiresAt: scene.clock.now() + 366 * 86_400_000,
      hash: hashToken(secret),
      lastFour: lastFour(secret),
    });
    expect(token).toMatchObject({ state: 'active' });
    const helper = await scene.helper();
    const { lifetimes } = scene.config.assume;
    const without = new Map([...lifetimes].filter(([, ms]) => ms !== Infinity));
    scene.reconfigure({ ...scene.config, assume: { ...scene.config.assume, lifetimes: without } });
    expect(await scene.redeem(helper, { secret })).toMatchObject({ problem: { code: 'token_expired' } });
    scene.reconfigure(scene.config);
    expect(await scene.redeem(helper, { secret })).toMatchObject({ kind: 'redeemed' });
  });
});

/** Sessions that go on like another one, without secrets. */
async function copies(sql: Queryable, id: string, count: number): Promise<void> {
  await sql`
    INSERT INTO tokens (
      id, kind, organization_id, user_id, parent_id, name, holds_name, scopes, expires_at, created_at, created_by,
      changed_at, changed_by)
    SELECT id || '_' || n, kind, organization_id, user_id, parent_id, name || n, holds_name, scopes, expires_at,
      created_at, created_by, changed_at, changed_by
    FROM tokens, generate_series(1, ${count}::int) AS n WHERE id = ${id}`;
  await sql`
    INSERT INTO assume_sessions (
      id, assume_token_id, organization_id, subject_id, actor_id, actor_organization_id, actor_token_id, way, address,
      started_at)
    SELECT id || '_' || n, assume_token_id, organization_id, subject_id, actor_id, actor_organization_id,
      actor_token_id, way, address, started_at
    FROM assume_sessions, generate_series(1, ${count}::int) AS n WHERE id = ${id}`;
}
