import { beforeAll, describe, expect, it } from 'vitest';
import type { AssumedBy } from '../../../src/admin-api/ports/audit.ts';
import type { SessionUse } from '../../../src/core/session-use.ts';
import { calls, newTargets, requestOf } from '../support/calls.ts';
import { expectProblem } from '../support/client.ts';
import type { Holder } from '../support/people.ts';
import { openWorld, type World } from '../support/world.ts';
import { castOf, issue, issuing, openSession, redeem, sessions, tokens, type Cast, type Session } from './support.ts';

let world: World;
let cast: Cast;
let session: Session;
const refused: { code: string; assumed?: AssumedBy | undefined }[] = [];
const uses: SessionUse[] = [];

beforeAll(async () => {
  world = await openWorld({
    refusals: { note: (refusal) => refused.push(refusal) },
    sessionUses: { note: (use) => uses.push(use) },
  });
  cast = await castOf(world);
  session = await openSession(world, cast);
});

const asAdmin = () => world.client(cast.admin.secret);
const asHelper = () => world.client(cast.helper.secret);
const assumed = () => world.client(session.secret);

describe('POST /assume', () => {
  it('makes the helper the subject until the assume-user token ends, and never hands out more', async () => {
    const { id, secret, view } = await issue(world, cast, { scopes: ['read'] });
    const { status, body } = await redeem(world, cast.helper, secret);
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        token: expect.stringMatching(/^wl_ses_/) as string,
        id: expect.stringMatching(/^[a-z]{3}_/) as string,
        subject: { id: cast.subject.user.id, username: cast.subject.user.username },
        organization: { id: cast.subject.user.organizationId, slug: 'acme' },
        scopes: ['read'],
        expires_at: expect.stringMatching(/Z$/) as string,
      },
    });
    expect(Date.parse(String(body['expires_at']))).toBeLessThanOrEqual(Date.parse(String(view['expires_at'])));
    const me = await world.client(String(body['token'])).get('/api/v1/me');
    expect(me.body).toMatchObject({
      subject: { id: cast.subject.user.id },
      actor: { id: cast.helper.user.id, organization: { slug: 'support' } },
      assumption: { assume_token_id: id, read_only: false },
      token: { kind: 'ses' },
      platform: false,
    });
  });

  it.each([
    ['junk', () => Promise.resolve('wl_asu_junk'), 'token_invalid'],
    ['a token of one’s own', () => Promise.resolve<string>(cast.helper.secret), 'token_invalid'],
    ['a session', () => Promise.resolve(session.secret), 'token_invalid'],
  ])('refuses %s', async (_, token, code) => {
    expectProblem(await redeem(world, cast.helper, await token()), 401, code);
  });

  it('refuses whoever is not among the allowed actors, and whose token does not hold wayleave:assume', async () => {
    const { secret } = await issue(world, cast, { allowed_actors: ['globex'] });
    expectProblem(await redeem(world, cast.helper, secret), 403, 'assumed_denied');
    const bare = await world.people.token(cast.helper.user, ['wayleave:self']);
    expectProblem(await redeem(world, bare, (await issue(world, cast)).secret), 403, 'insufficient_scope');
  });

  it.each(['the organisation by slug', 'the organisation by id', 'the user'])(
    'lets in whoever is allowed by name: %s',
    async (which) => {
      const { id, organizationId } = cast.helper.user;
      const names = new Map([
        ['the organisation by slug', 'support'],
        ['the organisation by id', organizationId],
        ['the user', id],
      ]);
      const { secret } = await issue(world, cast, { allowed_actors: [names.get(which)] });
      expect((await redeem(world, cast.helper, secret)).status).toBe(201);
      expectProblem(await redeem(world, cast.admin, secret), 403, 'assumed_denied');
    },
  );

  it('makes nobody oneself', async () => {
    const { secret } = await issue(world, cast, { subject_user_id: cast.admin.user.id, scopes: ['read'] });
    expectProblem(await redeem(world, cast.admin, secret), 403, 'assumed_denied');
  });

  it('belongs to the organisation of whoever comes first', async () => {
    const { id, secret } = await issue(world, cast);
    const [rival, colleague] = [
      await world.people.holder('rivals', [], ['wayleave:assume']),
      await world.people.holder('support', [], ['wayleave:assume']),
    ];
    expect((await redeem(world, cast.helper, secret)).status).toBe(201);
    expectProblem(await redeem(world, rival, secret), 403, 'assumed_denied');
    expect((await redeem(world, colleague, secret)).status).toBe(201);
    const { body } = await asAdmin().get(`${tokens}?limit=1`);
    const organizationId = cast.helper.user.organizationId;
    expect(body['items']).toMatchObject([{ id, redeemed_by_organization: organizationId, open_sessions: 2 }]);
  });
});

