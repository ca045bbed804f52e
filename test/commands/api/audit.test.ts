import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openWorld, type World } from '../../admin-api/support/world.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { runCli } from '../cli-process.ts';

let world: World;
let env: Record<string, string>;

beforeAll(async () => {
  world = await openWorld();
  const scopes = ['wayleave:org:write', 'wayleave:audit:read'];
  const { secret } = await world.people.holder('acme', ['wayleave/org-admin'], scopes);
  env = { WAYLEAVE_TOKEN: secret, WAYLEAVE_SERVER: `http://127.0.0.1:${world.port}` };
});

test('audit list, verify and export read, check and keep the log, and a kept export shows what was cut off', async () => {
  const listed = await runCli(['audit', 'list', '--action', 'token.create'], env);
  expect(listed).toMatchObject({ exit: 0 });
  expect(listed.stdout).toMatch(/^WHEN +ACTION +BY +FROM +TARGET +NAME +CHANGE\n.* token\.create +system /);

  const exported = await runCli(['audit', 'export'], env);
  expect(exported).toMatchObject({ exit: 0, stderr: expect.stringMatching(/^\d+ rows\n$/) as string });
  const file = join(await tempDir('audit'), 'audit.jsonl');
  await writeFile(file, exported.stdout);
  const whole = await runCli(['audit', 'verify', '--against', file], env);
  expect(whole).toEqual({
    exit: 0,
    stdout: expect.stringMatching(/^whole: \d+ rows of 1 organisation\n$/) as string,
    stderr: `compared with 1 of 1 heads in ${file}\n`,
  });

  await writeFile(file, exported.stdout.replace('organization.create', 'organization.change'));
  const forged = await runCli(['audit', 'verify', '--against', file], env);
  expect(forged).toMatchObject({
    exit: 1,
    stdout: expect.stringMatching(/^FILE {2}export {2}The file is not as it was exported/) as string,
  });

  await writeFile(file, exported.stdout.split('\n').slice(0, -2).join('\n'));
  const cut = await runCli(['audit', 'verify', '--against', file], env);
  expect(cut).toMatchObject({
    exit: 1,
    stderr: expect.stringContaining('is no whole export: its last line is missing') as string,
  });

  const last = JSON.parse(exported.stdout.trimEnd().split('\n').at(-2) ?? '') as Record<string, unknown>;
  const head = { organization_id: last['organization_id'], seq: last['seq'], link: last['link'] };
  await writeFile(
    file,
    `{"msg":"serving"}\nnot json\n${JSON.stringify({ msg: 'audit heads', audit_heads: [head] })}\n`,
  );
  expect((await readFile(file, 'utf8')).length).toBeGreaterThan(0);
  await world.database.query(
    (sql) =>
      sql`DELETE FROM audit_log WHERE organization_id = ${String(head.organization_id)} AND seq = ${Number(head.seq)}`,
  );
  const gone = await runCli(['audit', 'verify', '--against', file, '--json'], env);
  expect(gone.exit).toBe(1);
  expect(JSON.parse(gone.stdout)).toMatchObject({ ok: false, faults: [{ kind: 'cut_off', seq: head.seq }] });
}, 60_000);
