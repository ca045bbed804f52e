import { setTimeout as delay } from 'node:timers/promises';
import type { BulkToken } from '../support/bulk-tokens.ts';
import { startCluster, type Cluster } from '../support/cluster.ts';
import type { ClusterNode } from '../support/cluster-node.ts';
import type { SeenAnswer } from '../support/gateway-client.ts';
import { revoke } from '../support/revocation.ts';
import { startLoad } from '../support/steady-load.ts';
import { percentile } from './statistics.ts';

/** Milliseconds. */
export interface Spread {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** How long a revocation takes on three nodes that share a Postgres and a Redis, while others ask. */
export interface RevocationResult {
  readonly push: 'on' | 'off';
  readonly revocations: number;
  /** As the receipts say it. */
  readonly receipt: Spread;
  /** From the call until every node has refused the token once, which it is asked every few milliseconds. */
  readonly refused: Spread;
  /** Receipts that name a silent node. */
  readonly incomplete: number;
  /** Requests that began after the receipt and passed all the same. */
  readonly passedAfterReceipt: number;
}

export interface RevocationOptions {
  readonly push: 'on' | 'off';
  readonly revocations: number;
  /** The built gateway. */
  readonly program: string;
}

const nodeCount = 3;
const backgroundPerSecond = 200;
const probeMs = 5;
/** How long the nodes are asked on after the receipt. */
const watchMs = 20;
/** Without push a revocation mostly waits for the next second, so several may wait at a time. */
const atOnce = { on: 1, off: 6 } as const;

interface Trial {
  readonly receiptMs: number;
  readonly refusedMs: number;
  readonly isComplete: boolean;
  readonly passed: number;
}

/** Starts the nodes, revokes token after token under load, and stops them when `cleanUp` of the tests' support runs. */
export async function measureRevocation({ push, revocations, program }: RevocationOptions): Promise<RevocationResult> {
  const cluster = await startCluster({ nodes: nodeCount, program, isDirect: push === 'on' });
  if (push === 'off') for (const node of cluster.nodes) node.redis.mute(/subscribe/i);
  const [others, doomed] = [await cluster.issue(100), await cluster.issue(revocations)];
  let asked = 0;
  const background = startLoad({
    ports: cluster.ports,
    perSecond: backgroundPerSecond,
    token: () => others[asked++ % others.length]?.secret ?? '',
  });
  await delay(2000);
  const trials: Trial[] = [];
  const work = async (): Promise<void> => {
    for (let token = doomed.pop(); token !== undefined; token = doomed.pop()) trials.push(await tryOne(cluster, token));
  };
  await Promise.all(Array.from({ length: atOnce[push] }, work));
  await background.stop();
  await Promise.all(cluster.nodes.map((node) => node.stop()));
  return {
    push,
    revocations: trials.length,
    receipt: spreadOf(trials.map(({ receiptMs }) => receiptMs)),
    refused: spreadOf(trials.map(({ refusedMs }) => refusedMs)),
    incomplete: trials.filter(({ isComplete }) => !isComplete).length,
    passedAfterReceipt: trials.reduce((sum, { passed }) => sum + passed, 0),
  };
}

/** Revokes a token that every node knows, and asks each of them for it all the while. */
async function tryOne(cluster: Cluster, token: BulkToken): Promise<Trial> {
  for (const node of cluster.nodes) {
    const { status } = await node.ask(token.secret);
    if (status !== 200) throw new Error(`a token that is to be revoked was answered ${status}`);
  }
  const stop = new AbortController();
  const probes = cluster.nodes.map((node) => probe(node, token.secret, stop.signal));
  const beganAtMs = performance.now();
  const { receipt, atMs } = await revoke(cluster.node(0), token.id);
  await delay(watchMs);
  stop.abort();
  const answers = await Promise.all(probes);
  const firstRefusals = answers.map((own) => own.find(({ status }) => status === 401)?.endedAtMs ?? Number.NaN);
  return {
    receiptMs: receipt.milliseconds,
    refusedMs: Math.max(...firstRefusals) - beganAtMs,
    isComplete: receipt.nodes_confirmed === nodeCount && receipt.silent.length === 0,
    passed: answers.flat().filter(({ status, beganAtMs: at }) => status === 200 && at > atMs).length,
  };
}

async function probe(node: ClusterNode, token: string, signal: AbortSignal): Promise<SeenAnswer[]> {
  const answers: SeenAnswer[] = [];
  while (!signal.aborted) {
    answers.push(await node.ask(token));
    await delay(probeMs);
  }
  return answers;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), most: sorted.at(-1) ?? Number.NaN };
}
