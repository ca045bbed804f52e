import type { Program } from './children.ts';
import { cpuMicroseconds, processTree } from './cpu-time.ts';
import { requestText, type Load, type LoadAnswer, type LoadResult, type RequestShape } from './load.ts';
import type { Peer, RunningPeer } from './peers/peer.ts';

/** A peer that is up. */
export interface Contestant {
  readonly peer: Peer;
  readonly running: RunningPeer;
}

/** One stretch of load on one peer. */
export interface Sample {
  readonly requests: number;
  /** CPU time of all the peer's processes for one request; undefined where none counts. */
  readonly cpuMicroseconds: number | undefined;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Two samples, one right after the other, so that what drifts in the machine meets both. */
export interface Pair {
  readonly subject: Sample;
  readonly other: Sample;
}

export interface Comparison {
  readonly other: Peer;
  readonly shape: RequestShape;
  readonly pairs: readonly Pair[];
}

export interface Settings {
  readonly rounds: number;
  readonly connections: number;
  readonly sampleMs: number;
  readonly warmUpMs: number;
}

export interface Bench {
  readonly generator: Program;
  readonly subject: Contestant;
  readonly others: readonly Contestant[];
  readonly settings: Settings;
  readonly note: (progress: string) => void;
}

/** Long enough for the compilers of V8 to settle. */
const firstWarmUpMs = 2_500;

/** Measures every other peer against the subject, round by round; which of the two goes first changes with the round. */
export async function compareAll(bench: Bench, shape: RequestShape): Promise<Comparison[]> {
  const { subject, settings, note } = bench;
  const others = bench.others.filter(({ peer }) => shape === 'get' || peer.takesPost);
  const comparisons = others.map(({ peer }) => ({ other: peer, shape, pairs: [] as Pair[] }));
  note(`${shape}: warming up`);
  for (const { running } of [subject, ...others]) await put(bench, running, shape, firstWarmUpMs);
  for (let round = 0; round < settings.rounds; round++) {
    for (const [at, other] of others.entries()) {
      note(`${shape} round ${round + 1} of ${settings.rounds}: ${other.peer.title}`);
      const first = round % 2 === 0 ? await sample(bench, other, shape) : undefined;
      const own = await sample(bench, subject, shape);
      comparisons[at]?.pairs.push({ subject: own, other: first ?? (await sample(bench, other, shape)) });
    }
  }
  return comparisons;
}

async function sample(bench: Bench, { running }: Contestant, shape: RequestShape): Promise<Sample> {
  await running.prepare?.();
  await put(bench, running, shape, bench.settings.warmUpMs);
  const before = cpuOf(running);
  const result = await put(bench, running, shape, bench.settings.sampleMs);
  const used = cpuOf(running) - before;
  return {
    requests: result.requests,
    cpuMicroseconds: running.pids.length === 0 ? undefined : used / result.requests,
    requestsPerSecond: (result.requests / result.elapsedMs) * 1000,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
  };
}

function cpuOf({ pids }: RunningPeer): number {
  return cpuMicroseconds(pids.flatMap(processTree));
}

async function put(bench: Bench, peer: RunningPeer, shape: RequestShape, durationMs: number): Promise<LoadResult> {
  const { connections } = bench.settings;
  const load: Load = {
    port: peer.port,
    request: requestText(shape, peer.token, peer.headers),
    connections,
    durationMs,
  };
  const answer = (await bench.generator.ask(load, durationMs + 30_000)) as LoadAnswer;
  if ('result' in answer) return answer.result;
  throw new Error(`the load on port ${peer.port} failed: ${answer.failure}`);
}
