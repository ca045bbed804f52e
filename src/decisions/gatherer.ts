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

/** The parts that are the same in most requests of a token on a route. */
type Places = Map<string, { -readonly [Key in keyof DecisionCount]: DecisionCount[Key] }>;

/** Gathers in memory what was decided, until somebody takes it and writes it down. */
export class DecisionGatherer {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #bounds: DecisionBounds;
  readonly #onDropped: (requests: number) => void;
  #kinds = new Map<string, Places>();
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
    const group = `${decision.tokenId} ${decision.route}`;
    const known = this.#kinds.get(group)?.get(placeOf(decision, hour));
    if (known !== undefined) known.requests++;
    else
      this.#add(
        group,
        this.#isTold(group, decision, hour) ? decision : { ...decision, host: '', path: otherwise },
        hour,
      );
  }

  /** Hands over everything. */
  take(): readonly DecisionBatch[] {
    const counts = [...this.#kinds.values()].flatMap((places) => [...places.values()]);
    this.#kinds = new Map();
    this.#size = 0;
    const starts = Array.from({ length: Math.ceil(counts.length / batchCounts) }, (_, at) => at * batchCounts);
    return starts.map((start) => ({ id: randomUUID(), counts: counts.slice(start, start + batchCounts) }));
  }

  #add(group: string, decision: DecisionKind, hour: number): void {
    const place = placeOf(decision, hour);
    let places = this.#kinds.get(group);
    const known = places?.get(place);
    if (known !== undefined) {
      known.requests++;
      return;
    }
    if (this.#size >= this.#bounds.kindsMax) {
      this.#onDropped(1);
      return;
    }
    if (places === undefined) this.#kinds.set(group, (places = new Map()));
    this.#size++;
    places.set(place, { ...decision, hourMs: hour, requests: 1 });
  }

  /** Whether its host and path are among those that are told apart. */
  #isTold(group: string, { method, host, path }: DecisionKind, hour: number): boolean {
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

function placeOf({ method, host, path, outcome }: DecisionKind, hour: number): string {
  return `${hour} ${method} ${host} ${path} ${outcome}`;
}
