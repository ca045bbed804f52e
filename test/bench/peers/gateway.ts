import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Children } from '../children.ts';
import { freePort } from '../ports.ts';
import type { Peer, PeerContext, RunningPeer } from './peer.ts';

/**
 * The built gateway as it comes: embedded store, scopes on every route, identity headers, and its access log, which the
 * other peers do without (it is written to /dev/null: a file would fill the disk within a run).
 */
export const gateway: Peer = {
  name: 'gateway',
  title: 'gateway',
  checksTokens: true,
  takesPost: true,
  start: async (context) => (await sharedGateway(context)).ordinary(true),
};

/**
 * The very same process without X-Auth-Assertion, after a reload, to see what the signatures cost: two processes of one
 * program differ by more than what is to be seen here.
 */
export const withoutAssertion: Peer = {
  name: 'assertion',
  title: 'gateway, assertion off',
  checksTokens: true,
  takesPost: false,
  start: async (context) => (await sharedGateway(context)).ordinary(false),
};

/** And with requests under a session, by its token or by the header Assume-User. */
export const assumed: Peer = {
  name: 'assumed',
  title: 'gateway, assumed user',
  checksTokens: true,
  takesPost: false,
  start: (context) => startAssumed(context, 'token'),
};

export const assumedByHeader: Peer = {
  name: 'assumed-header',
  title: 'gateway, assumed user by header',
  checksTokens: true,
  takesPost: false,
  start: (context) => startAssumed(context, 'header'),
};

async function startAssumed(context: PeerContext, way: 'token' | 'header'): Promise<RunningPeer> {
  const { admin, port, pids, withAssertion } = await sharedGateway(context);
  const [customers, helpers] = [`customers-${way}`, `helpers-${way}`];
  await post(admin, '/organizations', { slug: customers, name: 'Customers' });
  await post(admin, '/organizations', { slug: helpers, name: 'Helpers' });
  const own = ['device:read', 'device:write'];
  const issuer = await makeUser(admin, customers, { inventory: 'keeper', wayleave: 'org-admin' }, [
    'wayleave:assume:issue',
    ...own,
  ]);
  const token = await makeUser(admin, helpers, {}, ['wayleave:assume']);
  const wish = { validity: '2h', scopes: own, reason: 'to measure' };
  const given = await post({ ...admin, adminToken: issuer }, `/organizations/${customers}/assume-tokens`, wish);
  const secret = String(given['secret']);
  if (way === 'header') {
    return {
      port,
      pids,
      token,
      prepare: withAssertion,
      headers: [`Assume-User: ${secret}`, 'Assume-Reason: to measure'],
    };
  }
  const proxy = { url: `http://127.0.0.1:${port}/.wayleave`, adminToken: token };
  const session = await post(proxy, '/assume', { token: secret, reason: 'to measure' });
  return { port, pids, token: String(session['token']), prepare: withAssertion };
}

interface StartedGateway {
  readonly admin: Admin;
  readonly port: number;
  readonly pids: readonly number[];
  /** Sees to it that it sends assertions. */
  readonly withAssertion: () => Promise<void>;
  /** The gateway as a peer whose requests carry an ordinary token. @param assertion whether it sends assertions */
  ordinary(assertion: boolean): RunningPeer;
}

const shared = new WeakMap<PeerContext, Promise<StartedGateway>>();

/** One gateway for all peers of a run that are the gateway itself. */
function sharedGateway(context: PeerContext): Promise<StartedGateway> {
  const running = shared.get(context) ?? startGateway(context);
  shared.set(context, running);
  return running;
}

async function startGateway({ children, upstreamPort, gatewayProgram }: PeerContext): Promise<StartedGateway> {
  if (!existsSync(gatewayProgram)) throw new Error(`${gatewayProgram} is missing; run "npm run build" first`);
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(children.folder, 'gateway.yaml');
  const setup = { port, adminPort, upstreamPort, dataDir: join(children.folder, 'gateway-data') };
  writeFileSync(file, configuration({ ...setup, assertion: true }));
  const pids = [
    await children.spawn(process.execPath, [gatewayProgram, 'serve', '--config', file, '--no-watch'], port),
  ];
  const admin = {
    url: `http://127.0.0.1:${adminPort}/api/v1`,
    adminToken: await makeAdminToken(children, gatewayProgram, file),
  };
  await post(admin, '/organizations', { slug: 'bench', name: 'Bench' });
  const token = await makeUser(admin, 'bench', { inventory: 'keeper' }, ['device:read', 'device:write']);
  let isOn = true;
  const turn = async (assertion: boolean): Promise<void> => {
    if (assertion === isOn) return;
    writeFileSync(file, configuration({ ...setup, assertion }));
    await call(admin, '/config/reload', {}, 200);
    isOn = assertion;
  };
  const withAssertion = (): Promise<void> => turn(true);
  const ordinary = (assertion: boolean): RunningPeer => ({ port, pids, token, prepare: () => turn(assertion) });
  return { admin, port, pids, withAssertion, ordinary };
}

interface Setup {
  readonly port: number;
  readonly adminPort: number;
  readonly upstreamPort: number;
  readonly dataDir: string;
  readonly assertion: boolean;
}

function configuration({ port, adminPort, upstreamPort, dataDir, assertion }: Setup): string {
  return `version: 1
listen:
  proxy: 127.0.0.1:${port}
  admin: 127.0.0.1:${adminPort}
store:
  data_dir: ${dataDir}
scopes:
  device:read: Read devices
  device:write: Change devices
  collection:read: Read collections
projects:
  inventory:
    name: Inventory
    roles:
      keeper: ["device:*"]
      viewer: ["device:read", "collection:read"]
identity:
  assertion: { enabled: ${assertion} }
upstreams:
  inventory:
    targets: [http://127.0.0.1:${upstreamPort}]
routes:
  - name: devices
    match: { path: /api/devices/** }
    upstream: inventory
    scopes: { GET: device:read, "*": device:write }
  - name: collections
    match: { path: /api/collections/:id }
    upstream: inventory
    scopes: collection:read
  - name: status
    match: { path: /status }
    upstream: inventory
    public: true
`;
}

async function makeAdminToken(children: Children, program: string, file: string): Promise<string> {
  const options = { env: children.environment(), timeout: 30_000 };
  const args = [program, 'admin-token', '--config', file];
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  return stdout.trim();
}

interface Admin {
  readonly url: string;
  readonly adminToken: string;
}

/** Makes a service user of an organisation with roles, by project, and its token, whose text is returned. */
async function makeUser(
  admin: Admin,
  organization: string,
  roles: Readonly<Record<string, string>>,
  scopes: readonly string[],
): Promise<string> {
  const path = `/organizations/${organization}`;
  const user = await post(admin, `${path}/users`, { kind: 'service', username: 'load', name: 'Load' });
  for (const [project, role] of Object.entries(roles)) {
    await post(admin, `${path}/authorizations`, { user_id: user['id'], project, roles: [role] });
  }
  const { secret } = await post(admin, '/tokens', { user_id: user['id'], name: 'load', scopes });
  return String(secret);
}

function post(admin: Admin, path: string, body: object): Promise<Record<string, unknown>> {
  return call(admin, path, body, 201);
}

async function call(
  { url, adminToken }: Admin,
  path: string,
  body: object,
  expected: number,
): Promise<Record<string, unknown>> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (response.status !== expected) throw new Error(`POST ${path} was answered ${response.status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
