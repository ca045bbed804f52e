import type { Problem } from './problem.ts';
import { isBuiltInScope } from './scope.ts';
import type { SessionEnd } from './session-end.ts';
import {
  effectiveExpiry,
  tokenState,
  type Assumption,
  type TokenPolicy,
  type TokenRecord,
  type UserRecord,
} from './token-record.ts';
import { scopesOfUser, type RoleScopes } from './user-scopes.ts';

/** When a session ends at the latest, in epoch milliseconds, and why. */
interface Deadline {
  readonly at: number;
  readonly why: SessionEnd;
}

/**
 * Asks, at the instant of a request and on every cache hit, whether a session goes on. It ends with everything it rests
 * on: its own time, the assume-user token, the token it was redeemed with, the actor, the subject and the issuer.
 * @returns why it is over, or undefined
 */
export function sessionEndOf(
  record: TokenRecord,
  assumption: Assumption,
  nowMs: number,
  policy: TokenPolicy,
): SessionEnd | undefined {
  const { fault, deadline } = judgementOf(record, assumption, policy);
  if (fault !== undefined) return fault;
  return deadline.at <= nowMs ? deadline.why : undefined;
}

/** When a session ends at the latest, silence left aside, in epoch milliseconds. */
export function sessionExpiry(record: TokenRecord, assumption: Assumption, policy: TokenPolicy): number {
  const ends = deadlines(record, assumption, policy).filter(({ why }) => why !== 'idle');
  return Math.min(...ends.map(({ at }) => at));
}

function deadlines(
  record: TokenRecord,
  assumption: Assumption,
  policy: TokenPolicy,
): readonly [Deadline, ...Deadline[]] {
  const { redeemer, grantExpiresAt, idleUntil } = assumption;
  const ofRedeemer = effectiveExpiry(redeemer, policy.maxLifetimeMs);
  return [
    { at: grantExpiresAt ?? Infinity, why: 'grant_expired' },
    { at: ofRedeemer ?? Infinity, why: 'actor_token_ended' },
    { at: record.issuedAt + policy.sessionMaxMs, why: 'session_max' },
    { at: record.expiresAt ?? Infinity, why: 'expired' },
    { at: idleUntil ?? Infinity, why: 'idle' },
  ];
}

interface Judgement {
  readonly policy: TokenPolicy;
  readonly fault: SessionEnd | undefined;
  /** The first of them. */
  readonly deadline: Deadline;
}

/** What a record says does not change, so it is judged once; only time goes on. */
const judgements = new WeakMap<TokenRecord, Judgement>();

function judgementOf(record: TokenRecord, assumption: Assumption, policy: TokenPolicy): Judgement {
  const known = judgements.get(record);
  if (known?.policy === policy) return known;
  const [first, ...others] = deadlines(record, assumption, policy);
  const deadline = others.reduce((earliest, one) => (one.at < earliest.at ? one : earliest), first);
  const judgement = { policy, fault: standingFault(record, assumption), deadline };
  judgements.set(record, judgement);
  return judgement;
}

function standingFault({ revoked, disabled, owner }: TokenRecord, assumption: Assumption): SessionEnd | undefined {
  const { ended, grantDeleted, redeemer } = assumption;
  if (ended !== null) return ended;
  if (grantDeleted) return 'grant_deleted';
  const fault = redeemerFault(redeemer) ?? partiesFault({ ...assumption, subject: owner, actor: redeemer.owner });
  // Revoked or disabled with something that it derives from; what that was comes first.
  return fault ?? (revoked || disabled ? 'admin' : undefined);
}

/** Times are judged by `deadlines`. */
function redeemerFault(redeemer: TokenRecord): SessionEnd | undefined {
  const state = tokenState({ ...redeemer, expiresAt: null }, 0);
  if (state !== 'active') return 'actor_token_ended';
  if (!redeemer.scopes.includes('wayleave:assume')) return 'actor_token_lost_assume';
  return scopesOfUser(redeemer.owner, noRoles).has('wayleave:assume') ? undefined : 'actor_token_lost_assume';
}

