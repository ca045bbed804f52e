import { Gauge, type Registry } from 'prom-client';

/** What is known of the health of a target. */
export interface ObservedTarget {
  readonly upstream: string;
  readonly origin: string;
  readonly isHealthy: boolean;
}

/** Metrics of the targets whose health is checked. */
export class UpstreamHealthMetrics {
  #targets: () => readonly ObservedTarget[] = () => [];

  constructor(registry: Registry) {
    registry.registerMetric(healthOf(() => this.#targets()));
  }

  /** Where to ask for the targets that there are, whenever somebody reads the metrics. */
  watch(targets: () => readonly ObservedTarget[]): void {
    this.#targets = targets;
  }
}

function healthOf(targets: () => readonly ObservedTarget[]): Gauge {
  return new Gauge({
    name: 'wayleave_upstream_target_healthy',
    help: '1 while a target whose health is checked gets requests, 0 while it is out of turn',
    labelNames: ['upstream', 'target'],
    registers: [],
    collect() {
      this.reset();
      for (const { upstream, origin, isHealthy } of targets())
        this.set({ upstream, target: origin }, isHealthy ? 1 : 0);
    },
  });
}
