import type { DecisionKind } from '../core/past-decision.ts';
import type { ProblemCode } from '../core/problem.ts';
import type { TokenUse } from '../core/token-use.ts';
import type { Clock } from '../lib/clock.ts';
import type { AccessLog, AccessRecord } from '../observability/access-log.ts';
import { accessRecord, clientLeftStatus, reasonOf } from './access-record.ts';
import type { Decision } from './decide.ts';
import type { Decided, DecisionRing } from './decision-ring.ts';
import type { ExchangeReport } from './passage.ts';
import { rememberedDecision } from './past-decision.ts';
import { tokenUse } from './token-use.ts';

/** How a request that was sent on ended, or why no target took it. */
export type UpstreamOutcome =
  | 'answered'
  | 'unreachable'
  | 'invalid_response'
  | 'timeout'
  | 'aborted'
  | 'overloaded'
  | 'unavailable';

/** What is counted of exchanges. */
export interface ExchangeCounters {
  /** @param route undefined: no route took it */
  answered(route: string | undefined, method: string, status: number, durationMs: number): void;
  /** @param denial undefined: it was allowed */
  decided(denial: ProblemCode | undefined): void;
  /** It was allowed by a record that no store could confirm. */
  servedStale(route: string): void;
  /** A browser's pre-flight was answered, or refused for its origin. */
  preflight(route: string, isGranted: boolean): void;
  /** @param untilAnswerMs undefined: no target took it */
  sentOn(upstream: string, outcome: UpstreamOutcome, untilAnswerMs: number | undefined): void;
}

export interface ExchangeRecorder {
  readonly accessLog: Pick<AccessLog, 'write'>;
  readonly counters: ExchangeCounters;
  /** Gathers how tokens are used; it must cost next to nothing. */
  readonly usage: { note(use: TokenUse): void };
  /** Remembers distinct decisions; it must cost next to nothing. */
  readonly decisions: { note(decision: DecisionKind, otherwise: string): void };
  /** Remembers decisions, for explanations; it must cost next to nothing. */
  readonly recent: Pick<DecisionRing, 'note'>;
  readonly clock: Clock;
}

const waitingMax = 64;
const waitingMs = 100;

/** What is kept of an exchange until it is written: its request and response would keep much more alive. */
interface Noted extends Decided {
  readonly line: AccessRecord;
}

/**
 * Writes the lines of exchanges and counts them, many at a time: done one by one, between the requests, the same work
 * costs three times as much. A line waits for at most 100 ms.
 */
export class ExchangeLedger {
  readonly #recorder: ExchangeRecorder;
  #waiting: Noted[] = [];
  /** What to add to a monotonic time of those that wait to get the time of day. */
  #epoch = 0;
  #timer: NodeJS.Timeout | undefined;
  #successes = 0;
  readonly #settle = (): void => this.settle();

  constructor(recorder: ExchangeRecorder) {
    this.#recorder = recorder;
  }

  /** Takes the report of an exchange whose answer has closed. */
  note(report: ExchangeReport): void {
    const { clock } = this.#recorder;
    if (this.#waiting.length === 0) this.#epoch = clock.now() - clock.monotonic();
    this.#waiting.push(noted(report, this.#epoch));
    if (this.#waiting.length >= waitingMax) this.settle();
    else this.#timer ??= setTimeout(this.#settle, waitingMs);
  }

  /** Writes and counts what waits. */
  settle(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const { accessLog, recent } = this.#recorder;
    const written: AccessRecord[] = [];
    for (const { line } of waiting) if (this.#isWritten(line)) written.push(line);
    if (written.length > 0) accessLog.write(written);
    for (const one of waiting) {
      count(one.line, one.decision, this.#recorder);
      recent.note(one.line, one);
    }
  }

  /** Every one in so many successes is written, and every other line. */
  #isWritten({ oneIn }: AccessRecord): boolean {
    return oneIn === undefined || this.#successes++ % oneIn === 0;
  }
}

function noted(report: ExchangeReport, epoch: number): Noted {
  const { decision, runtime, exchange } = report;
  const { problem, decidedAt } = exchange;
  return { line: accessRecord(report, epoch), decision, config: runtime.config, problem, decidedAt };
}

function count(
  line: AccessRecord,
  decision: Decision | undefined,
  { counters, usage, decisions }: ExchangeRecorder,
): void {
  counters.answered(line.route, line.method, line.status, line.durationMs);
  if (decision === undefined) return;
  if (decision.preflight !== undefined) {
    // Nobody was judged: it is a question about another request.
    counters.preflight(line.route ?? '', decision.kind === 'allowed');
    return;
  }
  const use = tokenUse(decision, line.method, line.remoteAddress);
  if (use !== undefined) usage.note(use);
  const remembered = rememberedDecision(decision, line);
  if (remembered !== undefined) decisions.note(remembered.kind, remembered.otherwise);
  counters.decided(reasonOf(decision));
  if (decision.kind === 'allowed' && decision.source === 'stale') counters.servedStale(decision.route.name);
  if (decision.kind === 'allowed' && (line.upstreamMs !== undefined || isShortage(line.code))) {
    counters.sentOn(decision.route.upstream, upstreamOutcome(line.code, line.status), line.upstreamMs);
  }
}

function isShortage(code: ProblemCode | undefined): boolean {
  return code === 'overloaded' || code === 'upstream_unavailable';
}

function upstreamOutcome(code: ProblemCode | undefined, status: number): UpstreamOutcome {
  switch (code) {
    case undefined:
      return status === clientLeftStatus ? 'aborted' : 'answered';
    case 'upstream_unreachable':
      return 'unreachable';
    case 'upstream_timeout':
      return 'timeout';
    case 'upstream_invalid_response':
      return 'invalid_response';
    case 'overloaded':
      return 'overloaded';
    case 'upstream_unavailable':
      return 'unavailable';
    default:
      return 'aborted';
  }
}
