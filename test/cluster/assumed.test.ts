import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startCluster, type Cluster, type Fault } from '../support/cluster.ts';
import type { ClusterNode } from '../support/cluster-node.ts';
import { count } from '../support/counts.ts';

let cluster: Cluster;
let admin: string;
/** May himself do what the one whom he assumes may do, so that being let through as himself would be seen. */
let helper: string;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, cache: '{ ttl: 1s, stale_for: 60s }' });
  await make('/organizations', { slug: 'support', name: 'Support' });
  admin = await person('acme', 'grace', ['wayleave:assume:issue', 'device:read'], { wayleave: 'org-admin' });
  helper = await person('support', 'sam', ['wayleave:assume', 'device:read']);
});

const busy = '503 store_unavailable';
/** The wait for the audit log of an organisation, whose rows follow one another, took too long. */
const auditBusy = '503 audit_unavailable';

interface Made {
  readonly id: string;
  readonly code: string;
  readonly secret: string;
  readonly assume_token: { readonly id: string };
  readonly receipt: { readonly nodes_expected: number; readonly silent: readonly string[] };
}

/** Calls the admin API; while the store is busy, again. @throws unless it is answered with `status` */
async function call(
  node: ClusterNode,
  path: string,
  { token, body, status = 201 }: { readonly token?: string; readonly body: unknown; readonly status?: number },
): Promise<Made> {
  const authorization = token !== undefined && { authorization: `Bearer ${token}` };
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${node.adminPort}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...authorization },
      body: JSON.stringify(body),
    });
    if (answer.status === 503) continue;
    expect(answer.status).toBe(status);
    return (await answer.json()) as Made;
  }
}

async function make(path: string, body: unknown): Promise<Made> {
  const answer = await cluster.node(0).api('POST', path, body);
  expect(answer.status).toBe(201);
  return (await answer.json()) as Made;
}

/** Somebody with a role of the project analytics, and with the token that they have made of their code. */
async function person(
  slug: string,
  username: string,
  scopes: readonly string[],
  others: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { id } = await make(`/organizations/${slug}/users`, { kind: 'human', username, name: username });
  for (const [project, role] of Object.entries({ analytics: 'viewer', ...others })) {
    await make(`/organizations/${slug}/authorizations`, { user_id: id, project, roles: [role] });
  }
  const { code } = await make(`/organizations/${slug}/users/${id}/enrolment`, {});
  return (await call(cluster.node(0), '/enrol', { body: { code, token: { name: 'desk', scopes } } })).secret;
}

async function issue(): Promise<{ readonly id: string; readonly secret: string }> {
  const wish = { validity: '2h', subject_user_id: cluster.userId, allowed_actors: ['support'], reason: 'ticket 4711' };
  const made = await call(cluster.node(0), '/organizations/acme/assume-tokens', { token: admin, body: wish });
  const { assume_token: token, secret } = made;
  return { id: token.id, secret };
}

/** What a request got: `200 as acme`, `200 as oneself`, or its status and code. */
async function ask(node: ClusterNode, token: string, assume?: string): Promise<string> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(assume !== undefined && { 'assume-user': assume, 'assume-reason': 'ticket 4711' }),
  };
  const answer = await fetch(`http://127.0.0.1:${node.port}/api/devices`, { headers });
  await answer.arrayBuffer();
  if (answer.status !== 200) return `${answer.status} ${answer.headers.get('x-wayleave-error')}`;
  return `200 as ${answer.headers.has('x-auth-assumed-until') ? 'acme' : 'oneself'}`;
}

