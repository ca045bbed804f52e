import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { calls, newTargets, requestOf, type Targets } from './support/calls.ts';
import { expectProblem, type ApiAnswer } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
let listed: readonly string[];
let foreign: Holder;
let victim: Holder;
let targets: Targets;

beforeAll(async () => {
  world = await openWorld();
  const everything = [...builtInRoles['org-admin'], ...builtInRoles.member];
  foreign = await world.people.holder('globex', ['wayleave/org-admin'], everything);
  victim = await world.people.holder('acme', ['analytics/viewer'], ['read']);
  targets = {
    ...(await newTargets(world, 'acme', { isAssumed: true })),
    userId: victim.user.id,
    tokenId: victim.tokenId,
  };
  const { body } = await world.client().get('/openapi.json');
  listed = Object.entries(body['paths'] as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
});

/** What an answer says, but for the request's own path and id. */
function saidBy({ status, body }: ApiAnswer): Record<string, unknown> {
  return {
    status,
    code: body['code'],
    detail: JSON.stringify(body['detail']).replaceAll('nada', 'acme'),
    fields: Object.keys(body),
  };
}

describe('an admin of another organisation', () => {
  it('is thought of at every call that there is', () => {
    expect(listed.toSorted()).toEqual(Object.keys(calls).toSorted());
  });

  it('gets 404 from every call that names an organisation or what belongs to one', async () => {
    const hidden = Object.keys(calls).filter((name) => calls[name]?.foreign !== 'own');
    for (const organization of ['acme', victim.user.organizationId]) {
      for (const name of hidden) {
        const { method, path, body } = requestOf(name, { ...targets, organization });
        const answer = await world.client(foreign.secret).call(method, path, body);
        expect({ name, status: answer.status }).toEqual({ name, status: calls[name]?.foreign });
        expect(JSON.stringify(answer.body)).not.toContain(victim.user.username);
      }
    }
  });

  it('gets the same answer for what exists elsewhere as for what exists nowhere', async () => {
    const client = world.client(foreign.secret);
    for (const name of Object.keys(calls).filter((one) => one.includes('{org}'))) {
      const [elsewhere, nowhere] = await Promise.all(
        ['acme', 'nada'].map((organization) => {
          const { method, path, body } = requestOf(name, { ...targets, organization });
          return client.call(method, path, body);
        }),
      );
      expect({ name, ...(elsewhere && saidBy(elsewhere)) }).toEqual({ name, ...(nowhere && saidBy(nowhere)) });
    }
  });

  it('finds nothing of another organisation among its own', async () => {
    const client = world.client(foreign.secret);
    for (const path of [
      'tokens',
      'organizations',
      'organizations/globex/users',
      'organizations/globex/authorizations',
    ]) {
      const { status, body } = await client.get(`/api/v1/${path}?limit=200`);
      expect(status).toBe(200);
      expect(JSON.stringify(body)).not.toContain(victim.user.organizationId);
    }
    expectProblem(await client.get(`/api/v1/organizations/globex/users/${victim.user.id}`), 404, 'not_found');
  });

  it('changed nothing by all that', async () => {
    expect(await world.stores.tokens.find(victim.tokenId)).toMatchObject({ state: 'active', purpose: null });
    expect(await world.stores.organizations.find('acme')).toMatchObject({ name: 'acme', status: 'active' });
    expect(await world.stores.users.findById(victim.user.id)).toMatchObject({ name: victim.user.username });
  });
});

describe('every call below /api/v1', () => {
  it('asks for a credential, but for the two that take one to let somebody in', async () => {
    const open = new Set(['post /api/v1/enrol', 'post /api/v1/session']);
    for (const name of listed.filter((one) => one.includes('/api/v1') && !open.has(one))) {
      const { method, path } = requestOf(name, targets);
      expectProblem(await world.client().call(method, path), 401, 'token_missing');
    }
  });
});
