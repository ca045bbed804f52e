import { Redis } from 'ioredis';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { localhostCertificate } from './certificate.ts';
import { onCleanup } from './cleanup.ts';
import { freePort } from './free-port.ts';
import { findRedis } from './redis-binary.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { tempDir } from './temp-dir.ts';

export interface RedisProcess {
  readonly port: number;
  readonly process: ServerProcess;
}

/** Starts a Redis with settings of its own beside the usual ones; it ends with the tests of this file. */
async function startWith(port: number, settings: readonly string[], readyText: string): Promise<RedisProcess> {
  const { path, env } = await findRedis();
  const args = [...settings, '--dir', await tempDir('redis'), '--bind', '127.0.0.1'];
  const server = await startServer({ command: path, args, readyText, env: { ...process.env, ...env } });
  onCleanup(() => server.end('SIGKILL'));
  return { port, process: server };
}

const isReady = 'Ready to accept connections';
const inMemory = ['--save', '', '--appendonly', 'no'];

/** A Redis that speaks TLS alone, with the certificate for localhost. */
export async function startTlsRedis(): Promise<RedisProcess> {
  const port = await freePort();
  const { path } = localhostCertificate;
  const files = ['--tls-cert-file', path, '--tls-key-file', path.replace(/crt$/, 'key'), '--tls-ca-cert-file', path];
  const settings = ['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'no', ...files];
  return startWith(port, [...inMemory, ...settings], isReady);
}

export interface SentinelGroup {
  readonly sentinel: RedisProcess;
  readonly master: RedisProcess;
  readonly replica: RedisProcess;
}

/** A master with one replica, and a sentinel that puts the one in the other's place, under the name `main`. */
export async function startSentinelGroup(): Promise<SentinelGroup> {
  const [masterPort, replicaPort, sentinelPort] = [await freePort(), await freePort(), await freePort()];
  const master = await startWith(masterPort, ['--port', `${masterPort}`, ...inMemory], isReady);
  const following = ['--port', `${replicaPort}`, '--replicaof', '127.0.0.1', `${masterPort}`, ...inMemory];
  const replica = await startWith(replicaPort, [...following, '--repl-diskless-sync-delay', '0'], isReady);
  const file = join(await tempDir('sentinel'), 'sentinel.conf');
  const lines = [
    `port ${sentinelPort}`,
    `sentinel monitor main 127.0.0.1 ${masterPort} 1`,
    'sentinel down-after-milliseconds main 500',
    'sentinel failover-timeout main 2000',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const sentinel = await startWith(sentinelPort, [file, '--sentinel'], '+slave slave');
  return { sentinel, master, replica };
}

/** A cluster of three masters, each with a third of the slots. */
export async function startRedisCluster(): Promise<readonly RedisProcess[]> {
  const nodes: RedisProcess[] = [];
  for (let node = 0; node < 3; node++) {
    const port = await clusterPort();
    const settings = ['--port', `${port}`, '--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', ...inMemory];
    nodes.push(await startWith(port, settings, isReady));
  }
  const clients = nodes.map(({ port }) => new Redis(port, '127.0.0.1'));
  try {
    const shares = [
      [0, 5460],
      [5461, 10_922],
      [10_923, 16_383],
    ] as const;
    await Promise.all(clients.map((client, at) => client.call('CLUSTER', 'ADDSLOTSRANGE', ...(shares[at] ?? []))));
    for (const { port } of nodes.slice(1)) await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', port);
    for (const client of clients) {
      while (!String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await delay(50);
    }
  } finally {
    for (const client of clients) client.disconnect();
  }
  return nodes;
}

/** The nodes of a cluster speak to each other at the port 10,000 above. */
async function clusterPort(): Promise<number> {
  const port = await freePort();
  return port <= 55_535 ? port : clusterPort();
}
