import { beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/commands/main.ts';
import { runCli, startCli, usedGatewayFolder, type GatewayFolder } from './cli-process.ts';
import { memoryIo } from './memory-io.ts';

let folder: GatewayFolder;
let adminToken: string;

beforeAll(async () => {
  folder = await usedGatewayFolder();
  const made = await runCli(['admin-token', '--config', folder.file]);
  adminToken = made.stdout.trim();
  const serve = startCli(['serve', '--demo', '--config', folder.file]);
  await serve.untilStdout('wayleave admin-token\n');
});

/** Runs a command in this process, against the gateway that runs in another. */
async function wayleave(args: readonly string[], token = adminToken) {
  const io = memoryIo({ env: { WAYLEAVE_SERVER: folder.admin, WAYLEAVE_TOKEN: token }, nowMs: Date.now() });
  const exit = await main(args, io);
  return { exit, out: io.out.join(''), err: io.err.join('') };
}

async function succeeds(...args: string[]): Promise<string> {
  const { exit, out, err } = await wayleave(args);
  expect({ args, exit, err: exit === 0 ? '' : err }).toEqual({ args, exit: 0, err: '' });
  return out;
}

async function statusOf(token: string, method = 'GET'): Promise<number> {
  const response = await fetch(`${folder.proxy}/api/devices/1`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  });
  await response.arrayBuffer();
  return response.status;
}

describe('the life of a service user, by commands alone', () => {
  it('goes from the organisation to a request let through, and every end takes effect at once', async () => {
    await succeeds('org', 'create', '--slug', 'acme', '--name', 'Acme');
    const userId = (
      await succeeds('service-user', 'create', '--org', 'acme', '--username', 'ci-bot', '--purpose', 'CI')
    ).trim();
    expect(userId).toMatch(/^usr_/);
    await succeeds(
      'authorization',
      'create',
      '--org',
      'acme',
      '--user',
      'ci-bot',
      '--project',
      'analytics',
      '--roles',
      'viewer',
    );
    const create = ['token', 'create', '--name', 'ci', '--scopes', 'device:read', '--lifetime', '30d', '--org', 'acme'];
    const secret = (await succeeds(...create, '--user', 'ci-bot')).trim();
    expect(secret).toMatch(/^wl_pat_/);
    expect(await statusOf(secret)).toBe(200);
    expect(await statusOf(secret, 'POST')).toBe(403);

    const listed: unknown = JSON.parse(await succeeds('token', 'list', '--org', 'acme', '--json'));
    expect(listed).toMatchObject({ items: [{ name: 'ci', username: 'ci-bot', state: 'active' }] });
    const id = /tok_\w+/.exec(await succeeds('token', 'list', '--org', 'acme', '--user', 'ci-bot'))?.[0] ?? '';
    expect(await succeeds('token', 'show', id)).toContain('device:read');

    await succeeds('token', 'disable', id);
    expect(await statusOf(secret)).toBe(401);
    await succeeds('token', 'enable', id);
    expect(await statusOf(secret)).toBe(200);
    await succeeds('service-user', 'disable', 'ci-bot', '--org', 'acme');
    expect(await statusOf(secret)).toBe(401);
    await succeeds('service-user', 'enable', userId, '--org', 'acme');
    await succeeds('org', 'suspend', 'acme', '--yes');
    expect(await statusOf(secret)).toBe(401);
    await succeeds('org', 'resume', 'acme');
    expect(await statusOf(secret)).toBe(200);

    const grants = await succeeds('authorization', 'list', '--org', 'acme', '--user', 'ci-bot');
    const grantId = /aut_\w+/.exec(grants)?.[0] ?? '';
    await succeeds('authorization', 'delete', grantId, '--org', 'acme', '--yes');
    expect(await statusOf(secret)).toBe(403);
    const revoked = await wayleave(['token', 'revoke', id, '--yes']);
    expect(revoked.err).toMatch(/is revoked\nin effect on 1 of 1 nodes in \d+ ms\n$/);
    expect(await statusOf(secret)).toBe(401);
    await succeeds('token', 'delete', id, '--yes');
    expect((await wayleave(['token', 'show', id])).exit).toBe(1);
  });
});

describe('people', () => {
  it('are added, listed apart from service users, changed and shown', async () => {
    await succeeds('org', 'create', '--slug', 'people');
    await succeeds('user', 'create', '--org', 'people', '--username', 'kim', '--email', 'kim@example.com');
    await succeeds('service-user', 'create', '--org', 'people', '--username', 'robot');
    await succeeds('user', 'edit', 'kim', '--org', 'people', '--name', 'Kim Example');
    expect(await succeeds('user', 'show', 'kim', '--org', 'people')).toContain('Kim Example');
    expect(await succeeds('user', 'list', '--org', 'people')).not.toContain('robot');
    expect(await succeeds('service-user', 'list', '--org', 'people')).not.toContain('kim');
    expect(await succeeds('org', 'show', 'people')).toContain('people');
    await succeeds('org', 'edit', 'people', '--name', 'All people');
    expect(await succeeds('org', 'list')).toContain('All people');
  });

  it('are looked for in an organisation that a platform admin names', async () => {
    const { exit, err } = await wayleave(['user', 'list']);
    expect(exit).toBe(1);
    expect(err).toContain('say which is meant with --org SLUG');
  });
});

