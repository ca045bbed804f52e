import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { beforeAll, expect, it } from 'vitest';
import { onCleanup } from '../support/cleanup.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { repository } from '../support/gateway.ts';
import { isSignedWith, startReceiver, status, webhookKey, type Receiver } from '../webhooks/receiver.ts';

let cluster: Cluster;
let receiver: Receiver;
let sql: postgres.Sql;

beforeAll(async () => {
  receiver = await startReceiver();
  const webhooks = `webhooks: [ { name: ops, url: "${receiver.url}/a-secret-path", key: "\${WEBHOOK_KEY:-${webhookKey}}" } ]\n`;
  cluster = await startCluster({ nodes: 2, redis: false, isDirect: true, yaml: (usual) => usual + webhooks });
  sql = postgres(cluster.postgres.url, { max: 1, onnotice: () => undefined });
  onCleanup(() => sql.end({ timeout: 5 }));
});

async function killAll(): Promise<void> {
  await Promise.all(cluster.nodes.map((node) => node.kill()));
}

async function startAll(): Promise<void> {
  await Promise.all(cluster.nodes.map((node) => node.start()));
}

async function deliveries(): Promise<Record<string, unknown>[]> {
  const response = await cluster.node(0).api('GET', '/webhooks/deliveries');
  expect(response.status).toBe(200);
  return ((await response.json()) as { items: Record<string, unknown>[] }).items;
}

it('a token near its end is told of once by two gateways, though both are killed in the middle of telling', async () => {
  const made = await cluster
    .node(0)
    .api('POST', '/tokens', { user_id: cluster.userId, name: 'ends', scopes: ['device:read'], lifetime: '6d' });
  expect(made.status).toBe(201);
  const { token } = (await made.json()) as { token: { id: string } };

  // They take the request and give no answer; then both gateways are gone.
  receiver.answer(() => undefined);
  await killAll();
  await sql`UPDATE token_expiry_walk SET begun_at = '-infinity'`;
  await startAll();
  await expect.poll(() => receiver.received.length, { timeout: 60_000 }).toBe(1);
  await killAll();

  receiver.answer(status(204));
  await sql`UPDATE token_expiry_walk SET begun_at = '-infinity'`;
  await sql`UPDATE webhook_deliveries SET next_attempt_at = now()`;
  await startAll();
  await expect
    .poll(deliveries, { timeout: 60_000 })
    .toMatchObject([{ target: 'ops', state: 'delivered', attempts: 2, last_status: 204 }]);

  expect(receiver.received.map(({ path }) => path)).toEqual(['/hook/a-secret-path', '/hook/a-secret-path']);
  expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
  expect(receiver.received.every((got) => isSignedWith(webhookKey, got))).toBe(true);
  expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
    type: 'token.expiring',
    data: { token_id: token.id, name: 'ends', username: 'ci', organization: 'acme', days: 7 },
  });
}, 180_000);

it('what was delivered and what was not is to be seen, and no key or URL of a target', async () => {
  const counted = cluster.nodes.map((node) =>
    node.metric('wayleave_webhook_deliveries_total', 'target="ops"', 'outcome="delivered"'),
  );
  expect((await Promise.all(counted)).reduce((sum, count) => sum + count, 0)).toBe(1);
  await expect.poll(() => cluster.node(0).metric('wayleave_webhook_pending', 'target="ops"')).toBe(0);

  const admin = cluster.node(0);
  const response = await admin.api('GET', '/webhooks/deliveries?state=dead');
  expect(await response.json()).toEqual({ items: [], next_cursor: null });
  const args = [...admin.program, 'webhook', 'list', '--server', `http://127.0.0.1:${admin.adminPort}`];
  const token = await promisify(execFile)(
    process.execPath,
    [...admin.program, 'admin-token', '--force', '--config', admin.configFile],
    { cwd: repository, env: admin.env },
  );
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: repository,
    env: { ...admin.env, WAYLEAVE_TOKEN: token.stdout.trim() },
  });
  expect(stdout).toMatch(/^EVENT +TYPE +TARGET +STATE/);
  expect(stdout).toMatch(/token\.expiring +ops +delivered +2/);
  const said = cluster.nodes.map(({ log }) => log).join('') + stdout;
  expect(said).not.toMatch(/a-secret-path|AAECAwQF/);
});

