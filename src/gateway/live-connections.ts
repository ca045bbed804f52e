import { recordProblem } from '../core/bearer.ts';
import type { ProblemCode, Problem } from '../core/problem.ts';
import { recordKeys, type TokenRecord } from '../core/token-record.ts';
import { BoundedWork } from '../lib/bounded-work.ts';
import type { Clock } from '../lib/clock.ts';
import { Roster } from '../lib/roster.ts';
import { decide, type Allowed, type Decision, type Rules } from './decide.ts';
import { endExchange } from './end-exchange.ts';
import {
  addressOf,
  describePassage,
  isLasting,
  isOpenStream,
  kindOf,
  type LiveConnection,
  type LiveKind,
  type LivePassage,
} from './live-passage.ts';
import type { Runtime } from './runtime.ts';
import type { CleanRequest } from './sanitize.ts';

/** How well this node knows what has changed. */
export interface Freshness {
  /** Milliseconds since this node last knew of every change. */
  ageMs(): number;
  readonly current: boolean;
}

export interface LiveDeps {
  readonly clock: Clock;
  /** The runtime of the newest configuration. */
  readonly runtime: () => Runtime;
  readonly freshness: Freshness;
  /** An exchange was ended because it may no longer go on. */
  readonly onEnded: (kind: LiveKind, reason: ProblemCode) => void;
  /** For what the program itself got wrong. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

/** By what an exchange goes on, where it has been judged again since it was let through. */
interface Standing {
  readonly allowed: Allowed | undefined;
  readonly runtime: Runtime;
  /** Monotonic milliseconds. */
  readonly judgedAt: number;
}

/** What is decided on, and under which configuration. */
interface Matter {
  readonly passage: LivePassage;
  readonly request: CleanRequest;
  readonly runtime: Runtime;
}

const sweepEveryMs = 250;
/** While the store cannot be followed, each exchange is asked about anew so often. */
const doubtEveryMs = 1000;
/** Judgements that may wait for the store at once: many live tokens of one organisation must not crowd it. */
const judgementsMax = 32;
/** How often a decision is made again because something changed meanwhile. */
const decisionsMax = 10;

/**
 * Every exchange that has been let through and is not over. They obey their tokens: what a change concerns is judged
 * again, by the code that let it through, and ended when it may no longer go on; so is what expires while it lasts.
 */
export class LiveConnections {
  readonly #deps: LiveDeps;
  readonly #live = new Roster<LivePassage>();
  readonly #standings = new WeakMap<LivePassage, Standing>();
  readonly #judgements = new BoundedWork<LivePassage>(judgementsMax, (passage) => this.#judge(passage));
  #changes = 0;

  constructor(deps: LiveDeps) {
    this.#deps = deps;
  }

  /**
   * Decides on a request and registers what may pass. There is no moment between the two: a change either comes before
   * the decision, which is then made again, or finds the exchange here.
   */
  admit(passage: LivePassage, request: CleanRequest): Decision | Promise<Decision> {
    const decision = decide(request, openingRules(passage, request), addressOf(passage));
    if (!(decision instanceof Promise)) return this.#register(passage, decision);
    const { runtime } = passage;
    return this.#untilUnchanged({ passage, request, runtime }, decision, (settled) => this.#register(passage, settled));
  }

  /** To be called when an exchange is over, whether it was registered or not. */
  remove(passage: LivePassage): void {
    this.#live.remove(passage);
  }

  /** Judges again what a change concerns. @param keys ids of tokens, users and organisations; others concern nothing */
  invalidated(keys: readonly string[]): void {
    this.#changes++;
    const changed = new Set(keys);
    for (const passage of this.#live.all()) {
      const record = this.#standingOf(passage).allowed?.record;
      if (record !== undefined && concerns(changed, record)) this.#judgements.add(passage);
    }
  }

