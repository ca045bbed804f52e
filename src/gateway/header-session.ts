import { sessionEndOf } from '../core/assumption.ts';
import { recordProblem } from '../core/bearer.ts';
import type { Principal } from '../core/principal.ts';
import type { Problem } from '../core/problem.ts';
import { headerIdleMs, type AssumeWish, type HeaderSessions } from '../core/redemption.ts';
import type { LookupOutcome, TokenLookup } from '../core/token-lookup.ts';
import type { TokenPolicy, TokenRecord } from '../core/token-record.ts';
import { hashToken, headerSessionHash, parseToken, type RawToken, type TokenHash } from '../core/token.ts';
import type { Clock } from '../lib/clock.ts';
import { SingleFlight } from '../lib/single-flight.ts';
import { addressProblem } from './authorize.ts';

/** Whose request may open a session. */
export interface Opening {
  readonly address: string;
  readonly requestId: string;
}

export interface HeaderSessionOptions {
  readonly lookup: TokenLookup;
  readonly clock: Clock;
  readonly prefixes: readonly string[];
  readonly policy: TokenPolicy;
  /** undefined: sessions are found, and none is opened. */
  readonly sessions: HeaderSessions | undefined;
}

export type Swap =
  | { readonly kind: 'swapped'; readonly found: LookupOutcome & { kind: 'found' } }
  | { readonly kind: 'refused'; readonly problem: Problem; readonly record?: TokenRecord };

/** The end of a silent session is moved when so much of its time is over. */
const movedAfterMs = 30_000;
/** A refusal is given again for so long without asking the store anew. */
const refusalMs = 1000;
const refusalsMax = 1000;

/** Finds the session that an assume-user token in a header stands for beside the actor's own token, or opens it. */
export class HeaderSessionFinder {
  readonly #options: HeaderSessionOptions;
  readonly #openings = new SingleFlight<Swap>();
  readonly #refusals = new Map<TokenHash, { readonly refused: Swap; readonly untilMs: number }>();
  readonly #moving = new WeakSet<TokenRecord>();
  /** The newest of each actor, who goes on as the same user for many requests. */
  readonly #newest = new WeakMap<Principal, { readonly grant: TokenHash; readonly session: TokenHash }>();

  constructor(options: HeaderSessionOptions) {
    this.#options = options;
  }

  /** @param opening undefined: a session is found, never opened @throws StoreUnavailable (also as a rejection) */
  find(actor: Principal, wish: AssumeWish, opening: Opening | undefined): Swap | Promise<Swap> {
    if (actor.actor !== undefined) return refused(noChains);
    const hash = this.#sessionHash(wish.assumeToken, actor);
    if (hash === undefined) return refused(noGrant);
    const found = this.#options.lookup.find(hash, 0);
    const request = { actor, wish, opening, hash };
    return found instanceof Promise ? found.then((known) => this.#judge(known, request)) : this.#judge(found, request);
  }

  /** By what the session is found; undefined where no assume-user token was sent. */
  #sessionHash(assumeToken: string, actor: Principal): TokenHash | undefined {
    const known = this.#newest.get(actor);
    // What has the hash of a token that was checked needs no check; the text itself is kept nowhere.
    if (known !== undefined && known.grant === hashToken(assumeToken as RawToken)) return known.session;
    const parsed = parseToken(assumeToken, this.#options.prefixes);
    if (parsed?.kind !== 'asu') return undefined;
    const session = headerSessionHash(parsed.hash, actor.tokenId);
    this.#newest.set(actor, { grant: parsed.hash, session });
    return session;
  }

  #judge(found: LookupOutcome, request: Request): Swap | Promise<Swap> {
    if (found.kind === 'absent') return this.#open(request, refused(notOpen));
    const { record } = found;
    const { clock, policy } = this.#options;
    const nowMs = clock.now();
    const problem = recordProblem(record, nowMs, policy);
    if (problem === undefined) {
      this.#keep(record, nowMs);
      return { kind: 'swapped', found };
    }
    const over: Swap = { kind: 'refused', problem, record };
    const why = record.assumption && sessionEndOf(record, record.assumption, nowMs, policy);
    // What a person has ended stays ended.
    return why === 'actor' || why === 'admin' ? over : this.#open(request, over);
  }

  /** Opens a session where the request may do that; many at once become one. */
  #open({ actor, wish, opening, hash }: Request, otherwise: Swap): Swap | Promise<Swap> {
    const { sessions, clock } = this.#options;
    if (opening === undefined || sessions === undefined) return otherwise;
    const elsewhere = addressProblem(actor, opening.address);
    if (elsewhere !== undefined) return refused(elsewhere);
    const known = this.#refusals.get(hash);
    if (known !== undefined && clock.monotonic() < known.untilMs) return known.refused;
    return this.#openings.run(hash, async () => {
      const { reason, assumeToken } = wish;
      const outcome = await sessions.redeem({
        assumeToken,
        reason,
        caller: actor,
        way: 'header',
        via: 'proxy',
        ...opening,
      });
      if (outcome.kind === 'redeemed') {
        return { kind: 'swapped', found: { kind: 'found', record: outcome.record, source: 'postgres' } };
      }
      const refusal = refused(outcome.problem);
      if (this.#refusals.size >= refusalsMax) this.#refusals.clear();
      this.#refusals.set(hash, { refused: refusal, untilMs: clock.monotonic() + refusalMs });
      return refusal;
    });
  }

  /** Moves the end of a silent session away, in the background; where that fails it ends so much earlier. */
  #keep(record: TokenRecord, nowMs: number): void {
    const idleUntil = record.assumption?.idleUntil ?? null;
    if (idleUntil === null || idleUntil - nowMs > headerIdleMs - movedAfterMs || this.#moving.has(record)) return;
    this.#moving.add(record);
    this.#options.sessions?.keep(record.id).catch(() => this.#moving.delete(record));
  }
}

interface Request {
  readonly actor: Principal;
  readonly wish: AssumeWish;
  readonly opening: Opening | undefined;
  readonly hash: TokenHash;
}

function refused(problem: Problem): Swap {
  return { kind: 'refused', problem };
}

const noChains: Problem = {
  code: 'assumed_denied',
  detail: 'whoever is another user already cannot become a third one; send your own token beside Assume-User',
};

const noGrant: Problem = {
  code: 'token_invalid',
  detail: 'the header Assume-User holds no assume-user token that this gateway knows',
};

const notOpen: Problem = {
  code: 'assume_ended',
  detail: 'no session is open for the header Assume-User; a request to a route opens one',
};
