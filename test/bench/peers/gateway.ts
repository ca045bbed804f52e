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
  start: (context) => start(context, 'gateway', true),
};

/** The same without X-Auth-Assertion, to see what the signatures cost. */
export const withoutAssertion: Peer = {
  name: 'assertion',
  title: 'gateway, assertion off',
  checksTokens: true,
  takesPost: false,
  start: (context) => start(context, 'assertion', false),
};

async function start(
  { children, upstreamPort, gatewayProgram }: PeerContext,
  name: string,
  assertion: boolean,
): Promise<RunningPeer> {
  if (!existsSync(gatewayProgram)) throw new Error(`${gatewayProgram} is missing; run "npm run build" first`);
  const [port, adminPort] = [await freePort(), await freePort()];
  const file = join(children.folder, `${name}.yaml`);
  const dataDir = join(children.folder, `${name}-data`);
  writeFileSync(file, configuration({ port, adminPort, upstreamPort, dataDir, assertion }));
  const pid = await children.spawn(process.execPath, [gatewayProgram, 'serve', '--config', file], port);
  const adminToken = await makeAdminToken(children, gatewayProgram, file);
  return { port, pids: [pid], token: await makeToken({ url: `http://127.0.0.1:${adminPort}/api/v1`, adminToken }) };
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

/** Makes an organisation, a service user with a role, and its token, whose text is returned. */
async function makeToken(admin: Admin): Promise<string> {
  await post(admin, '/organizations', { slug: 'bench', name: 'Bench' });
  const user = await post(admin, '/organizations/bench/users', { kind: 'service', username: 'load', name: 'Load' });
  const grant = { user_id: user['id'], project: 'inventory', roles: ['keeper'] };
  await post(admin, '/organizations/bench/authorizations', grant);
  const wish = { user_id: user['id'], name: 'load', scopes: ['device:read', 'device:write'] };
  const { secret } = await post(admin, '/tokens', wish);
  return String(secret);
}

async function post({ url, adminToken }: Admin, path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`POST ${path} was answered ${response.status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
