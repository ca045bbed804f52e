import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type ApiAnswer } from '../admin-api/support/client.ts';
import { runCli } from '../commands/cli-process.ts';
import { startShippedGateway, type ShippedGateway } from '../readme/shipped-gateway.ts';

// The stories of README.md through the admin API alone, with the requests of whoever holds the tokens.

interface Minted {
  readonly id: string;
  readonly secret: string;
}

let gateway: ShippedGateway;
let proxy: string;
let adminPort: number;
let admin: AdminClient;

beforeAll(async () => {
  gateway = await startShippedGateway();
  const { folder, ports } = gateway;
  proxy = `http://127.0.0.1:${ports.get('8080')}`;
  adminPort = Number(ports.get('8081'));
  const made = await runCli(['admin-token'], { WAYLEAVE_CONFIG: join(folder, 'gateway.yaml') });
  admin = new AdminClient(adminPort, made.stdout.trim());
  await expectStatus(201, admin.post('/api/v1/organizations', { slug: 'acme', name: 'Acme Ltd' }));
}, 120_000);

async function expectStatus(status: number, call: Promise<ApiAnswer>): Promise<ApiAnswer['body']> {
  const answer = await call;
  expect({ status: answer.status, body: answer.body }).toMatchObject({ status });
  return answer.body;
}

/** Adds a user and grants it a role. @returns its id */
async function addUser(user: Record<string, unknown>, role: string): Promise<string> {
  const { id } = await expectStatus(201, admin.post('/api/v1/organizations/acme/users', user));
  const grant = { user_id: id, project: 'analytics', roles: [role] };
  await expectStatus(201, admin.post('/api/v1/organizations/acme/authorizations', grant));
  return String(id);
}

function minted(body: ApiAnswer['body']): Minted {
  const { token, secret } = body as { token: { id: string }; secret: string };
  expect(secret).toMatch(/^wl_pat_[0-9A-Za-z]{46}$/);
  return { id: token.id, secret };
}

async function mint(client: AdminClient, wish: Record<string, unknown>): Promise<Minted> {
  return minted(await expectStatus(201, client.post('/api/v1/tokens', wish)));
}

/** The status with which the gateway answers a request, and its code where it refuses. */
async function request(method: string, path: string, secret: string): Promise<string> {
  const answer = await fetch(proxy + path, { method, headers: { authorization: `Bearer ${secret}` } });
  await answer.text();
  return [String(answer.status), answer.headers.get('x-wayleave-error') ?? ''].join(' ').trim();
}

interface Listed {
  readonly name: string;
  readonly state: string;
  readonly scopes: readonly string[];
  readonly created_at: string;
  readonly expires_at: string;
}

async function list(client: AdminClient, query: string): Promise<readonly Listed[]> {
  const body = await expectStatus(200, client.get(`/api/v1/tokens?${query}`));
  return body['items'] as Listed[];
}

describe('A machine gets an identity', () => {
  it('with a role, a token with an end, its next secret, and no more than that', async () => {
    const service = {
      kind: 'service',
      username: 'ci-bot',
      name: 'CI bot',
      purpose: 'nightly import',
      access_token_type: 'bearer',
    };
    const found = await expectStatus(200, admin.get('/api/v1/projects?search=analyt'));
    expect(found['items']).toMatchObject([{ id: 'analytics', name: 'Analytics', roles: [{ id: 'tenant-admin' }, {}] }]);
    const userId = await addUser(service, 'tenant-admin');
    const end = new Date(Date.now() + 30 * 86_400_000).toISOString();
    const wish = { user_id: userId, name: 'import', scopes: ['device:read'], expires_at: end };
    const token = await mint(admin, wish);
    expect(await request('GET', '/api/devices/42', token.secret)).toBe('200');

    const shown = await expectStatus(200, admin.get(`/api/v1/tokens/${token.id}`));
    expect(shown).toMatchObject({ name: 'import', username: 'ci-bot', state: 'active', expires_at: end });
    expect(JSON.stringify(shown)).not.toContain('wl_pat_');

    const rotated = await expectStatus(200, admin.post(`/api/v1/tokens/${token.id}/rotate`, { overlap: '1h' }));
    const next = minted(rotated);
    expect(next).toEqual({ id: token.id, secret: expect.not.stringContaining(token.secret) as string });
    expect(await request('GET', '/api/devices/42', token.secret)).toBe('200');

    expect(await request('GET', '/api/devices/42', next.secret)).toBe('200');
    expect(await request('POST', '/api/devices/42', next.secret)).toBe('403 insufficient_scope');
  });
});

