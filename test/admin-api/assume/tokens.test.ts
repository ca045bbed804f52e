import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../../src/core/scope.ts';
import { parseToken } from '../../../src/core/token.ts';
import { expectProblem } from '../support/client.ts';
import type { Holder } from '../support/people.ts';
import { openWorld, type World } from '../support/world.ts';
import { castOf, issue, issuing, redeem, tokens, type Cast } from './support.ts';

const hourMs = 3_600_000;
let world: World;
let cast: Cast;
let operator: Holder;

beforeAll(async () => {
  world = await openWorld();
  cast = await castOf(world);
  const scopes = [...builtInRoles['platform-admin'], 'read'];
  operator = await world.people.holder('platform', ['wayleave/platform-admin', 'analytics/viewer'], scopes);
});

const asAdmin = () => world.client(cast.admin.secret);

describe('POST /organizations/{org}/assume-tokens', () => {
  it('makes one that is redeemed and no bearer, shows its secret this once, and audits it without', async () => {
    const { subject, admin } = cast;
    const before = Date.now();
    const { secret, view } = await issue(world, cast, {
      scopes: ['read'],
      read_only: true,
      allowed_actors: ['support'],
    });
    expect(parseToken(secret, ['wl'])).toMatchObject({ kind: 'asu' });
    expect(view).toEqual({
      id: expect.stringMatching(/^asm_/) as string,
      organization_id: admin.user.organizationId,
      issued_by: { id: admin.user.id, username: admin.user.username },
      subject: { id: subject.user.id, username: subject.user.username },
      scopes: ['read'],
      allowed_actors: ['support'],
      redeemed_by_organization: null,
      read_only: true,
      reason: 'ticket 4711',
      validity: '8h',
      discouraged: false,
      state: 'active',
      last_four: secret.slice(-4),
      created_at: expect.stringMatching(/Z$/) as string,
      expires_at: expect.stringMatching(/Z$/) as string,
      expired_by: null,
      open_sessions: 0,
    });
    expect(Date.parse(String(view['expires_at'])) - before).toBeGreaterThanOrEqual(8 * hourMs);
    expectProblem(await world.client(secret).get('/api/v1/me'), 401, 'token_invalid');
    const audit = await asAdmin().get('/api/v1/audit?action=assume_token.create&limit=1');
    expect(audit.body['items']).toMatchObject([
      { target: { id: view['id'] }, user_id: admin.user.id, reason: 'ticket 4711' },
    ]);
    expect(JSON.stringify(audit.body)).not.toContain(secret);
  });

  it('keeps no token that somebody has put into the reason', async () => {
    const { view } = await issue(world, cast, { reason: `use ${cast.admin.secret}` });
    expect(view['reason']).toMatch(/^use wl_pat_/);
    expect(JSON.stringify(view)).not.toContain(cast.admin.secret);
  });

  it('is for the issuer, with all that the issuing token holds, unless told otherwise', async () => {
    const { admin } = cast;
    const { body } = await asAdmin().post(tokens, { validity: '2h', reason: 'look at this' });
    expect(body['assume_token']).toMatchObject({
      subject: { id: admin.user.id },
      scopes: ['read', 'device:read', 'device:write'],
      allowed_actors: [],
    });
    const narrow = await world.people.token(admin.user, issuing);
    const answer = await world.client(narrow.secret).post(tokens, { validity: '2h', reason: 'look at this' });
    expect(answer.body['assume_token']).toMatchObject({ scopes: ['read', 'device:read'] });
  });

  it('is never for an admin of the platform to issue for somebody else’s organisation', async () => {
    const wish = { validity: '2h', subject_user_id: cast.subject.user.id, scopes: ['read'], reason: 'to help' };
    expectProblem(await world.client(operator.secret).post(tokens, wish), 403, 'grant_denied');
  });

  it('never makes an admin of the platform its subject', async () => {
    const own = '/api/v1/organizations/platform/assume-tokens';
    const answer = await world.client(operator.secret).post(own, { validity: '2h', scopes: ['read'], reason: 'me' });
    expectProblem(answer, 403, 'grant_denied');
  });

  it('says that one without end is discouraged, in every answer, and ends it with the token that issued it', async () => {
    const { id, view } = await issue(world, cast, { validity: 'lifetime' });
    expect(view).toMatchObject({ discouraged: true });
    expect(Date.parse(String(view['expires_at']))).toBeLessThan(Date.now() + 25 * hourMs);
    const { body } = await asAdmin().get(`${tokens}?limit=1`);
    expect(body['items']).toMatchObject([{ id, discouraged: true }]);
    const expired = await asAdmin().post(`${tokens}/${id}/expire`);
    expect(expired.body['assume_token']).toMatchObject({ discouraged: true, state: 'expired' });
  });

  it.each([
    ['a right on Wayleave itself', { scopes: ['read', 'wayleave:tokens:write'] }, '400 validation_failed', '/scopes/1'],
    ['a scope that the subject has not', { scopes: ['device:write'] }, '403 insufficient_scope', undefined],
    ['a scope that is in no catalogue', { scopes: ['nada'] }, '400 unknown_scope', '/scopes/0'],
    ['no scope', { scopes: [] }, '400 validation_failed', '/scopes'],
    ['a validity of one’s own', { validity: '3h' }, '400 validation_failed', '/validity'],
    ['no reason', { reason: undefined }, '400 validation_failed', '/reason'],
    ['nobody who may redeem it', { allowed_actors: [] }, '400 validation_failed', '/allowed_actors'],
    ['a field that there is not', { organization: 'globex' }, '400 validation_failed', '/organization'],
    ['a subject that there is not', { subject_user_id: 'usr_nobody' }, '404 not_found', undefined],
  ])('refuses %s', async (_, wish, refusal, pointer) => {
    const body = { validity: '8h', subject_user_id: cast.subject.user.id, reason: 'x', ...wish };
    const answer = await asAdmin().post(tokens, body);
    expect(`${answer.status} ${String(answer.body['code'])}`).toBe(refusal);
    const errors = (answer.body['errors'] ?? []) as { pointer: string }[];
    expect(errors[0]?.pointer).toBe(pointer);
  });

  it('refuses a scope that the issuing token does not hold, though issuer and subject have it', async () => {
    const narrow = await world.people.token(cast.admin.user, ['wayleave:assume:issue', 'device:read']);
    const wish = { validity: '8h', subject_user_id: cast.subject.user.id, scopes: ['read'], reason: 'x' };
    const answer = await world.client(narrow.secret).post(tokens, wish);
    expectProblem(answer, 403, 'insufficient_scope');
    expect(answer.body['missing_scopes']).toEqual(['read']);
    const bare = await world.people.token(cast.admin.user, ['wayleave:assume:issue']);
    expectProblem(
      await world.client(bare.secret).post(tokens, { ...wish, scopes: undefined }),
      403,
      'insufficient_scope',
    );
  });

  it('outlives the issuing token in no case', async () => {
    const brief = await world.people.token(cast.admin.user, issuing, hourMs);
    const answer = await world.client(brief.secret).post(tokens, { validity: '2h', scopes: ['read'], reason: 'x' });
    expectProblem(answer, 400, 'validation_failed');
  });

  it('is for no user of another organisation, nor for one who is disabled', async () => {
    const wish = { validity: '2h', scopes: ['read'], reason: 'x' };
    const other = await asAdmin().post(tokens, { ...wish, subject_user_id: cast.helper.user.id });
    expectProblem(other, 404, 'not_found');
    const gone = await world.people.user('acme', ['analytics/viewer']);
    await world.stores.users.change(gone.organizationId, gone.id, { status: 'disabled' });
    expectProblem(await asAdmin().post(tokens, { ...wish, subject_user_id: gone.id }), 409, 'conflict');
  });
});

