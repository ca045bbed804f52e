import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withStore } from '../../src/db/store.ts';
import { freePort } from '../support/free-port.ts';
import { freshDatabase } from '../support/postgres.ts';
import { gatewayFolder, runCli, startCli, usedGatewayFolder } from './cli-process.ts';

const tokenLine = /^wl_pat_[0-9A-Za-z]{46}\n$/;

const secretKeyText = 'a secret key of the tests alone, and long enough';

/** Several processes, one after the other, each of which may find the machine busy. */
const patient = { timeout: 120_000 };

describe('admin-token', patient, () => {
  it('prints a token alone that may do everything, once, beside a running serve and without one', async () => {
    const folder = await gatewayFolder();
    const before = await runCli(['admin-token', '--config', folder.file]);
    expect(before.exit).toBe(0);
    expect(before.stdout).toMatch(tokenLine);
    expect(before.stderr).toContain('of root@platform; it expires');

    const serve = startCli(['serve', '--config', folder.file]);
    await serve.untilStdout('"serving"');
    const again = await runCli(['admin-token', '--config', folder.file]);
    expect(again).toMatchObject({ exit: 1, stdout: '' });
    expect(again.stderr).toContain('an active token of a platform admin exists already');
    const forced = await runCli(['admin-token', '--config', folder.file, '--force', '--lifetime', '1h']);
    expect(forced.exit).toBe(0);
    expect(forced.stdout).toMatch(tokenLine);

    for (const token of [before.stdout.trim(), forced.stdout.trim()]) {
      const response = await fetch(`${folder.admin}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } });
      const caller = (await response.json()) as { scopes: string[] };
      expect(caller).toMatchObject({ subject: { username: 'root' }, platform: true });
      for (const scope of ['wayleave:platform', 'wayleave:tokens:write', 'device:read', 'device:write']) {
        expect(caller.scopes).toContain(scope);
      }
    }
    serve.process.kill('SIGTERM');
    expect(await serve.finished).toMatchObject({ exit: 0 });
    expect(serve.stdout() + serve.stderr()).not.toContain(before.stdout.trim());
  });

  it('goes to the Postgres of DATABASE_URL', async () => {
    const folder = await gatewayFolder((yaml) => yaml.replace('data_dir: ./data', 'postgres: ${DATABASE_URL}'));
    const database = await freshDatabase();
    const env = { DATABASE_URL: database.url, WAYLEAVE_SECRET_KEY: secretKeyText };
    const made = await runCli(['admin-token', '--config', folder.file], env);
    expect(made).toMatchObject({ exit: 0 });
    expect(made.stdout).toMatch(tokenLine);
    const again = await runCli(['admin-token', '--config', folder.file], env);
    expect(again).toMatchObject({ exit: 1, stdout: '' });
    const audited = await withStore(
      database,
      (sql) => sql`SELECT action, via, user_id FROM audit_log ORDER BY id DESC`,
    );
    expect(audited[0]).toEqual({ action: 'token.create', via: 'command', user_id: null });
    const foreign = { ...env, WAYLEAVE_SECRET_KEY: `not ${secretKeyText}` };
    const refused = await runCli(['admin-token', '--config', folder.file, '--force'], foreign);
    expect(refused).toMatchObject({ exit: 1, stdout: '' });
    expect(refused.stderr).toContain('The store was first used with another secret key');
    const after = await withStore(database, (sql) => sql`SELECT id FROM audit_log`);
    expect(after).toHaveLength(audited.length);
  });

  it('says which database it cannot use, without the password', async () => {
    const folder = await gatewayFolder((yaml) => yaml.replace('data_dir: ./data', 'postgres: ${DATABASE_URL}'));
    const env = {
      DATABASE_URL: `postgres://someone:hidden@127.0.0.1:${await freePort()}/nothing`,
      WAYLEAVE_SECRET_KEY: secretKeyText,
    };
    const { exit, stdout, stderr } = await runCli(['admin-token', '--config', folder.file], env);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toContain('someone@127.0.0.1');
    expect(stderr).not.toContain('hidden');
  });

  it('refuses a lifetime beyond the longest', async () => {
    const folder = await usedGatewayFolder();
    const { exit, stderr } = await runCli(['admin-token', '--config', folder.file, '--lifetime', '1000d']);
    expect(exit).toBe(1);
    expect(stderr).toContain('--lifetime 1000d is longer than tokens.max_lifetime, 366d');
  });

  it('names the data directory that cannot be used', async () => {
    const folder = await gatewayFolder((yaml) => yaml.replace('./data', './gateway.yaml'));
    const { exit, stdout, stderr } = await runCli(['admin-token', '--config', folder.file]);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(/^wayleave admin-token: The data directory .* cannot be used/);
  });
});

describe('migrate', patient, () => {
  it.each(['--dry-run', '--status'])('%s makes no store where there is none', async (look) => {
    const { file } = await gatewayFolder();
    const { exit, stdout } = await runCli(['migrate', look, '--config', file]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^missing {2}0001_\w+\.sql\n[^]*to apply: wayleave migrate\n$/);
    expect(existsSync(join(dirname(file), 'data'))).toBe(false);
  });

  it('says what is missing, applies it, and then says that nothing is', async () => {
    const { file } = await gatewayFolder();
    const config = ['--config', file];
    const before = await runCli(['migrate', '--dry-run', ...config]);
    expect(before.stdout).toMatch(/^missing {2}0001_\w+\.sql\n[^]*to apply: wayleave migrate\n$/);
    const applied = await runCli(['migrate', ...config]);
    expect(applied.stdout).toMatch(/^applied {2}0001_\w+\.sql\n/);
    const after = await runCli(['migrate', '--status', ...config]);
    expect(after.stdout).toMatch(/^applied {2}0001_\w+\.sql\n[^]*the schema is up to date\n$/);
    const again = await runCli(['migrate', '--json', ...config]);
    expect(JSON.parse(again.stdout)).toEqual({ changed: true, applied: [], pending: [] });
  });
});
