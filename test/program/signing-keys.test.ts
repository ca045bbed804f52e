import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { insertTokens, type BulkToken } from '../support/bulk-tokens.ts';
import { openSealedKey } from '../../src/oauth/key-material.ts';
import { PostgresSigningKeys } from '../../src/oauth/postgres-signing-keys.ts';
import { openStore } from '../../src/db/store.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { PostgresChangeLog } from '../../src/db/change-log.ts';
import { onCleanup } from '../support/cleanup.ts';
import { auditWriter } from '../support/audit.ts';
import { startGateway, type RunningGateway } from '../support/gateway.ts';
import { freshDatabase } from '../support/postgres.ts';
import { startLoad, tally } from '../support/steady-load.ts';
import { secretKeyFixture } from '../support/secret-key.ts';
import { runCli } from '../commands/cli-process.ts';

// Several gateways on one database, from the first start on.

const patient = { timeout: 120_000 };
const nodeCount = 3;

let nodes: RunningGateway[];
let databaseUrl: string;
let admin: { WAYLEAVE_TOKEN: string; WAYLEAVE_SERVER: string };
let token: BulkToken;
/** What the upstream received. */
const assertions: string[] = [];

beforeAll(async () => {
  const upstreamPort = await startUpstream();
  ({ url: databaseUrl } = await freshDatabase());
  const options = { yaml: yamlFor(upstreamPort), databaseUrl };
  nodes = await Promise.all(Array.from({ length: nodeCount }, () => startGateway(options)));
  const [node] = nodes;
  if (node === undefined) throw new Error('no node has started');
  const env = Object.fromEntries(['DATABASE_URL', 'WAYLEAVE_SECRET_KEY'].map((name) => [name, node.env[name] ?? '']));
  const { stdout } = await runCli(['admin-token', '--config', node.configFile], env);
  admin = { WAYLEAVE_TOKEN: stdout.trim(), WAYLEAVE_SERVER: `http://127.0.0.1:${node.adminPort}` };
  token = await makeToken();
}, 120_000);

test('three nodes that start at once on an empty database agree on one key', patient, async () => {
  const sets = await Promise.all(nodes.map(keySetOf));
  expect(sets[0]?.keys).toHaveLength(1);
  for (const set of sets) expect(set).toEqual(sets[0]);
});

test('the private key stands in no log, no process argument and no answer', patient, async () => {
  const { d, der } = await privateKey();
  const [node] = nodes;
  const texts = nodes.flatMap((one) => [one.log(), readFileSync(`/proc/${one.pid}/cmdline`, 'utf8')]);
  for (const path of ['/api/v1/keys', '/api/v1/config', '/metrics']) {
    const headers = { authorization: `Bearer ${admin.WAYLEAVE_TOKEN}` };
    texts.push(await (await fetch(`http://127.0.0.1:${node?.adminPort}${path}`, { headers })).text());
  }
  texts.push(JSON.stringify(await keySetOf(node)));
  for (const text of texts) for (const secret of [d, der]) expect(text).not.toContain(secret);
});

test('another secret key is refused at the start with a sentence, and nothing is changed', patient, async () => {
  const before = await keySetOf(nodes[0]);
  const env = { WAYLEAVE_SECRET_KEY: 'another secret key, which is just as long as the first one' };
  const file = nodes[0]?.configFile ?? '';
  const { exit, stderr } = await runCli(['serve', '--config', file], { ...env, DATABASE_URL: databaseUrl });
  expect(exit).toBe(1);
  expect(stderr).toContain('The store was first used with another secret key');
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(await keySetOf(nodes[0])).toEqual(before);
});