describe('A person makes tokens', () => {
  it('of a code, under names of their own, edits the scopes alone, and revokes by deleting', async () => {
    const userId = await addUser({ kind: 'human', username: 'ada', name: 'Ada' }, 'viewer');
    const forAda = { user_id: userId, name: 'a gift', scopes: ['device:read'] };
    expect(await admin.post('/api/v1/tokens', forAda)).toMatchObject({ status: 403 });
    const { code } = await expectStatus(201, admin.post(`/api/v1/organizations/acme/users/${userId}/enrolment`));
    const first = { name: 'laptop', scopes: ['wayleave:self', 'device:read', 'collection:read'] };
    const nobody = new AdminClient(adminPort);
    const laptop = minted(await expectStatus(201, nobody.post('/api/v1/enrol', { code, token: first })));
    const ada = new AdminClient(adminPort, laptop.secret);

    const wish = { name: 'notebook', scopes: ['device:read', 'collection:read'], lifetime: '7d' };
    const notebook = await mint(ada, wish);
    expect(await ada.post('/api/v1/tokens', wish)).toMatchObject({
      status: 409,
      body: { code: 'conflict', existing_id: notebook.id },
    });
    expect((await list(ada, '')).map(({ name, scopes }) => ({ name, scopes }))).toEqual([
      { name: 'notebook', scopes: ['device:read', 'collection:read'] },
      { name: 'laptop', scopes: first.scopes },
    ]);
    for (const { created_at: made, expires_at: end } of await list(ada, '')) expect(made < end).toBe(true);

    await expectStatus(200, ada.patch(`/api/v1/tokens/${notebook.id}`, { scopes: ['collection:read'] }));
    expect(await ada.patch(`/api/v1/tokens/${notebook.id}`, { name: 'other' })).toMatchObject({ status: 400 });
    expect(await request('GET', '/api/reports/7', notebook.secret)).toBe('200');
    expect(await request('GET', '/api/devices/42', notebook.secret)).toBe('403 insufficient_scope');

    await expectStatus(200, ada.delete(`/api/v1/tokens/${notebook.id}`));
    expect((await list(ada, '')).map(({ name }) => name)).toEqual(['laptop']);
    expect(await request('GET', '/api/devices/42', laptop.secret)).toBe('200');
    expect(await request('GET', '/api/reports/7', notebook.secret)).toBe('401 token_revoked');
  });
});

describe('Tokens come to their end', () => {
  it('listed apart, ended by hand and by filter, and cleaned up', async () => {
    const userId = await addUser({ kind: 'service', username: 'reports', name: 'Reports' }, 'viewer');
    const wish = { user_id: userId, scopes: ['device:read'] };
    const [nightly, trial, old] = [
      await mint(admin, { ...wish, name: 'nightly' }),
      await mint(admin, { ...wish, name: 'trial', lifetime: '7d' }),
      await mint(admin, { ...wish, name: 'old' }),
    ];
    const names = async (state: string) =>
      (await list(admin, `organization=acme&user_id=${userId}&state=${state}`)).map(({ name }) => name);
    expect([await names('active'), await names('expired')]).toEqual([['old', 'trial', 'nightly'], []]);

    await expectStatus(200, admin.post(`/api/v1/tokens/${trial.id}/expire`));
    expect([await names('active'), await names('expired')]).toEqual([['old', 'nightly'], ['trial']]);
    expect(await request('GET', '/api/devices/42', trial.secret)).toBe('401 token_expired');

    const filter = { organization: 'acme', user_id: userId, search: 'old' };
    const dry = await expectStatus(200, admin.post('/api/v1/tokens/expire', { ...filter, dry_run: true }));
    expect(dry['tokens']).toMatchObject([{ id: old.id, state: 'active' }]);
    expect(await request('GET', '/api/devices/42', old.secret)).toBe('200');
    await expectStatus(200, admin.post('/api/v1/tokens/expire', filter));
    expect(await request('GET', '/api/devices/42', old.secret)).toBe('401 token_expired');

    await expectStatus(200, admin.delete(`/api/v1/tokens/${trial.id}`));
    expect([await names('active'), await names('expired')]).toEqual([['nightly'], ['old']]);
    const audit = await expectStatus(200, admin.get('/api/v1/audit?organization=acme&action=token.delete'));
    expect(JSON.stringify(audit['items'])).toContain(trial.id);
    expect(await request('GET', '/api/devices/42', nightly.secret)).toBe('200');
    expect(await request('GET', '/api/devices/42', trial.secret)).toBe('401 token_revoked');
  });
});

