import { randomUUID } from 'node:crypto';
import type { DecisionKind } from '../core/past-decision.ts';
import type { Clock } from '../lib/clock.ts';

/** How often a decision was made within an hour. */
export interface DecisionCount extends DecisionKind {
  readonly hourMs: number;
  readonly requests: number;
}

/** What is written in one transaction. Its id lets a store tell that it has it already. */
export interface DecisionBatch {
  readonly id: string;
  readonly counts: readonly DecisionCount[];
}

export interface DecisionBounds {
  /** How many different ones are kept until they are taken. */
  readonly kindsMax: number;
  /** How many hosts and paths of one token on one route are told apart within an hour. */
  readonly placesMax: number;
}

const usualBounds: DecisionBounds = { kindsMax: 20_000, placesMax: 100 };
const batchCounts = 500;
const hourMs = 3_600_000;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** By token, route and path, which is quicker than putting one key together. */
type Kinds = Map<string, Map<string, Map<string, Mutable<DecisionCount>[]>>>;

/** Gathers in memory what was decided, until somebody takes it and writes it down. */
export class DecisionGatherer {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #bounds: DecisionBounds;
  readonly #onDropped: (requests: number) => void;
  #kinds: Kinds = new Map();
  #size = 0;
  /** How many places a token had on a route in this hour, which also holds for what has been taken. */
  #told = new Map<string, Set<string>>();
  #toldHour = 0;

  /** @param onDropped told how many decisions will never be written down */
  constructor(clock: Pick<Clock, 'now'>, onDropped: (requests: number) => void, bounds = usualBounds) {
    this.#clock = clock;
    this.#onDropped = onDropped;
    this.#bounds = bounds;
  }

  /**
   * Notes one decision. It concerns every request, so it does nothing but count.
   * @param otherwise the path of the route as its pattern says it, for when there are too many
   */
  note(decision: DecisionKind, otherwise: string): void {
    const nowMs = this.#clock.now();
    const hour = nowMs - (nowMs % hourMs);
    if (this.#isCounted(decision, hour)) return;
    this.#add(this.#isTold(decision, hour) ? decision : { ...decision, host: '', path: otherwise }, hour);
  }

  /** Hands over everything. */
  take(): readonly DecisionBatch[] {
    const ofTokens = [...this.#kinds.values()].flatMap((routes) => [...routes.values()]);
    const counts = ofTokens.flatMap((paths) => [...paths.values()].flat());
    this.#kinds = new Map();
    this.#size = 0;
    const starts = Array.from({ length: Math.ceil(counts.length / batchCounts) }, (_, at) => at * batchCounts);
    return starts.map((start) => ({ id: randomUUID(), counts: counts.slice(start, start + batchCounts) }));
  }

  /** Counts it where it is known already. */
  #isCounted({ tokenId, route, path, method, host, outcome }: DecisionKind, hour: number): boolean {
    const known = this.#kinds
      .get(tokenId)
      ?.get(route)
      ?.get(path)
      ?.find(
        (count) => count.method === method && count.outcome === outcome && count.host === host && count.hourMs === hour,
      );
    if (known === undefined) return false;
    known.requests++;
    return true;
  }

  #add(decision: DecisionKind, hour: number): void {
    if (this.#isCounted(decision, hour)) return;
    if (this.#size >= this.#bounds.kindsMax) {
      this.#onDropped(1);
      return;
    }
    this.#size++;
    const { tokenId, route, path } = decision;
    const routes = this.#kinds.get(tokenId) ?? new Map<string, Map<string, Mutable<DecisionCount>[]>>();
    const paths = routes.get(route) ?? new Map<string, Mutable<DecisionCount>[]>();
    const counts = paths.get(path) ?? [];
    counts.push({ ...decision, hourMs: hour, requests: 1 });
    this.#kinds.set(tokenId, routes.set(route, paths.set(path, counts)));
  }

  /** Whether its host and path are among those that are told apart. */
  #isTold({ tokenId, route, method, host, path }: DecisionKind, hour: number): boolean {
    const group = `${tokenId} ${route}`;
    if (hour !== this.#toldHour || this.#told.size > this.#bounds.kindsMax) {
      this.#told = new Map();
      this.#toldHour = hour;
    }
    let told = this.#told.get(group);
    if (told === undefined) this.#told.set(group, (told = new Set()));
    const place = `${method} ${host} ${path}`;
    if (told.has(place)) return true;
    if (told.size >= this.#bounds.placesMax) return false;
    told.add(place);
    return true;
  }
}