test('under load a rotation refuses nothing, and whoever holds the key set verifies everything', patient, async () => {
  const first = (await keySetOf(nodes[0])).keys[0]?.kid;
  const load = startLoad({ ports: () => nodes.map(({ port }) => port), perSecond: 100, token: () => token.secret });
  await expect.poll(() => load.answers.length, { timeout: 10_000 }).toBeGreaterThan(50);

  const { stdout } = await runCli(['key', 'rotate'], admin);
  const next = stdout.trim();
  const published = async (): Promise<number> => {
    const sets = await Promise.all(nodes.map(keySetOf));
    return sets.filter(({ keys }) => keys.some(({ kid }) => kid === next)).length;
  };
  await expect.poll(published, { timeout: 10_000 }).toBe(nodeCount);
  const held = await keySetOf(nodes[0]);
  expect(held.keys.map(({ kid }) => kid)).toEqual([first, next]);

  const signedBefore = assertions.length;
  expect(await runCli(['key', 'rotate', '--now'], admin)).toMatchObject({ exit: 0, stdout: `${next}\n` });
  const kids = (): Set<string> => new Set(assertions.slice(signedBefore).map(kidOf));
  await expect.poll(() => kids().has(next), { timeout: 10_000 }).toBe(true);
  const answers = await load.stop();

  expect(tally(answers)).toEqual({ 200: answers.length });
  const keys = createLocalJWKSet(held);
  for (const assertion of new Set(assertions)) {
    await expect(jwtVerify(assertion, keys, { issuer: 'wayleave', audience: 'inventory' })).resolves.toBeDefined();
  }

  const refused = await runCli(['key', 'retire', next, '--yes'], admin);
  expect(refused.exit).toBe(1);
  expect(refused.stderr).toContain('is signing');
  expect(await runCli(['key', 'retire', first ?? '', '--yes'], admin)).toMatchObject({ exit: 0 });
  const left = async (): Promise<unknown[]> =>
    (await Promise.all(nodes.map(keySetOf))).map(({ keys: [key] }) => key?.kid);
  await expect.poll(left, { timeout: 10_000 }).toEqual(nodes.map(() => next));
  const list = await runCli(['key', 'list'], admin);
  expect(list.stdout).toMatch(new RegExp(`${next} +ES256 +signing`));
  expect(list.stdout).toMatch(new RegExp(`${first} +ES256 +gone`));
});

async function keySetOf(node: RunningGateway | undefined): Promise<JSONWebKeySet> {
  const answer = await fetch(`http://127.0.0.1:${node?.port}/.wayleave/jwks.json`);
  return (await answer.json()) as JSONWebKeySet;
}

function kidOf(assertion: string): string {
  return (JSON.parse(Buffer.from(assertion.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
}

async function startUpstream(): Promise<number> {
  const server = createServer((req, res) => {
    assertions.push(String(req.headers['x-auth-assertion']));
    res.end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** The secret numbers of the key that signs, from the store, as the nodes read them. */
async function privateKey(): Promise<{ d: string; der: string }> {
  const store = await openStore({ url: databaseUrl }, { role: 'command' });
  onCleanup(() => store.close());
  const audit = auditWriter(systemClock);
  const changes = new PostgresChangeLog({ database: store.admin, audit, onChange: () => undefined });
  const secretKey = secretKeyFixture(nodes[0]?.env['WAYLEAVE_SECRET_KEY']);
  const keys = new PostgresSigningKeys({ database: store.admin, changes, secretKey, clock: systemClock });
  const [key] = await keys.read();
  if (key === undefined) throw new Error('there is no key');
  const opened = openSealedKey(key.sealedPrivateKey ?? '', key, secretKey);
  return {
    d: opened.export({ format: 'jwk' }).d ?? '',
    der: opened.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  };
}

async function makeToken(): Promise<BulkToken> {
  const steps = [
    ['org', 'create', '--slug', 'acme', '--name', 'Acme'],
    ['service-user', 'create', '--org', 'acme', '--username', 'ci', '--purpose', 'tests'],
    ['authorization', 'create', '--org', 'acme', '--user', 'ci', '--project', 'analytics', '--roles', 'viewer'],
  ];
  let userId = '';
  for (const step of steps) {
    const { exit, stdout, stderr } = await runCli(step, admin);
    if (exit !== 0) throw new Error(stderr);
    if (stdout.startsWith('usr_')) userId = stdout.trim();
  }
  const [made] = await insertTokens(databaseUrl, { userId, scopes: ['device:read'] }, 1);
  if (made === undefined) throw new Error('no token was made');
  return made;
}

function yamlFor(upstreamPort: number): string {
  return `scopes: { device:read: Read devices }
projects: { analytics: { name: Analytics, roles: { viewer: ["device:read"] } } }
upstreams: { inventory: { targets: ["http://127.0.0.1:${upstreamPort}"] } }
routes:
  - { name: devices, match: { path: /api/** }, upstream: inventory, scopes: device:read }
`;
}
