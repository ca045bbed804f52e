import type { GatewayConfig } from '../config/compiled.ts';
import type { NamesInForce } from '../observability/metrics.ts';
import { createRuntime, type Runtime, type RuntimeParts } from '../gateway/runtime.ts';

/** Holds the configuration in force for what is there before a runtime. */
export interface InForce {
  config: GatewayConfig;
  /** Decides beside it. */
  shadow?: GatewayConfig | undefined;
}

/** The runtime in force, and those before it until the last exchange that began under them is over. */
export class RunningRuntime {
  readonly #inForce: InForce;
  readonly #parts: RuntimeParts;
  readonly #retired = new Set<Runtime>();
  #current: Runtime;

  constructor(inForce: InForce, parts: RuntimeParts) {
    this.#inForce = inForce;
    this.#parts = parts;
    parts.health?.watch(inForce.config.upstreams.values());
    this.#current = createRuntime(inForce.config, { ...parts, shadow: inForce.shadow });
  }

  get current(): Runtime {
    return this.#current;
  }

  /** From this moment requests begin under another configuration; those under way keep theirs. */
  replace(config: GatewayConfig): void {
    const before = this.#current;
    this.#parts.health?.watch(config.upstreams.values());
    this.#current = createRuntime(config, { ...this.#parts, shadow: this.#inForce.shadow }, before);
    this.#inForce.config = config;
    this.#retired.add(before);
    void this.#retire(before);
  }

  /** Lets another configuration decide beside the one in force. */
  replaceShadow(shadow: GatewayConfig): void {
    this.#inForce.shadow = shadow;
    this.replace(this.#inForce.config);
  }

  /** What is in force, by name. */
  names(): NamesInForce {
    const { config, shadow } = this.#inForce;
    return {
      routes: routeNames(config),
      shadowRoutes: routeNames(shadow),
      upstreams: new Set(config.upstreams.keys()),
    };
  }

  /** Closes the connections to upstreams; what is still under way ends with an error. */
  async close(): Promise<void> {
    this.#parts.health?.end();
    await Promise.all([this.#current, ...this.#retired].map(({ pools }) => pools.destroy()));
  }

  async #retire(runtime: Runtime): Promise<void> {
    await runtime.exchanges.idle();
    this.#retired.delete(runtime);
    await runtime.pools.close().catch(() => undefined);
  }
}

function routeNames(config: GatewayConfig | undefined): ReadonlySet<string> {
  return new Set(config?.routes.map(({ name }) => name));
}
