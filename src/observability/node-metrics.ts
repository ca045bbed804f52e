import { Gauge, Histogram, type Registry } from 'prom-client';

/** How far this node is, asked whenever somebody reads the metrics. */
export interface Progress {
  /** The number up to which it has followed the change log. */
  readonly seen: number;
  /** Milliseconds since its last news of the log. */
  readonly ageMs: number;
}

const secondsBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2.5, 5, 10];

/** Metrics of the change log and of the nodes that follow it. */
export class NodeMetrics {
  readonly #settled: Histogram<'complete'>;
  readonly #followed: Histogram;
  readonly #nodes: Gauge<'state'>;
  #progress: () => Progress = () => ({ seen: 0, ageMs: Infinity });

  constructor(registry: Registry) {
    const registers = [registry];
    const gauge = (name: string, help: string, read: () => number): Gauge =>
      new Gauge({
        name: `wayleave_${name}`,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    this.#settled = new Histogram({
      name: 'wayleave_revocation_seconds',
      help: 'From the call that changed something to its receipt; complete: every node had confirmed',
      labelNames: ['complete'],
      buckets: secondsBuckets,
      registers,
    });
    this.#followed = new Histogram({
      name: 'wayleave_change_follow_seconds',
      help: 'How long the change of another node took to be in force here',
      buckets: secondsBuckets,
      registers,
    });
    gauge('change_log_number', 'The number up to which this node has followed', () => this.#progress().seen);
    gauge('change_log_age_seconds', 'Since the last news of the change log', () => this.#progress().ageMs / 1000);
    this.#nodes = new Gauge({
      name: 'wayleave_nodes',
      help: 'Nodes that a receipt waits for, and those of them not heard of lately',
      labelNames: ['state'],
      registers,
    });
  }

  /** Where to ask how far this node is. */
  watch(progress: () => Progress): void {
    this.#progress = progress;
  }

  settled(elapsedMs: number, complete: boolean): void {
    this.#settled.observe({ complete: String(complete) }, elapsedMs / 1000);
  }

  followed(ageMs: number): void {
    this.#followed.observe(ageMs / 1000);
  }

  counted(expected: number, silent: number): void {
    this.#nodes.set({ state: 'expected' }, expected);
    this.#nodes.set({ state: 'silent' }, silent);
  }
}
