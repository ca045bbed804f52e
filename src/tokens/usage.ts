import { randomUUID } from 'node:crypto';
import type { SessionUsage, SessionUse } from '../core/session-use.ts';
import type { TokenUse } from '../core/token-use.ts';
import type { Clock } from '../lib/clock.ts';
import { SessionUsageGatherer } from './session-usage.ts';

/** How often a token was used on a route within an hour. */
export interface UsageCount {
  readonly hourMs: number;
  readonly route: string;
  readonly scopes: string;
  readonly allowed: number;
  readonly refused: number;
}

export interface LastUse {
  readonly atMs: number;
  readonly address: string;
  readonly route: string;
}

/** What was gathered about one token. */
export interface TokenUsage {
  readonly tokenId: string;
  /** undefined: it was presented after its end, and not used. */
  readonly lastUse: LastUse | undefined;
  readonly counts: readonly UsageCount[];
  /** Calls with the secret that a rotation has replaced; undefined: none. */
  readonly oldSecret?: OldSecretUse | undefined;
}

export interface OldSecretUse {
  /** When that secret ends, by which it is known. */
  readonly untilMs: number;
  readonly calls: number;
  readonly lastAtMs: number;
}

/** What is written in one transaction. Its id lets a store tell that it has it already. */
export interface UsageBatch {
  readonly id: string;
  readonly tokens: readonly TokenUsage[];
  readonly sessions?: readonly SessionUsage[];
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Tally {
  lastUse: Mutable<LastUse> | undefined;
  readonly counts: Map<string, Mutable<UsageCount>[]>;
  oldSecret: Mutable<OldSecretUse> | undefined;
}

export interface UsageBounds {
  /** How many counts (token, route, scopes, hour) are kept until they are taken; beyond it the oldest token's go. */
  readonly countsMax: number;
  /** How many tokens are known to have been used before. */
  readonly knownMax: number;
}

const usualBounds: UsageBounds = { countsMax: 50_000, knownMax: 100_000 };
const batchTokens = 500;
const hourMs = 3_600_000;

/** Gathers in memory how tokens are used, until somebody takes it and writes it down. */
export class UsageGatherer {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #bounds: UsageBounds;
  readonly #onDropped: (uses: number) => void;
  readonly #tallies = new Map<string, Tally>();
  readonly #sessions: SessionUsageGatherer;
  /** Tokens that have been used since this process began, and of those the ones nobody has taken yet. */
  readonly #known = new Set<string>();
  readonly #firsts = new Set<string>();
  #counts = 0;

  /** @param onDropped told how many uses will never be written down */
  constructor(clock: Pick<Clock, 'now'>, onDropped: (uses: number) => void, bounds = usualBounds) {
    this.#clock = clock;
    this.#onDropped = onDropped;
    this.#sessions = new SessionUsageGatherer(onDropped);
    this.#bounds = bounds;
  }

  /** Notes one use. It is on the path of every request, so it does nothing but count. */
  note(use: TokenUse): void {
    const nowMs = this.#clock.now();
    if (use.session !== undefined) this.#sessions.note(use.session, nowMs);
    const tally = this.#tally(use.tokenId);
    const count = this.#count(tally, use, nowMs - (nowMs % hourMs));
    if (use.outcome === 'allowed') count.allowed++;
    else count.refused++;
    if (typeof use.oldSecretUntil === 'number') noteOldSecret(tally, use.oldSecretUntil, nowMs);
    if (use.outcome === 'invalid') return;
    if (tally.lastUse === undefined) tally.lastUse = { atMs: nowMs, address: use.address, route: use.route };
    else if (nowMs >= tally.lastUse.atMs) {
      tally.lastUse.atMs = nowMs;
      tally.lastUse.address = use.address;
      tally.lastUse.route = use.route;
    }
  }

  /** Notes what was done under a session where no route took it, but the admin API. */
  noteSession(use: SessionUse): void {
    this.#sessions.note(use, this.#clock.now());
  }

