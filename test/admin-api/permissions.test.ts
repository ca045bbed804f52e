import { beforeAll, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { calls, newTargets, requestOf, roles, type Role } from './support/calls.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
const secrets = new Map<Role, string>();

beforeAll(async () => {
  world = await openWorld();
  for (const role of ['platform-admin', 'org-admin', 'auditor', 'member'] as const) {
    // An assume-user token gives what its maker has, so there must be something.
    const scopes = [...builtInRoles[role], ...builtInRoles.member, 'read'];
    const organization = role === 'platform-admin' ? 'platform' : 'acme';
    // It outlives what it rotates, or it could not.
    const user = await world.people.user(organization, [`wayleave/${role}`, 'analytics/viewer']);
    const holder = await world.people.token(user, [...new Set(scopes)], 30 * 86_400_000);
    secrets.set(role, holder.secret);
  }
});

/** What stands in the way of a call: 401, 403 or 404. What else an answer says, the call was let in. */
async function hindrance(name: string, role: Role): Promise<number | undefined> {
  const { method, path, body } = requestOf(
    name,
    await newTargets(world, 'acme', { isAssumed: name.includes('assume') }),
  );
  const answer = await world.client(secrets.get(role)).call(method, path, body);
  return [401, 403, 404].includes(answer.status) ? answer.status : undefined;
}

it.each(Object.keys(calls))('%s is for whom the table says', async (name) => {
  const { may = [], others = 403, absent = false, always } = calls[name] ?? {};
  for (const role of roles) {
    const refused = role === 'nobody' ? 401 : (always ?? (role === 'member' ? others : 403));
    const letIn = absent ? 404 : undefined;
    const expected = may.includes(role) ? letIn : refused;
    expect({ role, hindrance: await hindrance(name, role) }).toEqual({ role, hindrance: expected });
  }
});