  /** Judges everything again: changes have been missed, so that anything may have changed. */
  missedChanges(): void {
    this.#changes++;
    for (const passage of this.#live.all()) this.#judgements.add(passage);
  }

  /** Judges upgrades and streams under a new configuration; plain requests finish under the one they began with. */
  rejudgeAll(): void {
    for (const passage of this.#live.all()) if (isLasting(passage)) this.#judgements.add(passage);
  }

  /** Ends the streams that routes declare and that have begun: a stop does not wait for them. */
  endStreams(problem: Problem): void {
    for (const passage of this.#live.all()) if (isOpenStream(passage)) this.#end(passage, problem);
  }

  /** Begins to look after what ends without a change. @returns stops it */
  watch(): () => void {
    const timer = setInterval(() => this.sweep(), sweepEveryMs);
    timer.unref();
    return () => clearInterval(timer);
  }

  /** Ends what has expired; judges again what the store can no longer vouch for, and what a reload has passed by. */
  sweep(): void {
    const nowMs = this.#deps.clock.now();
    const newest = this.#deps.runtime();
    const isCurrent = this.#deps.freshness.current;
    for (const passage of this.#live.all()) {
      const standing = this.#standingOf(passage);
      const { record, own } = standing.allowed ?? {};
      const { tokenPolicy } = newest.config;
      // A secret that was rotated away ends before its token does, and before a session that was asked for beside it.
      const problem =
        record && (recordProblem(record, nowMs, tokenPolicy) ?? (own && recordProblem(own, nowMs, tokenPolicy)));
      // A silent session's end may have been moved away since.
      if (problem !== undefined && record?.assumption?.idleUntil) this.#judgements.add(passage);
      else if (problem !== undefined) this.#end(passage, problem);
      else if (standing.runtime !== newest && isLasting(passage)) this.#judgements.add(passage);
      else if (!isCurrent && this.#isInDoubt(standing)) this.#judgements.add(passage);
    }
  }

  /** What is under way by a token on this node, the oldest first. */
  ofToken(tokenId: string): LiveConnection[] {
    const own = this.#live.all().filter((passage) => this.#standingOf(passage).allowed?.record?.id === tokenId);
    return own.map((passage) => describePassage(passage, this.#deps.clock));
  }

  counts(): Record<LiveKind, number> {
    const counts = { request: 0, stream: 0, upgrade: 0 } satisfies Record<LiveKind, number>;
    for (const passage of this.#live.all()) counts[kindOf(passage)]++;
    return counts;
  }

  #register(passage: LivePassage, decision: Decision): Decision {
    passage.decision = decision;
    // Its client may have left while its token was looked up.
    if (decision.kind === 'allowed' && !passage.exchange.aborted) this.#live.add(passage);
    return decision;
  }

  async #judge(passage: LivePassage): Promise<void> {
    const { request, exchange } = passage;
    if (request === undefined || !this.#live.has(passage)) return;
    const runtime = isLasting(passage) ? this.#deps.runtime() : this.#standingOf(passage).runtime;
    try {
      const first = decide(request, runtime, addressOf(passage));
      const matter = { passage, request, runtime };
      await this.#untilUnchanged(matter, first, (decision) => this.#apply(decision, passage, runtime));
    } catch (error) {
      this.#deps.onFault(error, exchange.requestId);
      this.#end(passage, { code: 'internal_error', detail: 'the gateway failed to judge the request again' });
    }
  }

  #apply(decision: Decision, passage: LivePassage, runtime: Runtime): void {
    if (decision.kind === 'denied') return this.#end(passage, decision.problem);
    if (isAnotherSession(this.#standingOf(passage).allowed, decision)) return this.#end(passage, sessionOver);
    this.#standings.set(passage, { allowed: decision, runtime, judgedAt: this.#deps.clock.monotonic() });
  }

  /** Decides again as long as something changes meanwhile, and hands the outcome over before anything else can change. */
  async #untilUnchanged<Outcome>(
    { passage, request, runtime }: Matter,
    first: Decision | Promise<Decision>,
    settle: (decision: Decision) => Outcome,
  ): Promise<Outcome> {
    let pending = first;
    for (let decisions = 1; ; decisions++) {
      const changes = this.#changes;
      const decision = pending instanceof Promise ? await pending : pending;
      const isUnchanged = changes === this.#changes;
      if (isUnchanged || decisions === decisionsMax) {
        const outcome = settle(decision);
        if (!isUnchanged) this.#judgements.add(passage);
        return outcome;
      }
      pending = decide(request, runtime, addressOf(passage));
    }
  }

  #standingOf(passage: LivePassage): Standing {
    return this.#standings.get(passage) ?? firstStanding(passage);
  }

  #isInDoubt({ allowed, judgedAt }: Standing): boolean {
    if (allowed?.record === undefined) return false;
    const { freshness, clock } = this.#deps;
    const staleForMs = allowed.record.kind === 'ses' ? 0 : allowed.route.staleForMs;
    return freshness.ageMs() > staleForMs && clock.monotonic() - judgedAt >= doubtEveryMs;
  }

  #end(passage: LivePassage, problem: Problem): void {
    if (!this.#live.has(passage)) return;
    const kind = kindOf(passage);
    if (endExchange(passage.exchange, problem)) this.#deps.onEnded(kind, problem.code);
  }
}

/** A request may open the session that its header asks for; a later judgement of it may not. */
function openingRules(passage: LivePassage, request: CleanRequest): Rules {
  const { runtime, origin, exchange } = passage;
  if (request.assume === undefined) return runtime;
  const opening = { address: addressOf(passage), requestId: origin?.requestId ?? exchange.requestId };
  return {
    config: runtime.config,
    authenticate: (given, staleForMs) => runtime.authenticate(given, staleForMs, opening),
  };
}

/** Whether the header that let a request pass stands for another session by now. */
function isAnotherSession(before: Allowed | undefined, { record }: Allowed): boolean {
  return record?.assumption !== undefined && before?.record !== undefined && before.record.id !== record.id;
}

const sessionOver: Problem = { code: 'assume_ended', detail: 'the session in which another user was assumed is over' };

function firstStanding({ decision, runtime }: LivePassage): Standing {
  return { allowed: decision?.kind === 'allowed' ? decision : undefined, runtime, judgedAt: -Infinity };
}

function concerns(changed: ReadonlySet<string>, record: TokenRecord): boolean {
  return recordKeys(record).some((key) => changed.has(key));
}
