import { beforeAll, describe, expect, it } from 'vitest';
import { AdminClient, type ApiAnswer } from '../admin-api/support/client.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { withStore } from '../../src/db/store.ts';
import { runCli } from '../commands/cli-process.ts';

// Two nodes on one store. Requests go to the first; the second one is asked.

let first: RunningGateway;
let second: RunningGateway;
let platform: string;
let acme: { viewer: string; member: string };
let globex: { viewer: string; member: string };

beforeAll(async () => {
  const upstream = await startRecordingUpstream();
  const yaml = `
scopes: { device:read: Read, device:write: Change }
projects: { fleet: { name: Fleet, roles: { viewer: [device:read] } } }
upstreams: { u: { targets: ["${upstream.origin}"] } }
routes:
  - { name: devices, match: { path: /devices/** }, upstream: u, scopes: { GET: device:read, "*": device:write } }
  - { name: open, match: { path: /open }, upstream: u, public: true }
  - { name: few, match: { path: /few }, upstream: u, scopes: device:read, rate_limit: { limit: 2, window: 1d } }
  - { name: fewer, match: { path: /fewer }, upstream: u, public: true, rate_limit: { limit: 1, window: 1d, per: ip } }
`;
  first = await startGateway({ yaml });
  second = await startGateway({ yaml, databaseUrl: first.databaseUrl });
  const made = await runCli(['admin-token', '--config', first.configFile], plainEnv(first.env));
  platform = made.stdout.trim();
  acme = await organization('acme');
  globex = await organization('globex');
}, 120_000);

function plainEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? '']));
}

/** An organisation with a service user that may read devices, and one that may do nothing. */
async function organization(slug: string): Promise<{ viewer: string; member: string }> {
  const admin = new AdminClient(first.adminPort, platform);
  const insisted = async (path: string, body: unknown): Promise<ApiAnswer> => {
    for (;;) {
      const answer = await admin.post(`/api/v1/${path}`, body);
      if (answer.status !== 503) return answer;
    }
  };
  await insisted('organizations', { slug, name: slug });
  const token = async (username: string, scopes: string[], roles: string[]): Promise<string> => {
    const user = await insisted(`organizations/${slug}/users`, { kind: 'service', username, name: username });
    const userId = user.body['id'] as string;
    if (roles.length > 0)
      await insisted(`organizations/${slug}/authorizations`, { user_id: userId, project: 'fleet', roles });
    const answer = await insisted('tokens', { user_id: userId, name: 'one', scopes });
    return answer.body['secret'] as string;
  };
  return {
    viewer: await token('viewer', ['device:read'], ['viewer']),
    member: await token('member', ['wayleave:self'], []),
  };
}

