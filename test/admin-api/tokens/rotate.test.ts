import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../../src/core/scope.ts';
import { expectProblem } from '../support/client.ts';
import type { Holder } from '../support/people.ts';
import { openWorld, type World } from '../support/world.ts';
import { ManualClock } from '../../tokens/fixture.ts';

const path = '/api/v1/tokens';
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const clock = new ManualClock();
const ended: string[] = [];
let world: World;
let admin: Holder;

beforeAll(async () => {
  const endedSecrets = {
    note: ({ record, via }: { record: { id: string }; via: string }) => ended.push(`${via} ${record.id}`),
  };
  world = await openWorld({ clock, endedSecrets });
  const scopes = [...builtInRoles['org-admin'], 'read', 'device:read'];
  const user = await world.people.user('acme', ['wayleave/org-admin', 'analytics/super']);
  admin = await world.people.token(user, scopes, 300 * dayMs);
});

const asAdmin = () => world.client(admin.secret);

async function service(lifetimeMs = hourMs * 10): Promise<Holder> {
  const user = await world.people.user('acme', ['analytics/editor'], 'service');
  return world.people.token(user, ['read'], lifetimeMs);
}

interface Rotated {
  readonly secret: string;
  readonly token: { readonly id: string; readonly expires_at: string; readonly rotation: Record<string, unknown> };
}

async function rotate(holder: Holder, wish?: object): Promise<Rotated> {
  const answer = await asAdmin().post(`${path}/${holder.tokenId}/rotate`, wish);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(answer.body).toMatchObject({ receipt: { nodes_expected: 1 } });
  return answer.body as unknown as Rotated;
}

const works = async (secret: string): Promise<boolean> => (await world.client(secret).get('/api/v1/me')).status === 200;
const inMs = (milliseconds: number): string => new Date(clock.now() + milliseconds).toISOString();

describe('POST /tokens/{id}/rotate', () => {
  it('gives a new secret, and the old one works for the overlap and no longer', async () => {
    const holder = await service();
    const { secret, token } = await rotate(holder, { overlap: '15m' });
    expect(token).toMatchObject({
      id: holder.tokenId,
      last_four: secret.slice(-4),
      rotation: { old_last_four: holder.secret.slice(-4), until: inMs(900_000), old_calls: 0, old_last_used_at: null },
    });
    expect([await works(holder.secret), await works(secret)]).toEqual([true, true]);
    clock.advance(900_000);
    expectProblem(await world.client(holder.secret).get('/api/v1/me'), 401, 'token_expired');
    expect(ended).toContain(`api ${holder.tokenId}`);
    expect(await works(secret)).toBe(true);
  });

  it('lets the old one work for an hour unless told, and ends it at once when told', async () => {
    const holder = await service();
    const { secret, token } = await rotate(holder);
    expect(token.rotation['until']).toBe(inMs(hourMs));
    const second = await rotate({ ...holder }, { overlap: '0' });
    expect([await works(holder.secret), await works(secret), await works(second.secret)]).toEqual([false, false, true]);
  });

  it('ends what is left of an earlier rotation: never do three secrets work', async () => {
    const holder = await service();
    const second = await rotate(holder, { overlap: '7d' });
    const third = await rotate(holder, { overlap: '1h' });
    expect([await works(holder.secret), await works(second.secret), await works(third.secret)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('never lets the old one live beyond the end that the token had', async () => {
    const holder = await service(hourMs);
    const { token } = await rotate(holder, { overlap: '24h', lifetime: '30d' });
    expect(token).toMatchObject({ expires_at: inMs(30 * dayMs), rotation: { until: inMs(hourMs) } });
    clock.advance(hourMs);
    expect(await works(holder.secret)).toBe(false);
  });

  it('makes the token as old again as it was made for, within the longest lifetime and the caller’s own', async () => {
    const holder = await service(30 * dayMs);
    clock.advance(10 * dayMs);
    expect((await rotate(holder)).token.expires_at).toBe(inMs(30 * dayMs));
    const beyond = await asAdmin().post(`${path}/${holder.tokenId}/rotate`, { lifetime: '366d' });
    expectProblem(beyond, 400, 'validation_failed');
    const outlives = await asAdmin().post(`${path}/${holder.tokenId}/rotate`, { lifetime: '300d' });
    expectProblem(outlives, 400, 'validation_failed');
    expect(outlives.body['errors']).toMatchObject([{ pointer: '/lifetime' }]);
  });

  it('never lets a token that rotates itself live longer', async () => {
    const self = await world.people.holder('acme', ['analytics/viewer'], ['wayleave:self', 'read']);
    const before = (await asAdmin().get(`${path}/${self.tokenId}`)).body['expires_at'];
    clock.advance(hourMs);
    const answer = await world.client(self.secret).post(`${path}/${self.tokenId}/rotate`, {});
    expect(answer.body).toMatchObject({ token: { expires_at: before } });
    const longer = await world.client(self.secret).post(`${path}/${self.tokenId}/rotate`, { lifetime: '2d' });
    expectProblem(longer, 400, 'validation_failed');
  });

  it.each(['expire', 'revoke'])('refuses a token after %s, with what to do', async (action) => {
    const holder = await service();
    await asAdmin().post(`${path}/${holder.tokenId}/${action}`);
    const answer = await asAdmin().post(`${path}/${holder.tokenId}/rotate`, {});
    expectProblem(answer, 409, 'conflict');
    expect(answer.body['detail']).toContain('make a new one');
  });

  it('refuses to hand over the token of another person, also to an admin', async () => {
    const person = await world.people.holder('acme', ['analytics/viewer'], ['read']);
    expectProblem(await asAdmin().post(`${path}/${person.tokenId}/rotate`, {}), 403, 'kind_denied');
    expect(await works(person.secret)).toBe(true);
  });

  it('refuses to hand over scopes that the caller’s own token does not hold', async () => {
    const user = await world.people.user('acme', ['analytics/super'], 'service');
    const strong = await world.people.token(user, ['read', 'super-admin']);
    const answer = await asAdmin().post(`${path}/${strong.tokenId}/rotate`, {});
    expectProblem(answer, 403, 'insufficient_scope');
    expect(answer.body['missing_scopes']).toEqual(['super-admin']);
  });

  it.each([
    ['an overlap that is none of those', { overlap: '2h' }, '/overlap'],
    ['a field of its own', { grace: '1h' }, '/grace'],
    ['two ends', { lifetime: '1d', expires_at: '2031-01-01T00:00:00Z' }, '/lifetime'],
    ['no end, where the policy has a longest lifetime', { expires_at: null }, '/expires_at'],
  ])('refuses %s', async (_what, wish, pointer) => {
    const holder = await service();
    const answer = await asAdmin().post(`${path}/${holder.tokenId}/rotate`, wish);
    expectProblem(answer, 400, 'validation_failed');
    expect(answer.body['errors']).toMatchObject([{ pointer }]);
  });

  it('does not exist for a token of another organisation', async () => {
    const stranger = await world.people.holder('globex', ['wayleave/org-admin'], [...builtInRoles['org-admin']]);
    const holder = await service();
    const answer = await world.client(stranger.secret).post(`${path}/${holder.tokenId}/rotate`, {});
    expectProblem(answer, 404, 'not_found');
  });
});
