import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { validateCommand } from '../../src/commands/validate.ts';
import { migrate } from '../../src/db/migrate.ts';
import { withStore } from '../../src/db/store.ts';
import { freshDatabase } from '../support/postgres.ts';
import { tempDir } from '../support/temp-dir.ts';
import { memoryIo } from './memory-io.ts';

const file = join(await tempDir('validate-online'), 'gateway.yaml');
const { url } = await freshDatabase();
await withStore({ url }, async (sql) => {
  await migrate(sql);
  const at = new Date(0);
  await sql`INSERT INTO organizations ${sql({ id: 'org_1', slug: 'acme', name: 'Acme', created_at: at, changed_at: at })}`;
  const user = { id: 'usr_1', organization_id: 'org_1', kind: 'human', username: 'ada', name: 'Ada' };
  await sql`INSERT INTO users ${sql({ ...user, created_at: at, changed_at: at })}`;
  for (const [id, project, role] of [
    ['aut_1', 'analytics', 'gone'],
    ['aut_2', 'wayleave', 'org-admin'],
  ]) {
    await sql`
      INSERT INTO authorizations (id, organization_id, user_id, project, roles, created_at)
      VALUES (${id ?? ''}, 'org_1', 'usr_1', ${project ?? ''}, ${[role ?? '', 'viewer'].slice(0, project === 'analytics' ? 2 : 1)}, ${at})`;
  }
});
writeFileSync(
  file,
  [
    'version: 1',
    `store: { postgres: "${url}" }`,
    'scopes: { device:read: Read devices }',
    'projects:',
    '  analytics:',
    '    name: Analytics',
    '    roles: { viewer: [ device:read ] }',
    'upstreams: { u: { targets: [ "http://127.0.0.1:1" ] } }',
    'routes: [ { name: r, match: { path: / }, upstream: u, scopes: device:read } ]',
  ].join('\n'),
);

async function validate(...args: string[]) {
  const io = memoryIo();
  const exit = await validateCommand.run([file, ...args], io);
  return { exit, out: io.out.join('') };
}

test('validate --online warns of a role that somebody holds and the file does not have, at its place, with the fix', async () => {
  const { exit, out } = await validate('--online');
  expect(exit).toBe(0);
  expect(out).toContain(
    'gateway.yaml:7:5  warning  dangling-role  projects.analytics.roles: the role "gone" of "analytics"',
  );
  expect(out).toContain('it is held by ada@acme');
  expect(out).toContain('wayleave authorization delete aut_1 --org acme');
  expect(out.match(/dangling-role/g)).toHaveLength(1);
});

test('validate --online fails for it with --strict, and validate alone does not look', async () => {
  expect(await validate('--online', '--strict')).toMatchObject({ exit: 1 });
  expect(await validate('--strict')).toMatchObject({ exit: 0 });
});