/** @returns the request id and the status */
async function request(method: string, path: string, token?: string): Promise<{ id: string; response: Response }> {
  const response = await fetch(`http://127.0.0.1:${first.port}${path}`, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  return { id: response.headers.get('x-request-id') ?? '', response };
}

async function ask(node: RunningGateway, token: string, id: string): Promise<ApiAnswer> {
  for (;;) {
    const answer = await new AdminClient(node.adminPort, token).post('/api/v1/explain', { request_id: id });
    if (answer.status !== 503 && answer.status !== 429) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a request that was made', () => {
  it('is explained on the node that decided and on any other, to its own organisation', async () => {
    const { id, response } = await request('POST', '/devices/42?key=hidden-in-the-query', acme.viewer);
    expect(response.status).toBe(403);
    const { detail } = (await response.json()) as { detail: string };
    expect(detail).toContain('the token lacks device:write');
    expect(detail).toContain(`"wayleave explain --request-id ${id}" shows each step`);
    for (const node of [first, second]) {
      const { status, body } = await ask(node, acme.member, id);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        decision: 'deny',
        status: 403,
        code: 'insufficient_scope',
        missing_scopes: ['device:write'],
        request: { method: 'POST', path: '/devices/42', from: '127.0.0.1' },
        route: { name: 'devices' },
        steps: [
          { stage: 'path' },
          { stage: 'match' },
          { stage: 'auth', lines: [expect.stringMatching(/known from memory|read from the/) as string] },
          { stage: 'identity', text: expect.stringContaining('subject viewer') as string },
          {
            stage: 'access',
            decides: true,
            lines: ['device:write: the token does not name it, and no role of viewer gives it'],
          },
          { stage: 'answer' },
        ],
        past: { request_id: id, node: expect.stringContaining(`/${first.pid}`) as string },
      });
      const text = JSON.stringify(body);
      expect(text).not.toContain('hidden-in-the-query');
      expect(text).not.toContain(acme.viewer);
    }
  });

  it('is unknown to another organisation, here and there, as one that nobody ever made', async () => {
    const { id } = await request('POST', '/devices/42', acme.viewer);
    for (const node of [first, second]) {
      const [foreign, nowhere] = [await ask(node, globex.member, id), await ask(node, globex.member, 'never-made')];
      expect([foreign.status, nowhere.status]).toEqual([404, 404]);
      const same = (answer: ApiAnswer, asked: string) => String(answer.body['detail']).replace(asked, 'ID');
      expect(same(foreign, id)).toBe(same(nowhere, 'never-made'));
      expect(same(foreign, id)).toMatch(/remembers \d+ requests, refusals since 20\d\d-.*Z/);
      expect(JSON.stringify(foreign.body)).not.toContain('devices');
    }
    expect((await ask(second, platform, id)).status).toBe(200);
  });

  it('is explained when it passed, and with what became of it', async () => {
    const { id } = await request('GET', '/devices/42', acme.viewer);
    const { body } = await ask(second, acme.viewer, id);
    expect(body).toMatchObject({ decision: 'allow', status: 200, code: null, fix: null });
    expect(JSON.stringify(body['steps'])).toContain('the upstream answered 200 after');
  });

  it('is explained with what was counted of it, whether it passed or was over the limit', async () => {
    const made = [await request('GET', '/few', acme.viewer), await request('GET', '/few', acme.viewer)];
    const over = await request('GET', '/few', acme.viewer);
    expect([...made, over].map(({ response }) => response.status)).toEqual([200, 200, 429]);
    const told = await Promise.all([...made, over].map(({ id }) => ask(first, platform, id)));
    const steps = told.map(({ body }) => (body['steps'] as { stage: string }[]).find(({ stage }) => stage === 'limit'));
    const counted = (left: number) => `2 in 1d, per token; counted: after this one, ${left} more could pass at once`;
    expect(steps).toMatchObject([
      { text: counted(1), decides: false },
      { text: counted(0), decides: false },
      {
        text: expect.stringMatching(
          /^the route "few" takes 2 in 1d, per token; the next one passes in 43\d\d\d s$/,
        ) as string,
        decides: true,
      },
    ]);
    expect(told[2]?.body).toMatchObject({
      decision: 'deny',
      status: 429,
      code: 'rate_limited',
      fix: expect.stringContaining('rate_limit') as string,
    });
    await request('GET', '/fewer');
    const { id, response } = await request('GET', '/fewer');
    expect(response.status).toBe(429);
    expect((await ask(first, platform, id)).body).toMatchObject({
      decision: 'deny',
      code: 'rate_limited',
      route: { name: 'fewer' },
    });
  });

  it('is counted by no explanation', async () => {
    const { status, body } = await new AdminClient(first.adminPort, platform).post('/api/v1/explain', {
      method: 'GET',
      path: '/few',
      scopes: ['device:read'],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ decision: 'allow' });
    expect(body['steps']).toContainEqual({
      stage: 'limit',
      text: '2 in 1d, per token; not counted here',
      lines: [],
      decides: false,
    });
  });

  it('belongs to no organisation without a known token, so that platform admins alone are told', async () => {
    const made = [await request('GET', '/open'), await request('GET', '/devices/1'), await request('GET', '/a//b')];
    for (const { id } of made) {
      expect((await ask(second, acme.member, id)).status).toBe(404);
      const { status, body } = await ask(second, platform, id);
      expect(status).toBe(200);
      expect(body).toMatchObject({ past: { request_id: id } });
    }
  });

  it('is explained by the command, with the exit code of the decision', async () => {
    const { id } = await request('POST', '/devices/42', acme.viewer);
    const env = { WAYLEAVE_SERVER: `http://127.0.0.1:${second.adminPort}`, WAYLEAVE_TOKEN: acme.member };
    const { exit, stdout } = await runCli(['explain', '--request-id', id], env);
    expect(exit).toBe(3);
    expect(stdout).toMatch(/^DENY 403 insufficient_scope/);
    expect(stdout).toContain(`past      request ${id}`);
    const unknown = await runCli(['explain', '--request-id', 'never-made'], env);
    expect(unknown.exit).toBe(1);
    expect(unknown.stderr).toContain('No node remembers a request never-made');
  });

  it('leaves nothing behind in the store once it is explained', async () => {
    const { id } = await request('POST', '/devices/42', acme.viewer);
    expect((await ask(second, acme.member, id)).status).toBe(200);
    const rows = await withStore(
      { url: first.databaseUrl },
      (sql) => sql`SELECT (SELECT count(*) FROM explain_questions) + (SELECT count(*) FROM explain_answers) AS left`,
    );
    expect(Number(rows[0]?.['left'])).toBe(0);
  });
});