describe('several who redeem one token at the same moment', () => {
  it('are let in from one organisation alone', async () => {
    const { id, secret } = await issue(world, cast);
    const rivals = await Promise.all(
      Array.from({ length: 6 }, (_, at) => world.people.holder(`rivals-${at % 3}`, [], ['wayleave:assume'])),
    );
    const answers = await Promise.all(rivals.map((rival) => redeem(world, rival, secret)));
    const inside = rivals.filter((_, at) => answers[at]?.status === 201).map(({ user }) => user.organizationId);
    expect(inside).toHaveLength(2);
    expect(new Set(inside).size).toBe(1);
    const outside = answers.filter(({ status }) => status !== 201);
    for (const answer of outside) expectProblem(answer, 403, 'assumed_denied');
    const { items } = await world.stores.assumeSessions.list({ assumeTokenId: id }, { limit: 10 });
    expect(items.map(({ actor }) => actor.organizationId)).toEqual(inside);
  });
});

describe('an assumed user on the admin API', () => {
  it('changes nothing, by no call that there is, and is written down as who really acts', async () => {
    const targets = await newTargets(world, 'acme', { isAssumed: true });
    const writes = Object.keys(calls).filter((name) => !/^get |\/api\/v1\/(enrol|session)$/.test(name));
    expect(writes.length).toBeGreaterThan(20);
    for (const name of writes) {
      const { method, path, body } = requestOf(name, targets);
      const answer = await assumed().call(method, path, body);
      expect({ name, status: answer.status, code: answer.body['code'] }).toEqual({
        name,
        status: 403,
        code: 'assumed_read_only',
      });
      expect(answer.headers.get('x-auth-assumed-until')).toMatch(/Z$/);
    }
    const by = {
      subjectId: cast.subject.user.id,
      actorId: cast.helper.user.id,
      assumeTokenId: session.grantId,
    };
    expect(refused.filter(({ code }) => code === 'assumed_read_only').map((one) => one.assumed)).toEqual(
      writes.map(() => by),
    );
  });

  it('reads the lists of the own organisation that the role of the subject opens, and those of no other', async () => {
    for (const path of ['organizations/acme/users', 'organizations/acme/authorizations', 'tokens', 'usage', 'audit']) {
      const answer = await assumed().get(`/api/v1/${path}`);
      expect(answer).toMatchObject({ status: 200 });
      expect(Date.parse(answer.headers.get('x-auth-assumed-until') ?? '')).toBeGreaterThan(Date.now());
    }
    expect((await asHelper().get('/api/v1/assume')).headers.has('x-auth-assumed-until')).toBe(false);
    expectProblem(await assumed().get('/api/v1/organizations/support/users'), 404, 'not_found');
    expectProblem(await assumed().get('/api/v1/tokens?organization=support'), 404, 'not_found');
    expectProblem(await assumed().get(tokens), 403, 'insufficient_scope');
    expectProblem(await assumed().get(sessions), 403, 'insufficient_scope');
    expectProblem(await assumed().get('/api/v1/assume'), 403, 'insufficient_scope');
    expect(uses).toContainEqual({
      sessionId: session.id,
      route: '/api/v1/organizations/:org/users',
      method: 'GET',
      code: undefined,
      address: '127.0.0.1',
    });
  });

  it('reads nothing where the subject has no role that reads', async () => {
    const plain = await world.people.holder('acme', ['analytics/viewer'], ['read']);
    const { secret } = await openSession(world, { ...cast, subject: plain });
    const client = world.client(secret);
    for (const path of ['organizations/acme/users', 'tokens', 'usage', 'audit']) {
      expectProblem(await client.get(`/api/v1/${path}`), 403, 'insufficient_scope');
    }
    expect(await client.get('/api/v1/me')).toMatchObject({ status: 200, body: { scopes: ['read', 'device:read'] } });
  });

  it('signs in to no console', async () => {
    const answer = await world.client().post('/api/v1/session', { token: session.secret });
    expect([400, 401, 403]).toContain(answer.status);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('is not made by the header Assume-User, which would do things in one’s own name', async () => {
    const { secret } = await issue(world, cast);
    const answer = await world
      .client(cast.admin.secret)
      .call('POST', '/api/v1/organizations/acme/users', undefined, { 'assume-user': secret });
    expectProblem(answer, 400, 'invalid_request');
  });
});

describe('a session', () => {
  it('is shown to both sides and ended by either, with a receipt, at once', async () => {
    const [one, another] = [await openSession(world, cast), await openSession(world, cast)];
    const own = await asHelper().get('/api/v1/assume?state=active&limit=2');
    expect((own.body['items'] as { id: string }[]).map(({ id }) => id)).toEqual([another.id, one.id]);
    const listed = await asAdmin().get(`${sessions}?assume_token_id=${one.grantId}`);
    expect(listed.body['items']).toMatchObject([
      {
        id: one.id,
        assume_token_id: one.grantId,
        subject: { id: cast.subject.user.id },
        actor: { id: cast.helper.user.id, organization: 'support' },
        address: '127.0.0.1',
        state: 'active',
        reason: 'ticket 4711',
        ended_at: null,
      },
    ]);
    const stopped = await asHelper().delete(`/api/v1/assume/${one.id}`);
    expect(stopped).toMatchObject({
      status: 200,
      body: { assume_session: { state: 'ended', end_reason: 'actor' }, receipt: { silent: [] } },
    });
    const thrown = await asAdmin().delete(`${sessions}/${another.id}`);
    expect(thrown.body['assume_session']).toMatchObject({ end_reason: 'admin', ended_by: cast.admin.user.id });
    for (const { secret } of [one, another]) {
      expectProblem(await world.client(secret).get('/api/v1/me'), 401, 'assume_ended');
    }
    const ended = await asHelper().get('/api/v1/assume?state=ended&limit=1');
    expect(ended.body['items']).toMatchObject([{ id: another.id }]);
  });

  it('ends once, whoever ends it how often and at the same moment', async () => {
    const { id, grantId } = await openSession(world, cast);
    const ends = [
      () => asHelper().delete(`/api/v1/assume/${id}`),
      () => asAdmin().delete(`${sessions}/${id}`),
      () => asAdmin().post(`${tokens}/${grantId}/expire`),
    ];
    const answers = await Promise.all([...ends, ...ends].map((end) => end()));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const rows = await asAdmin().get('/api/v1/audit?action=assume_session.end&limit=200');
    const own = (rows.body['items'] as { target: { id: string } }[]).filter(({ target }) => target.id === id);
    expect(own).toMatchObject([
      { after: { assume_token: grantId, subject: cast.subject.user.id, actor: cast.helper.user.id } },
    ]);
  });

  it('is nobody else’s to end or to read about', async () => {
    const stranger = await world.people.holder('support', [], ['wayleave:assume', 'wayleave:self']);
    const { id } = await openSession(world, cast);
    expectProblem(await world.client(stranger.secret).delete(`/api/v1/assume/${id}`), 404, 'not_found');
    // The subject learns of it from the admin; it is not the subject's to end.
    const subject = await world.people.token(cast.subject.user, ['wayleave:assume']);
    expectProblem(await world.client(subject.secret).delete(`/api/v1/assume/${id}`), 404, 'not_found');
    const rival = await world.people.holder('rivals', ['wayleave/org-admin'], ['wayleave:assume:issue']);
    const elsewhere = '/api/v1/organizations/rivals/assume-sessions';
    for (const path of [`${elsewhere}/${id}/report`, `${sessions}/${id}/report`]) {
      expectProblem(await world.client(rival.secret).get(path), 404, 'not_found');
    }
    expectProblem(await world.client(rival.secret).delete(`${elsewhere}/${id}`), 404, 'not_found');
    expect((await world.stores.assumeSessions.find(id))?.endedAt).toBeNull();
  });

  it('has a report that is empty while nothing was done, and final once it is over', async () => {
    const { id } = await openSession(world, cast);
    const empty = { calls: 0, refused: 0, first_at: null, last_at: null, routes: [], addresses: [] };
    const early = await asAdmin().get(`${sessions}/${id}/report`);
    expect(early).toMatchObject({ status: 200, body: { ...empty, is_final: false, session: { id, state: 'active' } } });
  });
});

describe('the token of a session', () => {
  it('is no token of the subject: not listed, not rotated, not edited, not ended by the calls for those', async () => {
    const { id, secret } = await openSession(world, cast);
    const own = await world.people.token(cast.subject.user, ['wayleave:self', 'wayleave:tokens:read']);
    for (const client of [asAdmin(), world.client(own.secret)]) {
      const listed = await client.get(`/api/v1/tokens?user_id=${cast.subject.user.id}&limit=200`);
      expect(listed.status).toBe(200);
      expect(JSON.stringify(listed.body)).not.toContain(id);
      for (const call of ['rotate', 'expire', 'disable', 'enable', 'revoke']) {
        expectProblem(
          await client.post(`/api/v1/tokens/${id}/${call}`, call === 'rotate' ? {} : undefined),
          404,
          'not_found',
        );
      }
      expectProblem(await client.get(`/api/v1/tokens/${id}`), 404, 'not_found');
      expectProblem(await client.patch(`/api/v1/tokens/${id}`, { purpose: 'mine' }), 404, 'not_found');
      expectProblem(await client.delete(`/api/v1/tokens/${id}`), 404, 'not_found');
    }
    const wish = { user_id: cast.subject.user.id, dry_run: true };
    const bulk = await asAdmin().post('/api/v1/tokens/expire', wish);
    expect(JSON.stringify(bulk.body)).not.toContain(id);
    expect((await world.client(secret).get('/api/v1/me')).status).toBe(200);
  });
});

describe('a session goes with what it rests on', () => {
  const everybody = async (): Promise<Cast> => ({
    admin: await world.people.holder('acme', ['wayleave/org-admin', 'analytics/editor'], [...issuing, 'wayleave:self']),
    subject: await world.people.holder('acme', ['wayleave/auditor', 'analytics/viewer'], ['read']),
    helper: await world.people.holder('support', [], ['wayleave:assume', 'wayleave:self']),
  });
  const users = '/api/v1/organizations/acme/users';

  it.each<[string, (people: Cast) => Promise<unknown>]>([
    [
      'the subject is disabled',
      ({ subject }) => asAdmin().patch(`${users}/${subject.user.id}`, { status: 'disabled' }),
    ],
    ['the subject is deleted', ({ subject }) => asAdmin().delete(`${users}/${subject.user.id}`)],
    ['the issuer is disabled', ({ admin }) => asAdmin().patch(`${users}/${admin.user.id}`, { status: 'disabled' })],
    ['the issuer is deleted', ({ admin }) => asAdmin().delete(`${users}/${admin.user.id}`)],
    ['the issuer is an admin no longer', ({ admin }) => demote(admin)],
    ['the helper revokes the token that redeemed', ({ helper }) => endToken(helper, 'revoke')],
    ['the helper deletes the token that redeemed', ({ helper }) => endToken(helper, 'delete')],
    ['the token that redeemed loses wayleave:assume', ({ helper }) => narrow(helper)],
    ['the helper is deleted', ({ helper }) => deleteHelper(helper)],
  ])('when %s', async (_, attack) => {
    const people = await everybody();
    const { secret } = await openSession(world, people);
    expect((await world.client(secret).get(users)).status).toBe(200);
    expect(await attack(people)).toMatchObject({ status: 200 });
    expectProblem(await world.client(secret).get(users), 401, 'assume_ended');
  });

  async function deleteHelper({ user: { organizationId, id } }: Holder): Promise<unknown> {
    const removed = await world.stores.users.remove(organizationId, id, id);
    return { status: removed !== undefined && 'username' in removed ? 200 : 404 };
  }

  async function demote({ user }: Holder): Promise<unknown> {
    const { body } = await asAdmin().get(`/api/v1/organizations/acme/authorizations?user_id=${user.id}`);
    const grants = body['items'] as { id: string; project: string }[];
    const grant = grants.find(({ project }) => project === 'wayleave');
    return asAdmin().delete(`/api/v1/organizations/acme/authorizations/${grant?.id}`);
  }

  function endToken(holder: Holder, how: 'revoke' | 'delete'): Promise<unknown> {
    const path = `/api/v1/tokens/${holder.tokenId}`;
    const client = world.client(holder.secret);
    return how === 'delete' ? client.delete(path) : client.post(`${path}/revoke`);
  }

  function narrow(holder: Holder): Promise<unknown> {
    return world.client(holder.secret).patch(`/api/v1/tokens/${holder.tokenId}`, { scopes: ['wayleave:self'] });
  }
});