describe('the lists of assume-user tokens', () => {
  it('have the active and the expired apart, and the deleted nowhere; each end has a receipt', async () => {
    const [one, another] = [await issue(world, cast), await issue(world, cast)];
    const ids = async (state: string): Promise<unknown[]> => {
      const { body } = await asAdmin().get(`${tokens}?state=${state}&limit=2`);
      return (body['items'] as { id: string }[]).map(({ id }) => id);
    };
    expect(await ids('active')).toEqual([another.id, one.id]);
    const expired = await asAdmin().post(`${tokens}/${one.id}/expire`);
    expect(expired).toMatchObject({
      status: 200,
      body: { assume_token: { id: one.id, state: 'expired', expired_by: cast.admin.user.id }, receipt: { silent: [] } },
    });
    expect((await ids('expired'))[0]).toBe(one.id);
    expect((await ids('active'))[0]).toBe(another.id);
    for (const { id } of [one, another]) {
      expect(await asAdmin().delete(`${tokens}/${id}`)).toMatchObject({
        status: 200,
        body: { receipt: { silent: [] } },
      });
      expectProblem(await asAdmin().delete(`${tokens}/${id}`), 404, 'not_found');
    }
    expect([...(await ids('active')), ...(await ids('expired'))]).not.toContain(one.id);
    expectProblem(await redeem(world, cast.helper, one.secret), 401, 'token_revoked');
  });
});
