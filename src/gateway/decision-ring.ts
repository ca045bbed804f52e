import type { GatewayConfig } from '../config/compiled.ts';
import type { Problem } from '../core/problem.ts';
import { remainingOf } from '../core/rate-limit.ts';
import { maskTokens } from '../core/token-mask.ts';
import type { LookupSource } from '../core/token-lookup.ts';
import type { TokenRecord } from '../core/token-record.ts';
import type { AccessRecord } from '../observability/access-log.ts';
import type { Decision } from './decide.ts';
import { DecisionSegment, segmentSlots, segmentTextBytes, type DecisionOutcome } from './decision-segment.ts';

/** A decision of the past, as far as it is remembered. */
export interface PastDecision {
  readonly requestId: string;
  /** Epoch milliseconds at which the answer closed. */
  readonly at: number;
  readonly method: string;
  readonly host: string;
  /** Canonical, without the query; what looked like a token is masked, and a long one is cut. */
  readonly path: string;
  readonly address: string;
  readonly status: number;
  /** What the gateway answered itself, if it did. */
  readonly problem: { readonly code: string; readonly detail: string } | undefined;
  readonly route: string | undefined;
  readonly outcome: DecisionOutcome;
  /** Whose token it was, as the token was known then. */
  readonly record: TokenRecord | undefined;
  readonly source: LookupSource | undefined;
  readonly ageMs: number | undefined;
  readonly staleMs: number | undefined;
  /** How many more would have passed at once, on a route with a rate limit. */
  readonly remaining: number | undefined;
  readonly durationMs: number;
  readonly upstreamMs: number | undefined;
  readonly revision: string;
  /** undefined: there have been others since, and it is not kept any more. */
  readonly config: GatewayConfig | undefined;
}

/** How much of the past is remembered. */
export interface Reach {
  /** Epoch milliseconds from which on everything of a kind that was decided is there, by kind; undefined: nothing was. */
  readonly since: Readonly<Record<DecisionKind, number | undefined>>;
  readonly decisions: number;
}

/**
 * Refusals of known tokens, and what went wrong later, are what people ask about; neither a flood of strangers nor much traffic that passes drives
 * them out.
 */
export type DecisionKind = 'refused' | 'strangers' | 'passed';

const segmentsOf: Readonly<Record<DecisionKind, number>> = { refused: 4, strangers: 2, passed: 4 };
const kinds = Object.keys(segmentsOf) as DecisionKind[];
const configsMax = 4;
const [pathMax, detailMax] = [2000, 500];
const separator = '\n';

/** What of a request is remembered beside the line of the access log. */
export interface Decided {
  readonly decision: Decision | undefined;
  readonly config: GatewayConfig;
  readonly problem: Problem | undefined;
  /** Monotonic milliseconds; undefined: it never came to a decision. */
  readonly decidedAt: number | undefined;
}

/**
 * The decisions of this node, the newest of each kind: no bodies, no queries, no credentials. Its memory is bounded:
 * `decisionRingBytes` and the records of the tokens that are named in it, one a decision at most.
 */
export class DecisionRing {
  readonly #segments: Record<DecisionKind, DecisionSegment[]> = { refused: [], strangers: [], passed: [] };
  readonly #configs: { readonly number: number; readonly config: GatewayConfig }[] = [];
  #configsSeen = 0;
  #beforeReading = (): void => undefined;

  note(line: AccessRecord, { decision, config, problem, decidedAt }: Decided): void {
    const record = decision?.record;
    const found = decision?.found;
    const entry = {
      at: line.time,
      durationMs: line.durationMs,
      upstreamMs: line.upstreamMs ?? Number.NaN,
      ageMs:
        found?.readAtMs === undefined || decidedAt === undefined ? Number.NaN : Math.max(0, decidedAt - found.readAtMs),
      staleMs: found?.staleMs ?? Number.NaN,
      remaining: remainingAfter(decision),
      status: line.status,
      outcome: decision?.kind ?? 'undecided',
      source: found?.source,
      configNumber: this.#numberOf(config),
    } as const;
    this.#add(kindOf(decision, line.code), entry, textOf(line, problem), record);
  }

