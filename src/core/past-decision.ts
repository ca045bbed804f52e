import type { UserRecord } from './token-record.ts';

/** A decision as it is remembered: without what tells one request from the next. */
export interface DecisionKind {
  /** Empty: nobody that was known. */
  readonly tokenId: string;
  readonly method: string;
  /** In lower case, without port; empty: one of many that are not told apart. */
  readonly host: string;
  /** The path with `*` for each segment that looks like an id. */
  readonly path: string;
  /** The name of the route that took it; empty: none. */
  readonly route: string;
  /** `allowed`, or the code of the refusal. */
  readonly outcome: string;
}

/** How often one was made within a period. */
export interface PastDecision extends DecisionKind {
  readonly requests: number;
  /** The hour of the last one. */
  readonly lastHourMs: number;
}

/** A token as far as it matters for deciding again what was decided for it: as it is today, whatever its state. */
export interface DecisionToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  /** When its newest secret was made, in epoch milliseconds. */
  readonly issuedAt: number;
  /** Of a session: the user who was assumed. */
  readonly owner: UserRecord;
  /** Of a session, and of nothing else. */
  readonly assumption?: DecisionAssumption;
}

/** Who acted in a session as its owner, by whose leave, and how far it went. */
export interface DecisionAssumption {
  readonly actor: UserRecord;
  readonly issuer: UserRecord;
  readonly readOnly: boolean;
}

const wordMax = 24;
const segmentsMax = 16;

/**
 * A path without what tells one thing from the next of its kind: a segment of anything but lower-case letters, `_` and `-`
 * becomes `*`, and so does what is longer than words are. So no id, name with a capital, address or secret is kept. It
 * looks at characters, not at patterns, for it does so with every request.
 * @param path canonical, without query
 */
export function pathShape(path: string): string {
  let shape = '';
  let begin = 0;
  for (let segments = 0; begin < path.length - 1 && segments < segmentsMax; segments++) {
    const slashAt = path.indexOf('/', begin + 1);
    const end = slashAt === -1 ? path.length : slashAt;
    shape += isWord(path, begin + 1, end) ? path.slice(begin, end) : '/*';
    begin = end;
  }
  return shape === '' ? '/' : shape;
}

function isWord(path: string, from: number, to: number): boolean {
  if (to - from > wordMax || to === from) return false;
  for (let at = from; at < to; at++) {
    const code = path.charCodeAt(at);
    const isLetter = code >= 0x61 && code <= 0x7a;
    if (!isLetter && code !== 0x5f && code !== 0x2d) return false;
  }
  return true;
}
