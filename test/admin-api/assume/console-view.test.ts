import { beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../support/client.ts';
import { ConsoleClient, sessionOf } from '../support/console-session.ts';
import type { Holder } from '../support/people.ts';
import { openWorld, type World } from '../support/world.ts';
import { castOf, openSession, redeem, issue, type Cast, type Session } from './support.ts';

let world: World;
let cast: Cast;
let session: Session;
let own: ConsoleClient;

beforeAll(async () => {
  world = await openWorld();
  cast = await castOf(world);
  session = await openSession(world, cast);
  own = await signIn(cast.helper);
});

async function signIn({ secret }: Holder): Promise<ConsoleClient> {
  const answer = await world.client().call('POST', '/api/v1/session', { token: secret });
  expect(answer).toMatchObject({ status: 201 });
  return new ConsoleClient(world.port, sessionOf(answer));
}

/** A call of the console's page that looks as the user whom a session assumes. */
const within = (id: string, by = own, method = 'GET', path = '/api/v1/me') =>
  by.call(method, path, method === 'GET' ? undefined : {}, { 'x-wayleave-assumed': id });

describe('the console of a helper who is in', () => {
  it('is answered as the assumed user where it asks so, and as the helper where it does not', async () => {
    expect((await within(session.id)).body).toMatchObject({
      subject: { id: cast.subject.user.id },
      actor: { id: cast.helper.user.id },
      organization: { slug: 'acme' },
      assumption: { assume_token_id: session.grantId },
      platform: false,
    });
    expect((await within(session.id, own, 'GET', '/api/v1/organizations/acme/users')).status).toBe(200);
    expect((await own.get('/api/v1/me')).body).toMatchObject({ subject: { id: cast.helper.user.id }, actor: null });
    expectProblem(await own.get('/api/v1/organizations/acme/users'), 404, 'not_found');
  });

  it('changes nothing as the assumed user, nor signs out', async () => {
    const path = '/api/v1/organizations/acme/users';
    expectProblem(await within(session.id, own, 'POST', path), 403, 'assumed_read_only');
    expectProblem(await within(session.id, own, 'DELETE', '/api/v1/session'), 403, 'assumed_read_only');
    expect((await own.get('/api/v1/me')).status).toBe(200);
  });

  it('stays signed in when the session ends, which is over at once', async () => {
    const { id } = await openSession(world, cast);
    expect((await within(id)).status).toBe(200);
    expect((await own.call('DELETE', `/api/v1/assume/${id}`)).status).toBe(200);
    expectProblem(await within(id), 401, 'assume_ended');
    expect((await own.get('/api/v1/me')).status).toBe(200);
  });
});

describe('attacks', () => {
  it('another token of the same helper is not lent what this one redeemed', async () => {
    const other = await signIn(await world.people.token(cast.helper.user, ['wayleave:assume', 'wayleave:self']));
    expectProblem(await within(session.id, other), 401, 'assume_ended');
  });

  it('nobody looks through the session of somebody else, not even an admin of the organisation', async () => {
    const stranger = await world.people.holder('support', [], ['wayleave:assume']);
    const root = await world.people.holder('platform', ['wayleave/platform-admin'], ['wayleave:platform']);
    for (const one of [stranger, cast.admin, cast.subject, root]) {
      expectProblem(await within(session.id, await signIn(one)), 401, 'assume_ended');
    }
  });

  it.each(['', 'ses_none', '../x', "' OR true --", '*', 'x'.repeat(5000)])('junk is no session: %.20s', async (id) => {
    const answer = await own.call('GET', '/api/v1/me', undefined, { 'x-wayleave-assumed': id || ' ' });
    expectProblem(answer, 401, 'assume_ended');
  });

  it('nobody looks on by an assume-user token that is deleted', async () => {
    const { id: grantId, secret } = await issue(world, cast);
    const { body } = await redeem(world, cast.helper, secret);
    const path = `/api/v1/organizations/acme/assume-tokens/${grantId}`;
    expect((await world.client(cast.admin.secret).call('DELETE', path)).status).toBe(200);
    expectProblem(await within(String(body['id'])), 401, 'assume_ended');
  });

  it('the header beside a bearer token does nothing in the wrong name: it is refused', async () => {
    const answer = await world
      .client(cast.helper.secret)
      .call('GET', '/api/v1/me', undefined, { 'x-wayleave-assumed': session.id });
    expectProblem(answer, 400, 'invalid_request');
  });
});
