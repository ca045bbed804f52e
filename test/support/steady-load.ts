import { askWith, type SeenAnswer } from './gateway-client.ts';

export interface LoadOptions {
  /** The ports to ask, one after the other; called for each request, for a node that was restarted has another. */
  readonly ports: () => readonly number[];
  readonly perSecond: number;
  /** The token of the next request. */
  readonly token: () => string;
}

/** Requests at an even pace, whether or not the ones before have been answered. */
export interface SteadyLoad {
  /** What has been answered so far. */
  readonly answers: readonly SeenAnswer[];
  /** Sends nothing more and waits for what is under way. */
  stop(): Promise<readonly SeenAnswer[]>;
}

const tickMs = 10;

/** Starts asking at once. */
export function startLoad({ ports, perSecond, token }: LoadOptions): SteadyLoad {
  const answers: SeenAnswer[] = [];
  const underWay = new Set<Promise<unknown>>();
  const startedAt = performance.now();
  let sent = 0;
  const ask = async (port: number): Promise<void> => void answers.push(await askWith(port, token()));
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) * perSecond) / 1000;
    for (; sent < due; sent++) {
      const all = ports();
      const port = all[sent % all.length];
      if (port === undefined) continue;
      const asking: Promise<unknown> = ask(port).finally(() => underWay.delete(asking));
      underWay.add(asking);
    }
  }, tickMs);
  return {
    answers,
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
      return answers;
    },
  };
}

/** How many answers of each kind there were, as `503 store_unavailable: 12`. */
export function tally(answers: readonly SeenAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, code } of answers) {
    const kind = code === undefined ? String(status) : `${status} ${code}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Milliseconds that `share` (0 to 1) of the answers came within. */
export function latencyMs(answers: readonly SeenAnswer[], share: number): number {
  const sorted = answers.map(({ beganAtMs, endedAtMs }) => endedAtMs - beganAtMs).toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