describe('what the server refuses', () => {
  it.each([
    [['org', 'create', '--slug', 'platform'], '409 conflict'],
    [['org', 'create', '--slug', 'No Slug'], '/slug: must be'],
    [['token', 'create', '--name', 'x', '--scopes', 'device:reed'], '400 unknown_scope'],
    [
      ['token', 'create', '--name', 'x', '--scopes', 'device:read', '--lifetime', 'soon'],
      '/lifetime: must be a duration',
    ],
    [['token', 'create', '--name', 'x', '--scopes', 'device:read', '--lifetime', '9999d'], 'max_lifetime'],
    [['token', 'list', '--state', 'sleeping'], '400 validation_failed'],
    [['token', 'show', 'tok_unknown'], '404 not_found'],
    [['user', 'show', 'nobody', '--org', 'platform'], 'there is no user "nobody" in the organisation platform'],
  ])('%j', async (args, text) => {
    const { exit, out, err } = await wayleave(args);
    expect({ exit, out }).toEqual({ exit: 1, out: '' });
    expect(err).toContain(text);
  });

  it('a wrong token, with a word on where it came from', async () => {
    const { exit, err } = await wayleave(['token', 'list'], 'wl_pat_wrong');
    expect(exit).toBe(1);
    expect(err).toContain('401 token_invalid');
    expect(err).toContain('WAYLEAVE_TOKEN');
  });
});

describe('explain --as', () => {
  it('asks as a user of the store, beside a running serve', async () => {
    const config = ['--config', folder.file];
    const allowed = await runCli(['explain', 'GET', '/api/devices/1', '--as', 'demo@demo', ...config]);
    expect(allowed).toMatchObject({ exit: 0, stderr: '' });
    expect(allowed.stdout).toMatch(/^ALLOW/);
    const narrowed = await runCli([
      'explain',
      'POST',
      '/api/devices/1',
      '--as',
      'demo@demo',
      '--scopes',
      'device:read',
      ...config,
    ]);
    expect(narrowed).toMatchObject({ exit: 3 });
    const unknown = await runCli(['explain', 'GET', '/', '--as', 'nobody@demo', ...config]);
    expect(unknown).toMatchObject({ exit: 1, stdout: '' });
    expect(unknown.stderr).toContain('the store has no user "nobody@demo"');
  });
});

describe('explain --token -', () => {
  const explain = async (args: readonly string[], stdin: string, token?: string) => {
    const env = { WAYLEAVE_SERVER: folder.admin, ...(token !== undefined && { WAYLEAVE_TOKEN: token }) };
    const io = memoryIo({ env, stdin: `${stdin}\n`, nowMs: Date.now() });
    const exit = await main(['explain', ...args], io);
    return { exit, out: io.out.join(''), err: io.err.join('') };
  };

  it('says the same from the store of the file as a running gateway says, which the request then gets', async () => {
    await succeeds('org', 'create', '--slug', 'asking');
    await succeeds('service-user', 'create', '--org', 'asking', '--username', 'robot');
    const grant = ['--user', 'robot', '--project', 'analytics', '--roles', 'viewer'];
    await succeeds('authorization', 'create', '--org', 'asking', ...grant);
    const create = ['token', 'create', '--name', 'ci', '--org', 'asking', '--user', 'robot'];
    const secret = (await succeeds(...create, '--scopes', 'device:read')).trim();
    const question = ['POST', '/api/devices/1', '--token', '-', '--json'];
    const file = await explain([...question, '--config', folder.file], secret);
    const running = await explain([...question, '--server', folder.admin], secret, adminToken);
    const itself = await explain([...question, '--server', folder.admin], secret);
    expect([file.exit, running.exit, itself.exit]).toEqual([3, 3, 3]);
    const [one, other] = [JSON.parse(file.out), JSON.parse(running.out)] as { steps: object[] }[];
    const withoutAge = (document: typeof one) => ({
      ...document,
      steps: document?.steps.map((step) => ({ ...step, lines: 'stage' in step && step.stage === 'auth' ? [] : step })),
    });
    expect(withoutAge(one)).toEqual(withoutAge(other));
    expect(other).toMatchObject({ decision: 'deny', code: 'insufficient_scope', missing_scopes: ['device:write'] });
    expect(file.out + running.out + itself.out).not.toContain(secret);
    expect(await statusOf(secret, 'POST')).toBe(403);
    expect((await explain(['GET', '/api/devices/1', '--token', '-', '--server', folder.admin], secret)).exit).toBe(0);
  });

  it('takes a token from standard input alone, and as nothing else', async () => {
    expect((await explain(['GET', '/', '--token', 'x', '--server', folder.admin], '', adminToken)).err).toContain(
      'a token is never an argument',
    );
    expect((await explain(['GET', '/', '--token', '-', '--config', folder.file], 'two words')).err).toContain(
      'standard input holds no token',
    );
    expect((await explain(['GET', '/', '--token', '-', '--as', 'a@b', '--config', folder.file], 'x')).err).toContain(
      'leave --as out',
    );
  });

  it('asks a running gateway as a user of an organisation', async () => {
    const { exit, out } = await explain(
      ['GET', '/api/devices/1', '--as', 'demo@demo', '--server', folder.admin],
      '',
      adminToken,
    );
    expect(exit).toBe(0);
    expect(out).toContain('subject demo');
  });
});
