import { beforeAll, describe, expect, it } from 'vitest';
import { expectProblem } from '../support/client.ts';
import type { Holder } from '../support/people.ts';
import { openWorld, type World } from '../support/world.ts';

const path = '/api/v1/tokens';
const scopes = ['wayleave:self', 'read'];
let world: World;
let owner: Holder;

beforeAll(async () => {
  world = await openWorld({ config: { trustedProxies: ['127.0.0.1/32'] } });
  owner = await world.people.holder('acme', ['analytics/viewer'], scopes);
});

let made = 0;

/** Makes a token with another one, as if from an address. */
async function make(by: string, allowedIps: readonly string[] | undefined, from = '203.0.113.7') {
  const body = { name: `t${++made}`, scopes, ...(allowedIps && { allowed_ips: allowedIps }) };
  return world.client(by).call('POST', path, body, { 'x-forwarded-for': from });
}

async function secretOf(answer: Promise<{ body: Record<string, unknown> }>): Promise<string> {
  return String((await answer).body['secret']);
}

const from = (secret: string, address: string) =>
  world.client(secret).call('GET', '/api/v1/me', undefined, { 'x-forwarded-for': address });

describe('allowed_ips', () => {
  it('are kept in one spelling', async () => {
    const answer = await make(owner.secret, ['203.0.113.7', '2001:DB8:0::/32', '203.0.113.7/32']);
    expect(answer.body).toMatchObject({ token: { allowed_ips: ['203.0.113.7/32', '2001:db8::/32'] } });
  });

  it('are asked for on the admin API too, by the address that trusted proxies name', async () => {
    const secret = await secretOf(make(owner.secret, ['203.0.113.0/24', '2001:db8::/32']));
    for (const address of ['203.0.113.7', '2001:db8::1', '::ffff:203.0.113.9']) {
      expect((await from(secret, address)).status, address).toBe(200);
    }
    for (const address of ['203.0.114.7', '2001:db9::1', 'unknown']) {
      expectProblem(await from(secret, address), 403, 'address_denied');
    }
  });

  it('of a new token lie within those of the token that makes it', async () => {
    const secret = await secretOf(make(owner.secret, ['203.0.113.0/24']));
    expect((await make(secret, ['203.0.113.128/25'])).status).toBe(201);
    for (const wider of [['203.0.113.0/24', '198.51.100.1'], ['203.0.112.0/23'], ['::/0'], []]) {
      expectProblem(await make(secret, wider), 400, 'validation_failed');
    }
    expect((await make(secret, undefined)).body).toMatchObject({ token: { allowed_ips: ['203.0.113.0/24'] } });
  });

  it('keep a token from widening, or taking over, one that may be used from elsewhere', async () => {
    const narrow = await secretOf(make(owner.secret, ['203.0.113.0/24']));
    const body = { name: `t${++made}`, scopes: ['read'] };
    const free = await world.client(owner.secret).call('POST', path, body);
    const { id } = free.body['token'] as { id: string };
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    const edit = await world.client(narrow).call('PATCH', `${path}/${id}`, { scopes }, headers);
    expectProblem(edit, 403, 'insufficient_scope');
    const rotate = await world.client(narrow).call('POST', `${path}/${id}/rotate`, {}, headers);
    expectProblem(rotate, 403, 'address_denied');
  });
});
