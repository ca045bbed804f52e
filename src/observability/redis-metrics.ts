import { Counter, Gauge, type Registry } from 'prom-client';

/** Metrics of the cache that all nodes share. */
export class RedisMetrics {
  readonly #errors: Counter;
  readonly #open: Gauge;
  readonly #alarms: Counter<'alarm'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#errors = new Counter({
      name: 'wayleave_redis_errors_total',
      help: 'Commands to Redis without an answer in time, and connections that failed',
      registers,
    });
    this.#open = new Gauge({
      name: 'wayleave_redis_breaker_open',
      help: '1 while Redis is not asked, for it has not answered',
      registers,
    });
    this.#alarms = new Counter({
      name: 'wayleave_redis_alarms_total',
      help: 'Values and messages in Redis that no node of ours wrote there',
      labelNames: ['alarm'],
      registers,
    });
  }

  failed(): void {
    this.#errors.inc();
  }

  breakerOpen(isOpen: boolean): void {
    this.#open.set(isOpen ? 1 : 0);
  }

  alarmed(alarm: string): void {
    this.#alarms.inc({ alarm });
  }
}