it('what is not taken is logged with its reason and tried again', async () => {
  receiver.answer(status(503));
  await sql`UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_attempt_at = now()`;
  await expect.poll(deliveries).toMatchObject([{ state: 'pending', attempts: 1, last_error: 'answered 503' }]);
  const lines = cluster.nodes.map(({ log }) => log).join('');
  expect(lines).toMatch(/"target":"ops".*"reason":"answered 503".*"msg":"a webhook was not taken"/);
  const failed = await Promise.all(
    cluster.nodes.map((node) => node.metric('wayleave_webhook_deliveries_total', 'outcome="failed"')),
  );
  expect(failed.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(1);
});

type Json = Record<string, unknown>;

/** A person with a role, and the secret of their first token. */
async function newPerson(slug: string, grants: readonly Json[], scopes: readonly string[]) {
  const node = cluster.node(0);
  const api = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const response = await node.api(method, path, body);
    expect(response.status).toBeLessThan(300);
    return (await response.json()) as Json;
  };
  const users = `/organizations/${slug}/users`;
  const username = `of-${slug}`;
  const { id } = await api('POST', users, { kind: 'human', username, name: username });
  for (const grant of grants) await api('POST', `/organizations/${slug}/authorizations`, { user_id: id, ...grant });
  const { code } = await api('POST', `${users}/${String(id)}/enrolment`, {});
  const { secret } = await api('POST', '/enrol', { code, token: { name: 'desk', scopes } });
  return { id: String(id), secret: String(secret) };
}

async function callAs(secret: unknown, at: number, path: string, body?: unknown): Promise<Json> {
  const headers = { authorization: `Bearer ${String(secret)}`, 'content-type': 'application/json' };
  const init = { headers, ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }) };
  const response = await fetch(`http://127.0.0.1:${cluster.node(at).adminPort}/api/v1${path}`, init);
  expect(response.status).toBeLessThan(300);
  return (await response.json()) as Json;
}

it('the report of a session that has ended by itself is told of once, with what was done on both gateways', async () => {
  receiver.answer(status(204));
  expect((await cluster.node(0).api('POST', '/organizations', { slug: 'support', name: 'Support' })).status).toBe(201);
  const roles = [
    { project: 'wayleave', roles: ['org-admin'] },
    { project: 'analytics', roles: ['viewer'] },
  ];
  const grace = await newPerson('acme', roles, ['wayleave:assume:issue', 'device:read']);
  const sam = await newPerson('support', [], ['wayleave:assume']);
  const wish = { validity: '2h', reason: 'ticket 4711' };
  const { secret: token } = await callAs(grace.secret, 0, '/organizations/acme/assume-tokens', wish);
  const { token: session, id } = await callAs(sam.secret, 0, '/assume', { token, reason: 'ticket 4711' });
  for (const at of [0, 1, 1]) await callAs(session, at, '/me');

  const disabled = await cluster.node(1).api('PATCH', `/organizations/support/users/${sam.id}`, { status: 'disabled' });
  expect(disabled.status).toBe(200);
  const told = () =>
    receiver.received
      .map(({ body }) => JSON.parse(body) as { type: string; data: Json })
      .filter(({ type }) => type === 'assume.session_ended');
  await expect.poll(() => told().length, { timeout: 60_000 }).toBe(1);
  expect(told()[0]?.data).toMatchObject({
    session_id: id,
    subject: { id: grace.id },
    actor: { id: sam.id, organization: 'support' },
    end_reason: 'actor_disabled',
    calls: 3,
    routes: [{ route: '/api/v1/me', method: 'GET', allowed: 3 }],
  });
}, 120_000);
