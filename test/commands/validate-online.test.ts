import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
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
const upstream = createServer().listen(0, '127.0.0.1');
await once(upstream, 'listening');
afterAll(() => void upstream.close());
const { port } = upstream.address() as AddressInfo;

writeFileSync(
  file,
  [
    'version: 1',
    'store: { postgres: "${PG}" }',
    'scopes: { device:read: Read devices }',
    'projects:',
    '  analytics:',
    '    name: Analytics',
    '    roles: { viewer: [ device:read ] }',
    `upstreams: { u: { targets: [ "http://127.0.0.1:${port}" ] } }`,
    'routes: [ { name: r, match: { path: /, methods: [ GET ] }, upstream: u, scopes: device:read } ]',
  ].join('\n'),
);

async function validate(...args: string[]) {
  const io = memoryIo({ env: { PG: url } });
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

test('validate --online warns of a target that takes no connection, and names it', async () => {
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(`:${port}"`, `:${port}", "http://127.0.0.1:1"`));
  const { exit, out } = await validate('--online');
  writeFileSync(file, text);
  expect(exit).toBe(0);
  expect(out).toContain(
    'warning  unreachable-upstream  upstreams.u.targets[1]: http://127.0.0.1:1 takes no connection from this machine: ECONNREFUSED',
  );
  expect(out.match(/unreachable-upstream/g)).toHaveLength(1);
});

test('validate --online warns of a max_lifetime that cuts tokens which exist, and counts them', async () => {
  const day = 86_400_000;
  const nowMs = memoryIo().clock.now();
  await withStore({ url }, async (sql) => {
    for (const [id, ageDays, lifeDays, revoked] of [
      ['tok_old', 40, 90, false],
      ['tok_long', 1, 90, false],
      ['tok_endless', 1, null, false],
      ['tok_short', 1, 20, false],
      ['tok_revoked', 40, 90, true],
    ] as const) {
      const made = new Date(nowMs - ageDays * day);
      await sql`INSERT INTO tokens ${sql({
        id,
        kind: 'pat',
        organization_id: 'org_1',
        user_id: 'usr_1',
        name: id,
        holds_name: !revoked,
        scopes: [],
        expires_at: lifeDays === null ? null : new Date(made.getTime() + lifeDays * day),
        revoked_at: revoked ? made : null,
        created_at: made,
        created_by: 'usr_1',
        changed_at: made,
        changed_by: 'usr_1',
      })}`;
      await sql`INSERT INTO token_secrets ${sql({ hash: createHash('sha256').update(id).digest('base64url'), token_id: id, last_four: 'aaaa', valid_from: made })}`;
    }
  });
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, `${text}\ntokens: { max_lifetime: 30d, default_lifetime: 7d }\n`);
  const { out } = await validate('--online');
  writeFileSync(file, `${text}\ntokens: { max_lifetime: none }\n`);
  const { out: without } = await validate('--online');
  writeFileSync(file, text);
  expect(without).not.toContain('lifetime-cuts-tokens');
  expect(out).toContain(
    'lifetime-cuts-tokens  tokens.max_lifetime: with max_lifetime 30d, 3 active tokens end earlier than said when made; 1 of them at once',
  );
});
