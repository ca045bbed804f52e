import { once } from 'node:events';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { hashToken, mintToken } from '../../src/core/token.ts';
import { asUser, bearer, openPlane, type Plane } from './plane.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
let plane: Plane;
beforeAll(async () => {
  scene = await openScene();
  plane = await openPlane(scene);
});

const minute = 60_000;
const lastSeen = () => plane.seen.at(-1)?.headers ?? {};

async function cast() {
  const admin = await scene.admin('acme');
  const helper = await scene.helper();
  return { admin, helper, leave: await scene.issue({ issuer: admin }) };
}

describe('a request under a session', () => {
  it('reaches the upstream as the subject’s, by the actor, and says until when', async () => {
    const { admin, helper, leave } = await cast();
    const started = await plane.ask('POST', '/.wayleave/assume', bearer(helper.secret), {
      token: leave.secret,
      reason: 'ticket 4711',
    });
    expect(started.status).toBe(201);
    const { token, id } = JSON.parse(started.body) as { token: string; id: string };
    const answer = await plane.ask('GET', '/devices/7', {
      ...bearer(token),
      'x-auth-actor': 'usr_forged',
      'x-auth-assume-id': 'asm_forged',
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-auth-assumed-until')).toBe(new Date(leave.token.expiresAt ?? 0).toISOString());
    expect(lastSeen()).toMatchObject({
      'x-auth-user': admin.user.id,
      'x-auth-org': admin.user.organizationId,
      'x-auth-scopes': 'device:read device:write',
      'x-auth-actor': helper.user.id,
      'x-auth-actor-username': helper.user.username,
      'x-auth-actor-org': helper.user.organizationId,
      'x-auth-assume-id': leave.token.id,
      'x-auth-token-id': id,
    });
    const report = plane.reports.at(-1)?.decision?.record;
    expect(report?.assumption?.redeemer.id).toBe(helper.tokenId);
  });

  it('by a header is the same, in one session however often it is asked, and forwards neither token nor header', async () => {
    const { admin, helper, leave } = await cast();
    const headers = asUser(helper.secret, leave.secret);
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => plane.ask('GET', '/open/x', headers)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(answers[4]?.headers.get('x-auth-assumed-until')).toBe(new Date(leave.token.expiresAt ?? 0).toISOString());
    expect(lastSeen()).toMatchObject({ 'x-auth-user': admin.user.id, 'x-auth-actor': helper.user.id });
    const names = Object.keys(lastSeen());
    expect(names.filter((name) => /^(authorization|assume)/.test(name))).toEqual([]);
    const { items } = await scene.stores.assumeSessions.list({ assumeTokenId: leave.token.id }, { limit: 10 });
    expect(items).toMatchObject([{ way: 'header', reason: 'ticket 4711', actor: { id: helper.user.id } }]);
    const again = await plane.ask('GET', '/open/x', { ...bearer(helper.secret), 'assume-user': leave.secret });
    expect(again.status).toBe(200);
  });

  it('on a public route is nobody’s, and opens no session', async () => {
    const { helper, leave } = await cast();
    expect((await plane.ask('GET', '/public/x', asUser(helper.secret, leave.secret))).status).toBe(200);
    expect(Object.keys(lastSeen()).filter((name) => /^(x-auth|assume)/.test(name))).toEqual([]);
    const { items } = await scene.stores.assumeSessions.list({ assumeTokenId: leave.token.id }, { limit: 10 });
    expect(items).toEqual([]);
  });

  it('is refused where the route or the token says so, and the refusal says until when too', async () => {
    const { admin, helper, leave } = await cast();
    const own = asUser(helper.secret, leave.secret);
    expect(await plane.ask('GET', '/closed/x', own)).toMatchObject({ status: 403, code: 'assumed_denied' });
    expect(await plane.ask('GET', '/read-only/x', own)).toMatchObject({ status: 200 });
    const post = await plane.ask('POST', '/read-only/x', own);
    expect(post).toMatchObject({ status: 403, code: 'assumed_read_only' });
    expect(post.headers.get('x-auth-assumed-until')).not.toBeNull();
    const reading = await scene.issue({ issuer: admin, readOnly: true });
    const reader = asUser((await scene.helper()).secret, reading.secret);
    expect(await plane.ask('HEAD', '/open/x', reader)).toMatchObject({ status: 200 });
    expect(await plane.ask('DELETE', '/open/x', reader)).toMatchObject({ code: 'assumed_read_only' });
    // The subject without anybody acting is not held to it.
    expect(await plane.ask('GET', '/closed/x', bearer(admin.secret))).toMatchObject({ status: 200 });
  });

  it('is whoami’s subject and actor, and cannot rotate, revoke or redeem', async () => {
    const { admin, helper, leave } = await cast();
    const { secret, session } = await scene.enter(helper, leave);
    const whoami = await plane.ask('GET', '/.wayleave/whoami', bearer(secret));
    expect(JSON.parse(whoami.body)).toMatchObject({
      subject: { id: admin.user.id },
      actor: { id: helper.user.id },
      token: { id: session.id, kind: 'ses' },
    });
    expect(whoami.headers.get('x-auth-assumed-until')).not.toBeNull();
    for (const action of ['rotate', 'revoke']) {
      const answer = await plane.ask('POST', `/.wayleave/self/${action}`, bearer(secret));
      expect(answer).toMatchObject({ status: 401, code: 'token_invalid' });
    }
    const chain = await plane.ask('POST', '/.wayleave/assume', bearer(secret), { token: leave.secret, reason: 'r' });
    expect(chain).toMatchObject({ status: 403, code: 'assumed_denied' });
    expect(await plane.ask('GET', '/open/x', asUser(secret, leave.secret))).toMatchObject({ code: 'assumed_denied' });
  });

  it('is not made by what is no assume-user token, nor by one as a bearer', async () => {
    const { helper, leave } = await cast();
    const { secret } = await scene.enter(helper, leave);
    for (const junk of [secret, mintToken('wl', 'asu'), helper.secret, 'junk']) {
      const answer = await plane.ask('GET', '/open/x', asUser(helper.secret, junk));
      expect(answer, junk).toMatchObject({ status: 401, code: 'token_invalid' });
    }
    expect(await plane.ask('GET', '/open/x', bearer(leave.secret))).toMatchObject({ code: 'token_invalid' });
    const noReason = { ...bearer((await scene.helper()).secret), 'assume-user': leave.secret };
    expect(await plane.ask('GET', '/open/x', noReason)).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(await plane.ask('GET', '/open/x', { 'assume-user': leave.secret })).toMatchObject({ code: 'token_missing' });
  });

  it('comes from the actor’s addresses, or opens nothing', async () => {
    const { leave } = await cast();
    const user = await scene.people.user('helpers');
    const secret = mintToken('wl', 'pat');
    await scene.stores.tokens.create({
      userId: user.id,
      name: 'elsewhere',
      scopes: ['wayleave:assume'],
      allowedIps: ['192.0.2.0/24'],
      expiresAt: null,
      hash: hashToken(secret),
      lastFour: secret.slice(-4),
      createdBy: user.id,
    });
    const answer = await plane.ask('GET', '/open/x', asUser(secret, leave.secret));
    expect(answer).toMatchObject({ status: 403, code: 'address_denied' });
    const { items } = await scene.stores.assumeSessions.list({ assumeTokenId: leave.token.id }, { limit: 10 });
    expect(items).toEqual([]);
  });
});

describe('the end of a session', () => {
  it('that its actor wishes is the end of that one alone, with a receipt', async () => {
    const { admin, helper, leave } = await cast();
    const [one, two] = [await scene.enter(helper, leave), await scene.enter(helper, leave)];
    const stranger = await scene.helper();
    const path = `/.wayleave/assume/${one.session.id}`;
    expect(await plane.ask('DELETE', path, bearer(stranger.secret))).toMatchObject({ status: 404 });
    expect(await plane.ask('DELETE', path, bearer(two.secret))).toMatchObject({ status: 404 });
    expect(await plane.ask('DELETE', path, bearer(admin.secret))).toMatchObject({ status: 404 });
    const answer = await plane.ask('DELETE', path, bearer(helper.secret));
    expect(JSON.parse(answer.body)).toMatchObject({ session: { id: one.session.id }, receipt: { nodes_expected: 1 } });
    expect(await plane.ask('GET', '/open/x', bearer(one.secret))).toMatchObject({ status: 401, code: 'assume_ended' });
    expect(await plane.ask('GET', '/open/x', bearer(two.secret))).toMatchObject({ status: 200 });
    expect(await plane.ask('DELETE', '/.wayleave/assume', bearer(two.secret))).toMatchObject({ status: 200 });
    expect(await plane.ask('GET', '/open/x', bearer(two.secret))).toMatchObject({ code: 'assume_ended' });
    expect(await scene.stores.assumeSessions.find(two.session.id)).toMatchObject({ endReason: 'actor' });
    expect(await plane.ask('DELETE', '/.wayleave/assume', bearer(helper.secret))).toMatchObject({ status: 400 });
  });

  it('closes what is open under it: a WebSocket by a session’s token, and one by headers', async () => {
    const { helper, leave } = await cast();
    const { secret } = await scene.enter(helper, leave);
    const open = async (headers: Record<string, string>) => {
      const socket = new WebSocket(`ws://127.0.0.1:${plane.port}/open/ws`, { headers });
      await once(socket, 'open');
      return { closed: once(socket, 'close') as Promise<[number, Buffer]> };
    };
    const sockets = [await open(bearer(secret)), await open(asUser(helper.secret, leave.secret))];
    await scene.stores.assumeTokens.expire(leave.token.organizationId, leave.token.id, 'usr_admin');
    for (const { closed } of sockets) {
      const [code, reason] = await closed;
      expect(code).toBe(1008);
      expect(reason.toString()).toContain('assume_ended');
    }
  });

  it('refuses an upgrade where reading alone is allowed', async () => {
    const { admin, helper } = await cast();
    const leave = await scene.issue({ issuer: admin, readOnly: true });
    const { secret } = await scene.enter(helper, leave);
    const socket = new WebSocket(`ws://127.0.0.1:${plane.port}/open/ws`, { headers: bearer(secret) });
    const [, response] = (await once(socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number; headers: object },
    ];
    expect(response.statusCode).toBe(403);
    expect(response.headers).toMatchObject({ 'x-wayleave-error': 'assumed_read_only' });
  });

  it('by silence comes 15 minutes after the last use, and the next request opens another', async () => {
    const { helper, leave } = await cast();
    const headers = asUser(helper.secret, leave.secret);
    const sessions = async () => {
      const page = await scene.stores.assumeSessions.list({ assumeTokenId: leave.token.id }, { limit: 10 });
      return page.items;
    };
    await plane.ask('GET', '/open/x', headers);
    for (const _ of [1, 2, 3]) {
      scene.clock.advance(10 * minute);
      await plane.ask('GET', '/open/x', headers);
      await vi.waitFor(async () => expect((await sessions())[0]?.idleUntil).toBe(scene.clock.now() + 15 * minute));
    }
    expect(await sessions()).toHaveLength(1);
    scene.clock.advance(15 * minute);
    expect(await plane.ask('GET', '/open/x', headers)).toMatchObject({ status: 200 });
    expect(await sessions()).toMatchObject([{ endedAt: null }, { endReason: 'idle' }]);
  });

  it('that a person has decided is not undone by the next request with the same header', async () => {
    const { admin, helper, leave } = await cast();
    const headers = asUser(helper.secret, leave.secret);
    await plane.ask('GET', '/open/x', headers);
    const { items } = await scene.stores.assumeSessions.list({ assumeTokenId: leave.token.id }, { limit: 10 });
    await scene.stores.assumeSessions.end(items[0]?.id ?? '', { userId: admin.user.id, as: 'admin' });
    expect(await plane.ask('GET', '/open/x', headers)).toMatchObject({ status: 401, code: 'assume_ended' });
    scene.clock.advance(10 * minute);
    expect(await plane.ask('GET', '/open/x', headers)).toMatchObject({ code: 'assume_ended' });
  });
});
