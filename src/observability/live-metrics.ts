import { Counter, Gauge, type Registry } from 'prom-client';

/** How much is under way, by kind. */
export type LiveCounts = Readonly<Record<string, number>>;

/** Metrics of what is under way on the proxy listener and must obey its token. */
export class LiveMetrics {
  readonly #ended: Counter<'kind' | 'reason'>;
  #count: () => LiveCounts = () => ({});

  constructor(registry: Registry) {
    registry.registerMetric(underWay(() => this.#count()));
    this.#ended = new Counter({
      name: 'wayleave_live_connections_ended_total',
      help: 'What was ended under way because its token no longer allowed it',
      labelNames: ['kind', 'reason'],
      registers: [registry],
    });
  }

  /** Where to ask how much is under way, whenever somebody reads the metrics. */
  watch(count: () => LiveCounts): void {
    this.#count = count;
  }

  /** @param reason the problem code */
  ended(kind: string, reason: string): void {
    this.#ended.inc({ kind, reason });
  }
}

function underWay(count: () => LiveCounts): Gauge {
  return new Gauge({
    name: 'wayleave_live_connections',
    help: 'Requests, streams and upgrades under way',
    labelNames: ['kind'],
    registers: [],
    collect() {
      for (const [kind, number] of Object.entries(count())) this.set({ kind }, number);
    },
  });
}
