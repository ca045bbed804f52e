import { Counter, Gauge, type Registry } from 'prom-client';

export type WebhookOutcome = 'delivered' | 'failed' | 'dead';

/** Metrics of what receivers outside are told. Targets are those of gateway.yaml. */
export class WebhookMetrics {
  readonly #deliveries: Counter<'target' | 'outcome'>;
  readonly #pending: Gauge<'target'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#deliveries = new Counter({
      name: 'wayleave_webhook_deliveries_total',
      help: 'Attempts to tell a target of an event; dead: the last one, nobody tries again',
      labelNames: ['target', 'outcome'],
      registers,
    });
    this.#pending = new Gauge({
      name: 'wayleave_webhook_pending',
      help: 'Events that a target is still to be told of, in the whole store',
      labelNames: ['target'],
      registers,
    });
  }

  settled(target: string, outcome: WebhookOutcome): void {
    this.#deliveries.inc({ target, outcome });
  }

  pending(target: string, deliveries: number): void {
    this.#pending.set({ target }, deliveries);
  }
}