  /** Hands over everything. */
  take(): readonly UsageBatch[] {
    this.#firsts.clear();
    return [...this.#takeSessions(), ...this.#takeTokens([...this.#tallies.keys()])];
  }

  /** Hands over what there is about sessions, and about tokens that were used for the first time. */
  takeFirsts(): readonly UsageBatch[] {
    const ids = [...this.#firsts];
    this.#firsts.clear();
    return [...this.#takeSessions(), ...this.#takeTokens(ids)];
  }

  #takeSessions(): readonly UsageBatch[] {
    const sessions = this.#sessions.take();
    return sessions.length === 0 ? [] : [{ id: randomUUID(), tokens: [], sessions }];
  }

  #takeTokens(ids: readonly string[]): readonly UsageBatch[] {
    const tokens = ids.flatMap((tokenId): TokenUsage[] => {
      const tally = this.#remove(tokenId);
      return tally === undefined
        ? []
        : [
            {
              tokenId,
              lastUse: tally.lastUse,
              counts: [...tally.counts.values()].flat(),
              ...(tally.oldSecret && { oldSecret: tally.oldSecret }),
            },
          ];
    });
    const starts = Array.from({ length: Math.ceil(tokens.length / batchTokens) }, (_, at) => at * batchTokens);
    return starts.map((start) => ({ id: randomUUID(), tokens: tokens.slice(start, start + batchTokens) }));
  }

  #tally(tokenId: string): Tally {
    const known = this.#tallies.get(tokenId);
    if (known !== undefined) return known;
    const tally: Tally = { lastUse: undefined, counts: new Map(), oldSecret: undefined };
    this.#tallies.set(tokenId, tally);
    if (!this.#known.has(tokenId)) {
      if (this.#known.size >= this.#bounds.knownMax) this.#known.clear();
      this.#known.add(tokenId);
      this.#firsts.add(tokenId);
    }
    return tally;
  }

  #count(tally: Tally, { route, scopes }: TokenUse, hour: number): Mutable<UsageCount> {
    const known = tally.counts.get(route)?.find((count) => count.scopes === scopes && count.hourMs === hour);
    if (known !== undefined) return known;
    if (this.#counts >= this.#bounds.countsMax) this.#dropOldest(tally);
    const count = { hourMs: hour, route, scopes, allowed: 0, refused: 0 };
    this.#counts++;
    const ofRoute = tally.counts.get(route);
    if (ofRoute === undefined) tally.counts.set(route, [count]);
    else ofRoute.push(count);
    return count;
  }

  /** Makes room: the token that was noted first goes, or, when `wanted` is the only one, what it has so far. */
  #dropOldest(wanted: Tally): void {
    const [first, second] = this.#tallies.keys();
    const oldest = first !== undefined && this.#tallies.get(first) === wanted ? second : first;
    const dropped = (oldest === undefined ? undefined : this.#remove(oldest)) ?? wanted;
    this.#onDropped(usesOf([...dropped.counts.values()].flat()));
    if (dropped !== wanted) return;
    this.#counts = 0;
    wanted.counts.clear();
  }

  #remove(tokenId: string): Tally | undefined {
    const tally = this.#tallies.get(tokenId);
    if (tally === undefined) return undefined;
    this.#tallies.delete(tokenId);
    for (const counts of tally.counts.values()) this.#counts -= counts.length;
    return tally;
  }
}

/** Of two that were replaced one after the other, the newer one is of interest. */
function noteOldSecret(tally: Tally, untilMs: number, nowMs: number): void {
  const known = tally.oldSecret;
  if (known === undefined || known.untilMs < untilMs) tally.oldSecret = { untilMs, calls: 1, lastAtMs: nowMs };
  else if (known.untilMs === untilMs) {
    known.calls++;
    known.lastAtMs = nowMs;
  }
}

/** How many requests some counts stand for. */
export function usesOf(counts: readonly UsageCount[]): number {
  return counts.reduce((sum, { allowed, refused }) => sum + allowed + refused, 0);
}
