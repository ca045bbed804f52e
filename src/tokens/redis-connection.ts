import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';
import type { RedisAddress, RedisNode } from '../core/redis-url.ts';

export type RedisConnection = Redis | Cluster;

const connectTimeoutMs = 1000;
/** A connection on which nothing has come for so long after a command is taken for dead. */
const silenceMs = 1000;
/** How long a connection that is being closed may take to say goodbye. */
const disconnectTimeoutMs = 100;

/**
 * Opens a connection that never queues commands and never stops trying to be there again. Whoever opens it listens to
 * its event `error`, for an event that nobody listens to is printed.
 */
export function openConnection(address: RedisAddress): RedisConnection {
  return address.kind === 'cluster' ? new Cluster([...address.nodes], clusterOptions(address)) : openSingle(address);
}

/**
 * Opens a connection to listen by. Of a cluster that is one to a single node, for each passes on what any is told; when
 * it is lost it ends, and the one for the next attempt is to the next node. (The library's own way to listen to a cluster
 * tries without a pause while all of it is away.) Every other one never stops trying.
 */
export function openListener(address: RedisAddress, attempt: number): Redis {
  if (address.kind !== 'cluster') return openSingle(address);
  const node = address.nodes[attempt % address.nodes.length];
  if (node === undefined) throw new Error('a cluster without nodes');
  return new Redis({
    ...connectionOptions(address),
    ...node,
    ...tlsTo({ ...address, node }),
    retryStrategy: () => null,
  });
}

/** Soon, and not in step with the other nodes that have lost the same Redis. */
function retryDelayMs(): number {
  return 100 + Math.random() * 100;
}

/** The types of these functions are inferred: the library tells by them which form of replies is asked for. */
function connectionOptions(address: RedisAddress) {
  return {
    ...(address.username !== undefined && { username: address.username }),
    ...(address.password !== undefined && { password: address.password }),
    connectionName: 'wayleave',
    disableClientInfo: true,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: disconnectTimeoutMs,
    socketTimeout: silenceMs,
    retryStrategy: retryDelayMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
  } satisfies RedisOptions;
}

function openSingle(address: Exclude<RedisAddress, { kind: 'cluster' }>): Redis {
  const common = { ...connectionOptions(address), db: address.db };
  if (address.kind === 'sentinel') return new Redis({ ...common, ...sentinelOptions(address) });
  return new Redis({ ...common, ...address.node, ...tlsTo(address) });
}

type SentinelAddress = Extract<RedisAddress, { kind: 'sentinel' }>;

function sentinelOptions(address: SentinelAddress) {
  return {
    sentinels: [...address.sentinels],
    name: address.master,
    ...(address.sentinelUsername !== undefined && { sentinelUsername: address.sentinelUsername }),
    ...(address.sentinelPassword !== undefined && { sentinelPassword: address.sentinelPassword }),
    sentinelCommandTimeout: connectTimeoutMs,
    sentinelRetryStrategy: retryDelayMs,
    ...(address.tls && { enableTLSForSentinelMode: true, tls: {}, sentinelTLS: {} }),
  } satisfies RedisOptions;
}

function clusterOptions(address: RedisAddress) {
  const { retryStrategy: _, enableOfflineQueue, ...redisOptions } = connectionOptions(address);
  return {
    enableOfflineQueue,
    clusterRetryStrategy: retryDelayMs,
    slotsRefreshTimeout: connectTimeoutMs,
    // A call has its own deadline, which is shorter than more attempts would take.
    maxRedirections: 4,
    retryDelayOnFailover: 50,
    retryDelayOnClusterDown: 50,
    redisOptions: { ...redisOptions, ...(address.tls && { tls: {} }) },
  } satisfies ClusterOptions;
}

/** Node sends the server's name (SNI), by which some hosted ones tell their customers apart, only when it is given. */
function tlsTo({ tls, node }: { tls: boolean; node: RedisNode }) {
  const isIp = /^[\d.]+$|:/.test(node.host);
  return tls && { tls: isIp ? {} : { servername: node.host } };
}