  /** To be run before the ring is read, by whoever still has something for it. */
  beforeReading(task: () => void): void {
    this.#beforeReading = task;
  }

  /** The decisions on requests of this id, the newest first. */
  find(requestId: string): PastDecision[] {
    if (requestId.includes(separator)) return [];
    this.#beforeReading();
    const found = kinds.flatMap((kind) =>
      this.#segments[kind].flatMap((segment) =>
        segment.slotsBeginning(requestId).map((slot) => this.#read(segment, slot)),
      ),
    );
    return found.toSorted((one, other) => other.at - one.at);
  }

  reach(): Reach {
    const since = Object.fromEntries(kinds.map((kind) => [kind, this.#segments[kind][0]?.oldestAt]));
    const all = kinds.flatMap((kind) => this.#segments[kind]);
    return {
      since: since as Record<DecisionKind, number | undefined>,
      decisions: all.reduce((sum, { length }) => sum + length, 0),
    };
  }

  #add(kind: DecisionKind, entry: Parameters<DecisionSegment['add']>[0], text: string, record?: TokenRecord): void {
    const segments = this.#segments[kind];
    if (segments.at(-1)?.add(entry, text, record) === true) return;
    // The oldest is used again, so that memory is taken once and no more.
    const next = segments.length < segmentsOf[kind] ? new DecisionSegment() : segments.shift();
    if (next === undefined) return;
    next.clear();
    segments.push(next);
    next.add(entry, text, record);
  }

  #numberOf(config: GatewayConfig): number {
    const kept = this.#configs.find((one) => one.config === config);
    if (kept !== undefined) return kept.number;
    this.#configs.unshift({ number: ++this.#configsSeen, config });
    if (this.#configs.length > configsMax) this.#configs.pop();
    return this.#configsSeen;
  }

  #read(segment: DecisionSegment, slot: number): PastDecision {
    const { entry, text, record } = segment.read(slot);
    const [requestId = '', method = '', address = '', revision = '', route = '', ...rest] = text.split(separator);
    const [code = '', host = '', path = '', ...detail] = rest;
    return {
      requestId,
      at: entry.at,
      method,
      host,
      path,
      address,
      status: entry.status,
      problem: code === '' ? undefined : { code, detail: detail.join(separator) },
      route: route === '' ? undefined : route,
      outcome: entry.outcome,
      record,
      source: entry.source,
      ageMs: known(entry.ageMs),
      staleMs: known(entry.staleMs),
      remaining: known(entry.remaining),
      durationMs: entry.durationMs,
      upstreamMs: known(entry.upstreamMs),
      revision,
      config: this.#configs.find(({ number }) => number === entry.configNumber)?.config,
    };
  }
}

/** All that a full ring takes, apart from the records of tokens. */
export const decisionRingBytes =
  Object.values(segmentsOf).reduce((sum, count) => sum + count, 0) * (segmentTextBytes + segmentSlots * 52);

function kindOf(decision: Decision | undefined, code: string | undefined): DecisionKind {
  // Whoever asks for too much has much traffic, whether it passes or not.
  if (code === 'rate_limited') return 'passed';
  if (decision?.kind === 'allowed') return code === undefined ? 'passed' : 'refused';
  return decision?.record === undefined ? 'strangers' : 'refused';
}

function remainingAfter(decision: Decision | undefined): number {
  if (decision?.kind !== 'allowed' || decision.counted === undefined) return Number.NaN;
  const { route, counted } = decision;
  return route.rateLimit === undefined ? Number.NaN : remainingOf(route.rateLimit, counted);
}

/** The id comes first, so that a decision is found by how its text begins. */
function textOf(line: AccessRecord, problem: Problem | undefined): string {
  const path = line.path.length > pathMax ? `${line.path.slice(0, pathMax)}...` : line.path;
  const code = line.code ?? '';
  const detail = problem === undefined ? '' : problem.detail.slice(0, detailMax);
  const own = `${line.method}\n${line.remoteAddress}\n${line.revision}\n${line.route ?? ''}\n${code}`;
  return `${line.requestId}\n${own}\n${maskTokens(`${line.host}\n${path}\n${detail}`)}`;
}

function known(number: number): number | undefined {
  return Number.isNaN(number) ? undefined : number;
}
