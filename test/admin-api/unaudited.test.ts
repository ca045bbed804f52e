import { beforeAll, expect, it } from 'vitest';
import { builtInRoles } from '../../src/core/scope.ts';
import { calls, newTargets, requestOf, type Targets } from './support/calls.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
const secrets = { 'platform-admin': '', 'org-admin': '' };

beforeAll(async () => {
  world = await openWorld();
  for (const role of ['platform-admin', 'org-admin'] as const) {
    const organization = role === 'platform-admin' ? 'platform' : 'acme';
    const user = await world.people.user(organization, [`wayleave/${role}`, 'analytics/viewer']);
    const scopes = new Set([...builtInRoles[role], ...builtInRoles.member, 'read']);
    secrets[role] = (await world.people.token(user, [...scopes], 30 * 86_400_000)).secret;
  }
});

/** What the audit log is called while nothing can be written to it. */
const awayName = 'audit_log_away';

/** Those that change nothing in the store, or nothing of this world's. */
const changeNothing = new Set([
  'delete /api/v1/session',
  'post /api/v1/explain',
  'post /api/v1/config/reload',
  'post /api/v1/keys/{id}/retire',
  'post /api/v1/audit/verify',
  // Of whoever acts, who is nobody of the table; an admin's call ends sessions by the same way.
  'delete /api/v1/assume/{id}',
]);
const writing = Object.keys(calls).filter((name) => !name.startsWith('get ') && !changeNothing.has(name));

/** What has to be there first for a call to have something to change, and what it is then sent. */
async function prepare(name: string, { tokenId, serviceId, userId }: Targets): Promise<unknown> {
  const { tokens } = world.stores;
  switch (name) {
    case 'post /api/v1/enrol': {
      const admin = world.client(secrets['org-admin']);
      const { body } = await admin.post(`/api/v1/organizations/acme/users/${userId}/enrolment`);
      return { code: body['code'], token: { name: 'first', scopes: ['wayleave:self'] } };
    }
    case 'post /api/v1/session':
      return { token: secrets['org-admin'] };
    case 'post /api/v1/tokens/expire':
      return { user_id: serviceId };
    case 'post /api/v1/tokens/prune':
      await tokens.act(tokenId, 'revoke', userId);
      await world.database.query(
        (sql) => sql`UPDATE tokens SET revoked_at = now() - interval '2 days' WHERE id = ${tokenId}`,
      );
      return { user_id: serviceId, ended_for: '1d' };
    case 'post /api/v1/tokens/{id}/enable':
      await tokens.act(tokenId, 'disable', userId);
      return undefined;
    default:
      return undefined;
  }
}

/** Every row of every table, with the audit log under its own name. */
async function everything(): Promise<string> {
  const tables = await world.database.query(
    (sql) => sql`
      SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name`,
  );
  const rows: string[] = [];
  for (const { name } of tables) {
    const found = await world.database.query((sql) => sql`SELECT t::text AS row FROM ${sql(String(name))} t`);
    const table = name === awayName ? 'audit_log' : String(name);
    rows.push(...found.map(({ row }) => `${table} ${String(row)}`));
  }
  return rows.toSorted().join('\n');
}

it.each(writing)('%s is not made, not even in part, when it cannot be audited', async (name) => {
  const targets = await newTargets(world, 'acme', { isAssumed: name.includes('assume') });
  const prepared = await prepare(name, targets);
  const { method, path, body } = requestOf(name, targets);
  const secret = secrets[calls[name]?.may.includes('platform-admin') ? 'platform-admin' : 'org-admin'];
  const sent = prepared ?? body;
  await world.database.query((sql) => sql`ALTER TABLE audit_log RENAME TO ${sql(awayName)}`);
  const before = await everything();
  const answer = await world.client(secret).call(method, path, sent);
  const after = await everything();
  await world.database.query((sql) => sql`ALTER TABLE ${sql(awayName)} RENAME TO audit_log`);
  expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status: 503, code: 'audit_unavailable' });
  expect(after).toBe(before);
  // It was the audit log alone that stood in its way.
  const again = await world.client(secret).call(method, path, sent);
  expect([200, 201]).toContain(again.status);
  expect(await everything()).not.toBe(before);
});
