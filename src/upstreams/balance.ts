/** What there is to do for one target. */
export interface Load {
  /** Requests and tunnels of this node, kept by whoever sends them on. */
  underWay: number;
  /** How many may be. */
  readonly underWayMax: number;
}

/** Chooses among the targets of one upstream, for every request anew and without allocating. */
export class Balance<Target extends Load> {
  /** Those that may be chosen. */
  targets: readonly Target[];
  readonly #byLoad: boolean;
  #turn = 0;

  /** @param byLoad whether the one with the least under way is chosen; those that do as well come in turn */
  constructor(targets: readonly Target[], byLoad: boolean) {
    this.targets = targets;
    this.#byLoad = byLoad;
  }

  /** @returns undefined when each has been tried or is full */
  choose(tried: readonly Target[]): Target | undefined {
    const { targets } = this;
    let chosen: Target | undefined;
    let turn = this.#turn;
    for (let step = 0; step < targets.length; step++) {
      const at = (this.#turn + step) % targets.length;
      const target = targets[at];
      if (target === undefined || isFull(target) || tried.includes(target)) continue;
      if (chosen !== undefined && target.underWay >= chosen.underWay) continue;
      chosen = target;
      turn = at + 1;
      if (!this.#byLoad) break;
    }
    this.#turn = turn;
    return chosen;
  }

  /** Whether none of them takes anything more. */
  get isFull(): boolean {
    return this.targets.every(isFull);
  }
}

function isFull({ underWay, underWayMax }: Load): boolean {
  return underWay >= underWayMax;
}
