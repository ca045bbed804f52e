import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { expectProblem } from '../admin-api/support/client.ts';
import type { Holder } from '../admin-api/support/people.ts';
import { openWorld, type World } from '../admin-api/support/world.ts';

let world: World;
let admin: Holder;

beforeAll(async () => {
  world = await openWorld();
  const scopes = [...builtInRoles['org-admin'], ...builtInRoles.member];
  admin = await world.people.token(await world.people.user('acme', ['wayleave/org-admin']), scopes);
});

async function codeBy(holder: Holder, organization: string, userId: string): Promise<string> {
  const path = `/api/v1/organizations/${organization}/users/${userId}/enrolment`;
  const answer = await world.client(holder.secret).post(path);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return String(answer.body['code']);
}

const redeem = (code: string, scopes: readonly string[]) =>
  world.client().post('/api/v1/enrol', { code, token: { name: 'first', scopes } });

describe('an enrolment code made before the person got a wayleave role', () => {
  it('gives a narrow token no more than it holds, although it may grant that role', async () => {
    const narrow = await world.people.token(admin.user, ['wayleave:org:write']);
    const accomplice = await world.people.user('acme');
    const code = await codeBy(narrow, 'acme', accomplice.id);
    const grant = { user_id: accomplice.id, project: 'wayleave', roles: ['org-admin'] };
    const granted = await world.client(narrow.secret).post('/api/v1/organizations/acme/authorizations', grant);
    expect(granted.status).toBe(201);
    expectProblem(await redeem(code, builtInRoles['org-admin']), 400, 'enrolment_expired');
    expectProblem(await redeem(code, ['wayleave:self']), 400, 'enrolment_expired');
  });

  it('gives an org admin of `platform` nothing of somebody who becomes an admin of the platform', async () => {
    const lesser = await world.people.holder('platform', ['wayleave/org-admin'], builtInRoles['org-admin']);
    const person = await world.people.user('platform');
    const code = await codeBy(lesser, 'platform', person.id);
    await world.people.grant(person, ['wayleave/platform-admin']);
    expectProblem(await redeem(code, ['wayleave:platform']), 400, 'enrolment_expired');
  });

  it('counts on where the role was there before, was taken away, or is of gateway.yaml', async () => {
    const [before, after] = [await world.people.user('acme', ['wayleave/auditor']), await world.people.user('acme')];
    expect((await redeem(await codeBy(admin, 'acme', before.id), ['wayleave:audit:read'])).status).toBe(201);
    const code = await codeBy(admin, 'acme', after.id);
    await world.people.grant(after, ['analytics/viewer']);
    expect((await redeem(code, ['device:read'])).status).toBe(201);
  });
});