async function redeem(node: ClusterNode, assume: string): Promise<string | undefined> {
  const answer = await fetch(`http://127.0.0.1:${node.port}/.wayleave/assume`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${helper}` },
    body: JSON.stringify({ token: assume, reason: 'ticket 4711' }),
  });
  const { token, code } = (await answer.json()) as { token?: string; code?: string };
  // How many may wait for the store at once is bounded; whoever comes on top is to try again.
  if (answer.status !== 201)
    expect(['401 assume_ended', '401 token_expired', busy, auditBusy]).toContain(`${answer.status} ${code}`);
  return token;
}

test(
  'redemptions on two gateways that race with the end of the assume-user token: after the receipt none opens anything',
  { timeout: 180_000 },
  async () => {
    const redemptions = count(24, 200);
    const { id, secret } = await issue();
    const racing: Promise<string | undefined>[] = [];
    const byHeader: Promise<string>[] = [];
    const throng = (number: number): void => {
      for (let at = 0; at < number; at++) {
        racing.push(redeem(cluster.node(at % 2), secret));
        byHeader.push(ask(cluster.node(at % 2), helper, secret));
      }
    };
    await expect.poll(() => redeem(cluster.node(0), secret)).toBeDefined();
    throng(redemptions / 4);
    const before = await Promise.all(racing);
    throng(redemptions / 4);
    const expire = (): Promise<Made> =>
      call(cluster.node(1), `/organizations/acme/assume-tokens/${id}/expire`, { token: admin, body: {}, status: 200 });
    const ending = expire();
    throng(redemptions / 2);
    let { receipt } = await ending;
    // A machine that is busy may be silent for a moment; then it is the next receipt that says it.
    while (receipt.silent.length > 0) ({ receipt } = await expire());
    expect(receipt.nodes_expected).toBe(2);

    // From here on nothing passes: what has been redeemed, what still is, and the header.
    const refusals = ['401 assume_ended', '401 token_expired', busy, auditBusy];
    for (let round = 0; round < 20; round++) {
      const late = await Promise.all(cluster.nodes.map((node) => ask(node, helper, secret)));
      for (const said of late) expect(refusals).toContain(said);
      expect(await redeem(cluster.node(round % 2), secret)).toBeUndefined();
    }
    const sessions = (await Promise.all(racing)).filter((token) => token !== undefined);
    expect(before.filter((token) => token !== undefined).length).toBeGreaterThan(0);
    for (const node of cluster.nodes) {
      for (const token of sessions) expect(refusals).toContain(await ask(node, token));
    }
    const seen = new Set(await Promise.all(byHeader));
    expect([...seen].filter((said) => said !== '200 as acme' && !refusals.includes(said))).toEqual([]);
  },
);

const faults: readonly Fault[] = [
  { name: 'killed', begin: () => cluster.postgres.kill(), end: () => cluster.postgres.start() },
  { name: 'stopped with SIGSTOP', begin: () => cluster.postgres.pause(), end: () => cluster.postgres.resume() },
];

describe('while Postgres is', () => {
  test.each(faults)(
    '$name, nobody is anybody else, nor passes as oneself beside Assume-User; oneself goes on; the return opens one session',
    { timeout: 120_000 },
    async ({ begin, end }) => {
      const [open, late] = [await issue(), await issue()];
      const both = (token: string, assume?: string): Promise<string[]> =>
        Promise.all(cluster.nodes.map((node) => ask(node, token, assume)));
      const session = await redeem(cluster.node(0), open.secret);
      // A busy machine may answer 503 at first; nothing is at fault yet.
      await expect.poll(() => both(helper, open.secret)).toEqual(['200 as acme', '200 as acme']);
      await expect.poll(() => both(session ?? '')).toEqual(['200 as acme', '200 as acme']);
      await expect.poll(() => both(helper)).toEqual(['200 as oneself', '200 as oneself']);
      onTestFinished(async () => void (await end()));

      await begin();
      const refused = await Promise.all(
        Array.from({ length: count(20, 200) }, (_, at) => ask(cluster.node(at % 2), helper, late.secret)),
      );
      expect([...new Set(refused)]).toEqual([busy]);
      // Known sessions are no exception: who acts as somebody else does so only while it is known that they may.
      await expect.poll(() => both(helper, open.secret)).toEqual([busy, busy]);
      await expect.poll(() => both(session ?? '')).toEqual([busy, busy]);
      expect(await both(helper)).toEqual(['200 as oneself', '200 as oneself']);

      await end();
      await expect.poll(() => both(helper, late.secret), { timeout: 30_000 }).toEqual(['200 as acme', '200 as acme']);
      // However many asked for it meanwhile, there is one.
      const path = `/organizations/acme/assume-sessions?assume_token_id=${late.id}`;
      const answer = await fetch(`http://127.0.0.1:${cluster.node(0).adminPort}/api/v1${path}`, {
        headers: { authorization: `Bearer ${admin}` },
      });
      const { items } = (await answer.json()) as { items: unknown[] };
      expect(items).toHaveLength(1);
    },
  );
});
