import type { GatewayConfig } from '../config/compiled.ts';
import { recordProblem } from '../core/bearer.ts';
import type { DecisionAssumption, DecisionToken, PastDecision } from '../core/past-decision.ts';
import { principalOf } from '../core/principal.ts';
import { problemCatalogue } from '../core/problem.ts';
import { canonicalPath } from '../core/request-path.ts';
import { builtInProject } from '../core/scope.ts';
import type { Assumption, TokenRecord } from '../core/token-record.ts';
import type { Authenticate, Authentication } from './authenticate.ts';
import { decide } from './decide.ts';
import type { CleanRequest } from './sanitize.ts';

/** What a decision comes to. */
export interface Verdict {
  /** `allowed`, or the code of the refusal. */
  readonly outcome: string;
  readonly route: string | undefined;
}

/** A decision that comes out otherwise under another file. */
export interface Flip {
  readonly decision: PastDecision;
  readonly token: DecisionToken | undefined;
  readonly before: Verdict;
  readonly after: Verdict;
}

export interface Replay {
  readonly flips: readonly Flip[];
  /** How many kinds of decisions were made again, and how many requests they stand for. */
  readonly kinds: number;
  readonly requests: number;
  /** Requests that come out otherwise by today's file already, for their token or its owner's roles have changed since. */
  readonly changedSince: number;
}

export const noReplay: Replay = { flips: [], kinds: 0, requests: 0, changedSince: 0 };

export interface ReplayFiles {
  readonly before: GatewayConfig;
  readonly after: GatewayConfig;
  readonly nowMs: number;
}

/**
 * Makes decisions again under two files, by the code that makes them for requests. Tokens count as they are today, but
 * as active: what is compared is the files, not what has become of a token since.
 * @param so what came of the decisions before these
 */
export async function replay(
  decisions: readonly PastDecision[],
  tokens: ReadonlyMap<string, DecisionToken>,
  files: ReplayFiles,
  so: Replay = noReplay,
): Promise<Replay> {
  const flips = [...so.flips];
  let { kinds, requests, changedSince } = so;
  for (const decision of decisions) {
    const token = tokens.get(decision.tokenId);
    const before = await decideAgain(decision, token, files.before, files.nowMs);
    const after = await decideAgain(decision, token, files.after, files.nowMs);
    kinds++;
    requests += decision.requests;
    if (isAllowed(before) !== (decision.outcome === 'allowed')) changedSince += decision.requests;
    if (isAllowed(before) !== isAllowed(after)) flips.push({ decision, token, before, after });
  }
  return { flips, kinds, requests, changedSince };
}

function isAllowed({ outcome }: Verdict): boolean {
  return outcome === 'allowed';
}

async function decideAgain(
  decision: PastDecision,
  token: DecisionToken | undefined,
  config: GatewayConfig,
  nowMs: number,
): Promise<Verdict> {
  const path = canonicalPath(decision.path);
  if (path.kind === 'refused') return { outcome: 'path_ambiguous', route: undefined };
  const request: CleanRequest = { ...emptyRequest, method: decision.method, host: decision.host, path: path.path };
  const authenticate: Authenticate = () => authentication(decision, token, config, nowMs);
  const made = await decide(request, { config, authenticate }, '127.0.0.1');
  return { outcome: made.kind === 'allowed' ? 'allowed' : made.problem.code, route: made.route?.name };
}

/** Whose token it was; what no file would make good stays as it was. */
function authentication(
  { outcome, lastHourMs }: PastDecision,
  token: DecisionToken | undefined,
  config: GatewayConfig,
  nowMs: number,
): Authentication {
  if (isRefusalOfToken(outcome)) return { kind: 'refused', problem: { code: outcome, detail: '' } };
  if (token === undefined) return { kind: 'none' };
  // A session lasts some hours and is over by now; what counts is how long it had lasted at least.
  const atMs = token.assumption === undefined ? nowMs : Math.max(token.issuedAt, lastHourMs);
  const record = recordOf(token, atMs);
  const problem = recordProblem(record, atMs, config.tokenPolicy);
  if (problem !== undefined) return { kind: 'refused', problem, record };
  const principal = principalOf(record, config.roleScopes, config.tokenPolicy);
  return { kind: 'authenticated', principal, record, source: 'memory' };
}

function recordOf(token: DecisionToken, atMs: number): TokenRecord {
  const { assumption, ...rest } = token;
  if (assumption === undefined) return { ...emptyToken, ...rest };
  return { ...emptyToken, ...rest, kind: 'ses', assumption: standing(assumption, atMs) };
}

/** As if whoever gave leave still could, and the token that it was redeemed with were new. */
function standing({ actor, issuer, readOnly }: DecisionAssumption, atMs: number): Assumption {
  return {
    grantId: '',
    grantDeleted: false,
    grantExpiresAt: null,
    readOnly,
    allowedActors: [actor.id],
    issuer: { ...issuer, roles: [...issuer.roles, `${builtInProject}/org-admin`] },
    redeemer: { ...emptyToken, id: '', scopes: ['wayleave:assume'], issuedAt: atMs, owner: actor },
    idleUntil: null,
    ended: null,
  };
}

function isRefusalOfToken(outcome: string): outcome is keyof typeof problemCatalogue {
  if (outcome === 'address_denied') return true;
  if (!Object.hasOwn(problemCatalogue, outcome)) return false;
  return problemCatalogue[outcome as keyof typeof problemCatalogue][0] === 401 && outcome !== 'token_missing';
}

const emptyToken = {
  kind: 'pat',
  allowedIps: [],
  expiresAt: null,
  disabled: false,
  revoked: false,
  secretExpiresAt: null,
} as const;

const emptyRequest = {
  authority: '',
  headers: [],
  authorization: undefined,
  upgrade: undefined,
  contentLength: undefined,
  chunked: false,
  claims: {
    for: undefined,
    proto: undefined,
    host: undefined,
    requestId: undefined,
    traceparent: undefined,
    tracestate: undefined,
  },
} as const;