describe('Support sees what the customer sees', () => {
  /** A person with roles and a first token of these scopes. */
  async function enrolled(slug: string, username: string, scopes: readonly string[]): Promise<AdminClient> {
    const users = `/api/v1/organizations/${slug}/users`;
    const { id } = await expectStatus(201, admin.post(users, { kind: 'human', username, name: username }));
    const grants = scopes.includes('wayleave:assume:issue')
      ? [
          { user_id: id, project: 'wayleave', roles: ['org-admin'] },
          { user_id: id, project: 'analytics', roles: ['tenant-admin'] },
        ]
      : [];
    for (const grant of grants) {
      await expectStatus(201, admin.post(`/api/v1/organizations/${slug}/authorizations`, grant));
    }
    const { code } = await expectStatus(201, admin.post(`${users}/${String(id)}/enrolment`));
    const nobody = new AdminClient(adminPort);
    const first = minted(
      await expectStatus(201, nobody.post('/api/v1/enrol', { code, token: { name: 'desk', scopes } })),
    );
    return new AdminClient(adminPort, first.secret);
  }

  /** What the demo upstream was told of a request. */
  async function told(headers: Record<string, string>, method = 'GET'): Promise<Record<string, unknown>> {
    const answer = await fetch(`${proxy}/api/devices/42`, { method, headers });
    const body = (await answer.json()) as Record<string, unknown>;
    const code = answer.headers.get('x-wayleave-error') ?? '';
    return {
      ...(body['headers'] as object),
      status: answer.status,
      code,
      until: answer.headers.get('x-auth-assumed-until'),
    };
  }

  it('for two hours, by the consent of the organisation, seen by all, in each of the three ways', async () => {
    await expectStatus(201, admin.post('/api/v1/organizations', { slug: 'support', name: 'Support Ltd' }));
    const scopes = ['wayleave:org:read', 'wayleave:assume:issue', 'wayleave:audit:read', 'device:read'];
    const grace = await enrolled('acme', 'grace', scopes);
    const customer = await addUser({ kind: 'human', username: 'carl', name: 'Carl' }, 'viewer');
    const sam = await enrolled('support', 'sam', ['wayleave:assume', 'wayleave:self']);
    const { id: samId } = (await expectStatus(200, sam.get('/api/v1/me')))['subject'] as { id: string };

    const wish = { validity: '2h', subject_user_id: customer, allowed_actors: ['support'], reason: 'ticket 4711' };
    const grants = '/api/v1/organizations/acme/assume-tokens';
    expect(await admin.post(grants, wish)).toMatchObject({ status: 403, body: { code: 'grant_denied' } });
    const issued = await expectStatus(201, grace.post(grants, wish));
    const { id } = issued['assume_token'] as { id: string };
    const token = String(issued['secret']);
    const listed = await expectStatus(200, grace.get(`${grants}?state=active`));
    expect(listed['items']).toMatchObject([{ id, validity: '2h', created_at: expect.any(String) as string }]);

    const body = { token, reason: 'ticket 4711' };
    const byApi = String((await expectStatus(201, sam.post('/api/v1/assume', body)))['token']);
    const own = (await expectStatus(201, sam.post('/api/v1/tokens', { name: 'cli', scopes: ['wayleave:assume'] })))[
      'secret'
    ];
    const bearer = { authorization: `Bearer ${String(own)}` };
    const atProxy = await fetch(`${proxy}/.wayleave/assume`, {
      method: 'POST',
      headers: { ...bearer, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(atProxy.status).toBe(201);
    const byProxy = ((await atProxy.json()) as { token: string }).token;
    const ways: Record<string, string>[] = [
      { authorization: `Bearer ${byApi}` },
      { authorization: `Bearer ${byProxy}` },
      { ...bearer, 'assume-user': token, 'assume-reason': 'ticket 4711' },
    ];
    for (const way of ways) {
      const swapped = await told({ ...way, 'x-auth-actor': 'usr_forged', 'x-auth-actor-username': 'nobody' });
      expect(swapped).toMatchObject({
        status: 200,
        until: expect.stringMatching(/Z$/) as string,
        'X-Auth-User': customer,
        'X-Auth-Username': 'carl',
        'X-Auth-Org-Slug': 'acme',
        'X-Auth-Scopes': 'device:read',
        'X-Auth-Actor': samId,
        'X-Auth-Actor-Username': 'sam',
        'X-Auth-Assume-Id': id,
      });
      expect(JSON.stringify(swapped)).not.toMatch(/forged|nobody|wl_/);
      expect(await told(way, 'POST')).toMatchObject({ status: 403, code: 'insufficient_scope' });
    }
    expect(await told(bearer)).toMatchObject({ status: 403, code: 'insufficient_scope' });

    const sessions = '/api/v1/organizations/acme/assume-sessions';
    const open = (await expectStatus(200, grace.get(`${sessions}?state=active`)))['items'] as { id: string }[];
    expect(open).toHaveLength(3);
    const receipt = await expectStatus(200, grace.post(`${grants}/${id}/expire`));
    expect(receipt).toMatchObject({ assume_token: { state: 'expired' }, receipt: { nodes_confirmed: 1, silent: [] } });
    expect(await told(ways[0] ?? {})).toMatchObject({ status: 401, code: 'assume_ended' });
    expect(await told(ways[1] ?? {})).toMatchObject({ status: 401, code: 'assume_ended' });
    expect(await told(ways[2] ?? {})).toMatchObject({ status: 401 });

    const report = () => grace.get(`${sessions}/${open[0]?.id}/report`);
    await expect.poll(async () => (await report()).body, { timeout: 15_000 }).toMatchObject({ calls: 2 });
    expect((await report()).body).toMatchObject({
      session: { actor: { username: 'sam', organization: 'support' }, subject: { username: 'carl' }, state: 'ended' },
      refused: 1,
      routes: [
        { route: 'devices', method: 'GET', allowed: 1, refused: 0 },
        { route: 'devices', method: 'POST', allowed: 0, refused: 1, codes: { insufficient_scope: 1 } },
      ],
      addresses: [{ address: '127.0.0.1', calls: 2 }],
    });
    const audit = (await expectStatus(200, grace.get('/api/v1/audit?limit=200')))['items'] as { action: string }[];
    const actions = audit.map(({ action }) => action);
    expect(actions.filter((action) => action === 'assume_session.start')).toHaveLength(3);
    expect(actions.filter((action) => action === 'assume_session.end')).toHaveLength(3);
    expect(actions).toEqual(expect.arrayContaining(['assume_token.create', 'assume_token.expire']));

    const log = gateway.cli.stdout() + gateway.cli.stderr();
    const lines = log.split('\n').filter((line) => line.includes(`"assume_token":"${id}"`) && line.includes('"route"'));
    expect(lines.length).toBeGreaterThanOrEqual(6);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ subject: customer, actor: samId });
    for (const secret of [token, byApi, byProxy, String(own)]) expect(log).not.toContain(secret);

    await expectStatus(200, grace.delete(`${grants}/${id}`));
    expect((await expectStatus(200, grace.get(grants)))['items']).toEqual([]);
  });
});
