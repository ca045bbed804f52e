import { Counter, Gauge, type Registry } from 'prom-client';

/** How rate limits are counted, and whom they refuse. Routes are those of gateway.yaml. */
export class RateLimitMetrics {
  readonly #limited: Counter<'route'>;
  readonly #alone: Counter;
  #keys = (): number => 0;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#limited = new Counter({
      name: 'wayleave_rate_limited_total',
      help: 'Requests over the limit of their route',
      labelNames: ['route'],
      registers,
    });
    this.#alone = new Counter({
      name: 'wayleave_rate_limit_alone_total',
      help: 'Requests that this node counted alone, for Redis did not answer in time',
      registers,
    });
    registry.registerMetric(rememberedKeys(() => this.#keys()));
  }

  /** @param keys how many there are now */
  watch(keys: () => number): void {
    this.#keys = keys;
  }

  limited(route: string): void {
    this.#limited.inc({ route });
  }

  countedAlone(): void {
    this.#alone.inc();
  }
}

function rememberedKeys(count: () => number): Gauge {
  return new Gauge({
    name: 'wayleave_rate_limit_keys',
    help: 'Whoever this node remembers counts of',
    registers: [],
    collect() {
      this.set(count());
    },
  });
}
