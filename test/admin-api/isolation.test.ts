import { beforeAll, describe, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { expectProblem, type ApiAnswer } from './support/client.ts';
import type { Holder } from './support/people.ts';
import { openWorld, type World } from './support/world.ts';

interface Operation {
  readonly requestBody?: unknown;
}

let world: World;
let paths: Record<string, Record<string, Operation>>;
let foreign: Holder;
let victim: Holder;
let values: Record<string, string>;

/** A body that each call with one would take, so that nothing but the organisation stands in the way. */
const bodies: Readonly<Record<string, unknown>> = {
  'patch /api/v1/organizations/{org}': { name: 'Mine now' },
  'post /api/v1/organizations/{org}/users': { kind: 'human', username: 'mole', name: 'Mole' },
  'patch /api/v1/organizations/{org}/users/{id}': { name: 'Mine now' },
  'post /api/v1/organizations/{org}/authorizations': { user_id: 'usr_1', project: 'analytics', roles: ['viewer'] },
  'patch /api/v1/tokens/{id}': { purpose: 'Mine now' },
};

beforeAll(async () => {
  world = await openWorld();
  const everything = [...builtInRoles['org-admin'], ...builtInRoles.member];
  foreign = await world.people.holder('globex', ['wayleave/org-admin'], everything);
  victim = await world.people.holder('acme', ['analytics/viewer'], ['read']);
  const grants = await world.stores.authorizations.list(victim.user.organizationId, {}, { limit: 1 });
  values = {
    '/users/': victim.user.id,
    '/authorizations/': grants.items[0]?.id ?? '',
    '/tokens/': victim.tokenId,
  };
  paths = (await world.client().get('/openapi.json')).body['paths'] as typeof paths;
});

function operations(): { call: string; method: string; template: string }[] {
  return Object.entries(paths).flatMap(([template, methods]) =>
    Object.keys(methods).map((method) => ({ call: `${method} ${template}`, method, template })),
  );
}

function victimsPath(template: string, organization: string): string {
  const kind = Object.keys(values).find((part) => template.includes(part)) ?? '';
  return template.replace('{org}', organization).replace('{id}', values[kind] ?? '');
}

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
  it('gets 404 from every call that names an organisation or what belongs to one', async () => {
    const named = operations().filter(({ template }) => template.includes('{'));
    expect(named.length).toBeGreaterThanOrEqual(15);
    for (const organization of ['acme', victim.user.organizationId]) {
      for (const { call, method, template } of named) {
        const answer = await world
          .client(foreign.secret)
          .call(method.toUpperCase(), victimsPath(template, organization), bodies[call]);
        expectProblem(answer, 404, 'not_found');
        expect(JSON.stringify(answer.body)).not.toContain(victim.user.username);
      }
    }
  });

  it('gets the same answer for what exists elsewhere as for what exists nowhere', async () => {
    const client = world.client(foreign.secret);
    for (const { call, method, template } of operations().filter((one) => one.template.includes('{org}'))) {
      const elsewhere = await client.call(method.toUpperCase(), victimsPath(template, 'acme'), bodies[call]);
      const nowhere = await client.call(method.toUpperCase(), victimsPath(template, 'nada'), bodies[call]);
      expect({ call, ...saidBy(elsewhere) }).toEqual({ call, ...saidBy(nowhere) });
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
  it('asks for a token', async () => {
    for (const { method, template } of operations().filter((one) => one.template.startsWith('/api/v1'))) {
      const answer = await world.client().call(method.toUpperCase(), victimsPath(template, 'acme'));
      expectProblem(answer, 401, 'token_missing');
    }
  });
});