/** Roles of gateway.yaml give nothing of the built-in project. */
const noRoles: RoleScopes = new Map();

/** Who takes part in an assumption. */
interface AssumptionParties {
  readonly issuer: UserRecord;
  readonly subject: UserRecord;
  readonly actor: UserRecord;
  /** Ids of users, ids and slugs of organisations. */
  readonly allowedActors: readonly string[];
}

/** Says which of the people concerned stands in the way of an assumption today; undefined: none does. */
function partiesFault(parties: AssumptionParties): SessionEnd | undefined {
  return subjectFault(parties.subject) ?? issuerFault(parties.issuer, parties.subject) ?? actorFault(parties);
}

function subjectFault(subject: UserRecord): SessionEnd | undefined {
  if (subject.organization.status !== 'active') return 'organization_suspended';
  if (subject.status !== 'active') return 'subject_disabled';
  return scopesOfUser(subject, noRoles).has('wayleave:platform') ? 'subject_is_platform_admin' : undefined;
}

function issuerFault(issuer: UserRecord, subject: UserRecord): SessionEnd | undefined {
  if (issuer.status !== 'active') return 'issuer_disabled';
  const mayIssue = scopesOfUser(issuer, noRoles).has('wayleave:assume:issue');
  return mayIssue && issuer.organization.id === subject.organization.id ? undefined : 'issuer_lost_right';
}

function actorFault({ actor, subject, allowedActors }: AssumptionParties): SessionEnd | undefined {
  if (actor.organization.status !== 'active') return 'actor_organization_suspended';
  if (actor.status !== 'active') return 'actor_disabled';
  if (actor.id === subject.id) return 'subject_is_actor';
  const names = [actor.id, actor.organization.id, actor.organization.slug];
  return names.some((name) => allowedActors.includes(name)) ? undefined : 'actor_not_allowed';
}

/**
 * What of a grant is in effect: the scopes that the subject has today, and that the issuer could still give. Never any
 * of the built-in project.
 */
export function assumedScopes(
  granted: readonly string[],
  { subject, issuer }: Pick<AssumptionParties, 'subject' | 'issuer'>,
  roleScopes: RoleScopes,
): string[] {
  const held = scopesOfUser(subject, roleScopes);
  const givable = scopesOfUser(issuer, roleScopes);
  return granted.filter((scope) => held.has(scope) && givable.has(scope) && !isBuiltInScope(scope));
}

/** Says to whoever holds a session that it is over. */
export function sessionProblem(
  record: TokenRecord,
  nowMs: number,
  policy: TokenPolicy,
): (Problem & { readonly code: 'assume_ended' }) | undefined {
  const { assumption } = record;
  const end = assumption === undefined ? 'admin' : sessionEndOf(record, assumption, nowMs, policy);
  return (
    end && { code: 'assume_ended', detail: `The session in which another user was assumed is over: ${words[end]}` }
  );
}

const words: Readonly<Record<SessionEnd, string>> = {
  actor: 'whoever acted has ended it.',
  admin: 'it has been ended.',
  expired: 'its time has run out.',
  idle: 'it was not used for 15 minutes.',
  session_max: 'it has lasted as long as assume.session_max lets sessions last.',
  grant_expired: 'the assume-user token has expired.',
  grant_deleted: 'the assume-user token has been deleted.',
  actor_token_ended: 'the token that it was redeemed with has ended.',
  actor_token_lost_assume: 'the token that it was redeemed with no longer holds wayleave:assume.',
  actor_disabled: 'the user who acts is disabled.',
  actor_organization_suspended: 'the organisation of the user who acts is suspended.',
  actor_not_allowed: 'the assume-user token is not for the user who acts.',
  subject_is_actor: 'nobody assumes oneself.',
  subject_disabled: 'the assumed user is disabled.',
  subject_is_platform_admin: 'the assumed user has become an admin of the platform, and those are not assumed.',
  organization_suspended: 'the organisation of the assumed user is suspended.',
  issuer_disabled: 'the user who issued the assume-user token is disabled.',
  issuer_lost_right: 'the user who issued the assume-user token could no longer issue it.',
};
