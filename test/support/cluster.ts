import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { insertTokens, type BulkToken } from './bulk-tokens.ts';
import { announcedPorts, startProgram } from './child-gateway.ts';
import { programPath } from './program.ts';
import { onCleanup } from './cleanup.ts';
import { ClusterNode } from './cluster-node.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { repository } from './gateway.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';
import { startRedis, type RedisServer } from './redis-server.ts';
import { tempDir } from './temp-dir.ts';

export interface ClusterOptions {
  readonly nodes: number;
  /** Without one, nodes share Postgres alone. */
  readonly redis?: boolean;
  /** The section `cache` of every node's gateway.yaml. */
  readonly cache?: string;
  /** What stands in a node's gateway.yaml in the place of something else, by the number of the node. */
  readonly yaml?: (usual: string, node: number) => string;
  /** A built gateway; without it the sources run. */
  readonly program?: string;
  /** Nodes reach Postgres and Redis without a fault proxy between, which would cost some time. */
  readonly isDirect?: boolean;
}

/** Several gateways on one Postgres and one Redis of their own; each reaches both through fault proxies of its own. */
export interface Cluster {
  readonly nodes: readonly ClusterNode[];
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
  /** The node of that number, from 0. */
  readonly node: (number: number) => ClusterNode;
  /** The ports of every node's proxy listener. */
  readonly ports: () => readonly number[];
  /** The service user that owns what `issue` makes; it holds the role `viewer` of the project `analytics`. */
  readonly userId: string;
  /** Makes tokens behind the back of every node. */
  issue(number: number): Promise<BulkToken[]>;
  issueOne(): Promise<BulkToken>;
  /** Ends every fault of the fault proxies. */
  heal(): Promise<void>;
}

/** Something that goes wrong for a while. */
export interface Fault {
  readonly name: string;
  readonly begin: () => unknown;
  readonly end: () => unknown;
}

/** The same on every node, as the contract asks. */
export const clusterSecretKey = 'a secret key of the tests alone, the same on each of the nodes';

/** As many as small machines have processors. */
const startedAtOnce = 2;

const yaml = `version: 1
listen: { proxy: "127.0.0.1:0", admin: "127.0.0.1:0" }
store: { postgres: "\${DATABASE_URL}", redis: "\${REDIS_URL:-}", data_dir: ./data }
cache: CACHE
scopes: { device:read: Read devices }
projects: { analytics: { name: Analytics, roles: { viewer: [ "device:read" ] } } }
upstreams: { u: { targets: [ "http://127.0.0.1:UPSTREAM" ], max_connections: 10000 } }
routes:
  - { name: devices, match: { path: /api/** }, upstream: u, scopes: device:read }
`;

/** Starts the servers and the nodes; they end with the tests of this file. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const [postgres, redis, upstream, directory] = await Promise.all([
    startPostgres(),
    options.redis === false ? undefined : startRedis(),
    startProgram('cluster/upstream.child.ts', []),
    tempDir('cluster'),
  ]);
  const [upstreamPort] = announcedPorts(upstream);
  const usual = yaml.replace('UPSTREAM', String(upstreamPort)).replace('CACHE', options.cache ?? '{}');
  const program = [options.program ?? (await programPath())];
  let adminToken: Promise<string> | undefined;
  const makeNode = async (number: number): Promise<ClusterNode> => {
    const [toPostgres, toRedis] = [await startFaultProxy(postgres.port), redis && (await startFaultProxy(redis.port))];
    return new ClusterNode({
      directory: join(directory, String(number)),
      yaml: options.yaml?.(usual, number) ?? usual,
      env: options.isDirect
        ? environment(postgres.url, postgres.port, redis?.port)
        : environment(postgres.url, toPostgres.port, toRedis?.port),
      program,
      postgres: toPostgres,
      redis: toRedis,
      adminToken: () => (adminToken ??= makeAdminToken(first)),
    });
  };
  const first = await makeNode(0);
  const others = await Promise.all(Array.from({ length: options.nodes - 1 }, (_, at) => makeNode(at + 1)));
  const nodes = [first, ...others];
  onCleanup(() => Promise.all(nodes.map((node) => node.kill())));
  // The first migrates the database, the others find it done.
  await first.start();
  const userId = await makeUser(first);
  for (let at = 0; at < others.length; at += startedAtOnce) {
    await Promise.all(others.slice(at, at + startedAtOnce).map((node) => node.start()));
  }
  const issue = (number: number): Promise<BulkToken[]> =>
    insertTokens(postgres.url, { userId, scopes: ['device:read'] }, number);
  return {
    nodes,
    postgres,
    get redis() {
      if (redis === undefined) throw new Error('this cluster has no Redis');
      return redis;
    },
    node: (number) => nodes[number] ?? first,
    ports: () => nodes.map(({ port }) => port),
    userId,
    issue,
    issueOne: async () => {
      const [token] = await issue(1);
      if (token === undefined) throw new Error('no token was made');
      return token;
    },
    heal: async () => {
      await Promise.all(nodes.map((node) => node.postgres.pass()));
      if (redis !== undefined) await Promise.all(nodes.map((node) => node.redis.pass()));
    },
  };
}

function environment(databaseUrl: string, postgresPort: number, redisPort: number | undefined): NodeJS.ProcessEnv {
  const url = new URL(databaseUrl);
  url.port = String(postgresPort);
  const env: NodeJS.ProcessEnv = { ...process.env, DATABASE_URL: url.href, WAYLEAVE_SECRET_KEY: clusterSecretKey };
  delete env['REDIS_URL'];
  return redisPort === undefined ? env : { ...env, REDIS_URL: `redis://127.0.0.1:${redisPort}` };
}

async function makeAdminToken({ program, configFile, env }: ClusterNode): Promise<string> {
  const args = [...program, 'admin-token', '--config', configFile];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: repository, env });
  return stdout.trim();
}

async function makeUser(node: ClusterNode): Promise<string> {
  const call = async (path: string, body: object): Promise<string> => {
    const response = await node.api('POST', path, body);
    if (response.status !== 201) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  };
  await call('/organizations', { slug: 'acme', name: 'Acme' });
  const userId = await call('/organizations/acme/users', { kind: 'service', username: 'ci', name: 'CI' });
  await call('/organizations/acme/authorizations', { user_id: userId, project: 'analytics', roles: ['viewer'] });
  return userId;
}
