import type { Registry } from 'prom-client';
import { TalliedCounter } from './tally.ts';

const noRoute = 'none';

/** What shadows would have decided, by route of gateway.yaml. */
export class ShadowMetrics {
  readonly #decisions: TalliedCounter;

  constructor(registry: Registry) {
    this.#decisions = new TalliedCounter({
      name: 'wayleave_shadow_decisions_total',
      help: 'What shadow routes and shadow files would have decided, against what was decided',
      labelNames: ['by', 'route', 'result'],
      registers: [registry],
    });
  }

  /** @param route undefined: none of the shadow's would have taken the request */
  decided(by: string, route: string | undefined, result: string): void {
    this.#decisions.cell(by, route ?? noRoute, result).count++;
  }

  /** Drops the series of routes that are not there any more. */
  keep(isThere: (route: string) => boolean): void {
    this.#decisions.keep('route', (route) => route === noRoute || isThere(route));
  }
}
