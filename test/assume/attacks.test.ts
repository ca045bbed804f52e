import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { hashToken } from '../../src/core/token.ts';
import { lines } from '../support/speak-http.ts';
import { dial } from '../support/wire.ts';
import { asUser, bearer, openPlane, type Plane } from './plane.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
let plane: Plane;
beforeAll(async () => {
  scene = await openScene();
  plane = await openPlane(scene);
});

async function cast() {
  const admin = await scene.admin('acme');
  const helper = await scene.helper();
  const leave = await scene.issue({ issuer: admin });
  return { admin, helper, leave, ...(await scene.enter(helper, leave)) };
}

const handshake = ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
const actorNames = ['X-Auth-Actor', 'X-Auth-Actor-Username', 'X-Auth-Actor-Org', 'X-Auth-Assume-Id'];

describe('an enemy', () => {
  it.each([
    ['a request', 'Connection: close, ', [] as string[]],
    ['an upgrade', 'Connection: upgrade, ', handshake],
  ])('can neither send an actor header nor suppress one by Connection, in %s', async (_what, connection, more) => {
    const { admin, helper, leave, secret } = await cast();
    const forged = actorNames.flatMap((name) => [`${name}: forged`, `${name.replaceAll('-', '_')}: forged`]);
    const client = await dial(plane.port);
    const before = plane.seen.length;
    client.send(
      lines(
        'GET /open/x HTTP/1.1',
        'Host: h',
        `Authorization: Bearer ${secret}`,
        `${connection}${[...actorNames, 'X-Auth-User', 'Assume-User', 'Authorization'].join(', ')}`,
        ...more,
        ...forged,
      ),
    );
    await client.untilText('\r\n\r\n');
    const headers = plane.seen[before]?.headers ?? {};
    expect(headers).toMatchObject({
      'x-auth-user': admin.user.id,
      'x-auth-actor': helper.user.id,
      'x-auth-actor-username': helper.user.username,
      'x-auth-actor-org': helper.user.organizationId,
      'x-auth-assume-id': leave.token.id,
    });
    expect(JSON.stringify(headers)).not.toContain('forged');
    expect(Object.keys(headers)).not.toContain('authorization');
    expect(client.text.toLowerCase()).toContain('x-auth-assumed-until');
  });

  it('cannot make two readings of whom they ask to be', async () => {
    const { helper, leave } = await cast();
    const other = await scene.issue({ issuer: await scene.admin('acme') });
    const client = await dial(plane.port);
    const head = ['GET /open/x HTTP/1.1', 'Host: h', `Authorization: Bearer ${helper.secret}`, 'Assume-Reason: r'];
    client.send(lines(...head, `Assume-User: ${leave.secret}`, `assume-user: ${other.secret}`));
    expect(await client.untilText('\r\n\r\n')).toContain('400 Bad Request');
    const twin = await dial(plane.port);
    twin.send(lines(...head, `Assume_User: ${leave.secret}`));
    await twin.untilText('\r\n\r\n');
    expect(plane.seen.at(-1)?.headers).toMatchObject({ 'x-auth-user': helper.user.id });
    expect(plane.seen.at(-1)?.headers['x-auth-actor']).toBeUndefined();
  });

  it('who has stolen an assume-user token and holds a token of another organisation gets nothing but the refusal', async () => {
    const { leave } = await cast();
    const thief = await scene.helper('thieves');
    const answers = [
      await plane.ask('GET', '/open/x', asUser(thief.secret, leave.secret)),
      await plane.ask('POST', '/.wayleave/assume', bearer(thief.secret), { token: leave.secret, reason: 'r' }),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 403, code: 'assumed_denied' });
      expect(answer.headers.get('x-auth-assumed-until')).toBeNull();
      expect(answer.body).not.toContain(leave.token.organizationId);
    }
  });

  it('who shows the session of somebody else by the same header with another token of theirs opens one of their own', async () => {
    const { leave } = await cast();
    const [one, two] = [await scene.helper(), await scene.helper()];
    await plane.ask('GET', '/open/x', asUser(one.secret, leave.secret));
    await plane.ask('GET', '/open/x', asUser(two.secret, leave.secret));
    const { items } = await scene.stores.assumeSessions.list({ assumeTokenId: leave.token.id }, { limit: 10 });
    const byHeader = items.filter(({ way }) => way === 'header');
    expect(new Set(byHeader.map(({ actor }) => actor.id))).toEqual(new Set([one.user.id, two.user.id]));
  });

  it('who holds a helper’s revoked token keeps no session by it, and opens none', async () => {
    const { helper, leave, secret } = await cast();
    await plane.ask('GET', '/open/x', asUser(helper.secret, leave.secret));
    await scene.stores.tokens.act(helper.tokenId, 'revoke', helper.user.id);
    const byHeader = await plane.ask('GET', '/open/x', asUser(helper.secret, leave.secret));
    expect(byHeader).toMatchObject({ status: 401, code: 'token_revoked' });
    expect(await plane.ask('GET', '/open/x', bearer(secret))).toMatchObject({ status: 401, code: 'assume_ended' });
  });

  it('gets nothing out of parked requests: a promotion of the subject ends what is under way', async () => {
    const admin = await scene.people.holder('platform', ['wayleave/org-admin', 'analytics/viewer'], []);
    const helper = await scene.helper();
    const { secret } = await scene.enter(helper, await scene.issue({ issuer: admin }));
    expect(await plane.ask('GET', '/open/x', bearer(secret))).toMatchObject({ status: 200 });
    const { id: userId, organizationId } = admin.user;
    const { items } = await scene.stores.authorizations.list(organizationId, { userId }, { limit: 10 });
    for (const { id, project } of items) {
      if (project === 'wayleave') await scene.stores.authorizations.remove(organizationId, id);
    }
    await scene.people.grant(admin.user, ['wayleave/platform-admin']);
    expect(await plane.ask('GET', '/open/x', bearer(secret))).toMatchObject({ status: 401, code: 'assume_ended' });
  });

  it('cannot put a token into the audit log by the reason, nor anything that ends the line', async () => {
    const { helper, leave } = await cast();
    const reason = `it is ${leave.secret} and ${helper.secret}`;
    const answer = await plane.ask('POST', '/.wayleave/assume', bearer(helper.secret), { token: leave.secret, reason });
    expect(answer.status).toBe(201);
    const { items } = await scene.stores.audit.list({ organizationIds: [leave.token.organizationId] }, { limit: 5 });
    expect(JSON.stringify(items)).not.toContain(leave.secret.slice(8));
    expect(JSON.stringify(items)).not.toContain(helper.secret.slice(8));
    const wrong = { token: leave.secret, reason: 'a\nb' };
    expect(await plane.ask('POST', '/.wayleave/assume', bearer(helper.secret), wrong)).toMatchObject({ status: 400 });
    for (const body of [[], 'x', { token: 7 }, { token: leave.secret, reason: 'r', as: 'root' }, null]) {
      const malformed = await plane.ask('POST', '/.wayleave/assume', bearer(helper.secret), body);
      expect(malformed, JSON.stringify(body)).toMatchObject({ status: 400, code: 'invalid_request' });
    }
  });

  it('who holds the old secret of a helper’s token keeps no WebSocket by headers beyond its overlap', async () => {
    const { leave } = await cast();
    const user = await scene.people.user('helpers');
    const holder = await scene.people.token(user, ['wayleave:assume']);
    const next = { hash: hashToken('a newer secret still' as never), lastFour: 'cret', overlapMs: 60_000 };
    const { expiresAt = null, version = 0 } = (await scene.stores.tokens.find(holder.tokenId)) ?? {};
    await scene.stores.tokens.rotate(holder.tokenId, { ...next, expiresAt, version }, user.id);
    const headers = asUser(holder.secret, leave.secret);
    const socket = new WebSocket(`ws://127.0.0.1:${plane.port}/open/ws`, { headers });
    await once(socket, 'open');
    const closed = once(socket, 'close') as Promise<[number, Buffer]>;
    scene.clock.advance(60_000);
    const [code, reason] = await closed;
    expect(code).toBe(1008);
    expect(reason.toString()).toContain('token_expired');
  });

  it('who rotates the token in time keeps the session, and who rotates it away does not keep the old secret', async () => {
    const user = await scene.people.user('helpers');
    const holder = await scene.people.token(user, ['wayleave:assume']);
    const leave = await scene.issue({ issuer: await scene.admin('acme') });
    const { secret } = await scene.enter(holder, leave);
    const token = await scene.stores.tokens.find(holder.tokenId);
    const next = 'the text of another secret';
    await scene.stores.tokens.rotate(
      holder.tokenId,
      {
        hash: hashToken(next as never),
        lastFour: 'cret',
        overlapMs: 0,
        expiresAt: token?.expiresAt ?? null,
        version: token?.version ?? 0,
      },
      user.id,
    );
    expect(await plane.ask('GET', '/open/x', bearer(secret))).toMatchObject({ status: 200 });
    const old = await plane.ask('GET', '/open/x', asUser(holder.secret, leave.secret));
    expect(old).toMatchObject({ status: 401, code: 'token_expired' });
  });
});
