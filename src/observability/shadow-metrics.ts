import { Counter, type Registry } from 'prom-client';

/** What shadows would have decided, by route of gateway.yaml. */
export class ShadowMetrics {
  readonly #decisions: Counter<'by' | 'route' | 'result'>;

  constructor(registry: Registry) {
    this.#decisions = new Counter({
      name: 'wayleave_shadow_decisions_total',
      help: 'What shadow routes and shadow files would have decided, against what was decided',
      labelNames: ['by', 'route', 'result'],
      registers: [registry],
    });
  }

  /** @param route undefined: none of the shadow's would have taken the request */
  decided(by: string, route: string | undefined, result: string): void {
    this.#decisions.inc({ by, route: route ?? 'none', result });
  }
}
