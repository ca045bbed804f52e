import { Counter, Gauge, type Registry } from 'prom-client';

/** How many tokens of an organisation end within some days. */
export interface ExpiringTokens {
  readonly organization: string;
  readonly days: number;
  readonly tokens: number;
}

/** Metrics of the life of tokens. */
export class TokenMetrics {
  readonly #endedSecrets: Counter;
  #expiring: () => Promise<readonly ExpiringTokens[]> = () => Promise.resolve([]);

  constructor(registry: Registry) {
    const registers = [registry];
    this.#endedSecrets = new Counter({
      name: 'wayleave_ended_secret_uses_total',
      help: 'Requests with a secret that a rotation has ended',
      registers,
    });
    const read = (): Promise<readonly ExpiringTokens[]> => this.#expiring();
    // It asks by itself whenever somebody reads the metrics.
    void new Gauge({
      name: 'wayleave_tokens_expiring',
      help: 'Active tokens that end within so many days, of the organisations with most of them',
      labelNames: ['organization', 'days'],
      registers,
      async collect() {
        const counts = await read();
        this.reset();
        for (const { organization, days, tokens } of counts) this.set({ organization, days: String(days) }, tokens);
      },
    });
  }

  /** Where to ask how many tokens end soon; it must not reject. */
  watchExpiring(read: () => Promise<readonly ExpiringTokens[]>): void {
    this.#expiring = read;
  }

  endedSecretUsed(): void {
    this.#endedSecrets.inc();
  }
}
