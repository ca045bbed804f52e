import type { RouteHandler } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Problem } from '../../core/problem.ts';
import { scopesOfUser } from '../../core/principal.ts';
import { parseToken, type TokenHash } from '../../core/token.ts';
import type { UserRecord } from '../../core/token-record.ts';
import type { Caller } from '../caller.ts';
import type { AdminApp, AdminDeps, AdminEnv, AdminStores } from '../context.ts';
import { callerAddress } from '../http/caller-address.ts';
import { refuse, type Refusal } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';
import type { EnrolmentState } from '../ports/directory.ts';
import { readUserRecord } from '../tokens/access.ts';
import { mint, type Minted } from '../tokens/mint.ts';
import { presentToken } from '../tokens/schema.ts';
import { unknownScopeProblem } from '../tokens/scope-rules.ts';
import { EnrolmentAttempts } from './attempts.ts';
import { redeemEnrolmentCall } from './calls.ts';

/** Adds the only call below /api/v1 that asks for no token; it belongs before the guard. */
export function addRedemptionCall(app: AdminApp, deps: Pick<AdminDeps, 'clock'>): void {
  const attempts = new EnrolmentAttempts(deps.clock);
  app.openapi(redeemEnrolmentCall, redeemWith(attempts));
}

function redeemWith(attempts: EnrolmentAttempts): RouteHandler<typeof redeemEnrolmentCall, AdminEnv> {
  return async (c) => {
    const { deps } = c.var;
    const { code, token: input } = c.req.valid('json');
    const { tokens } = deps.currentConfig();
    if (input === undefined) return refuse(c, noSession);
    const address = callerAddress(c);
    const waitSeconds = attempts.waitSeconds(address);
    if (waitSeconds !== undefined) return refuse(c, tooMany(waitSeconds));
    const opened = await open(code, deps);
    if (opened.kind === 'refused') {
      if (opened.problem === unknownCode) attempts.noteFailure(address);
      return refuse(c, opened.problem);
    }
    const { person, hash } = opened;
    if (input.user_id !== undefined && input.user_id !== person.id) return refuse(c, otherUser);
    const minted = mintFirst(input, person, deps);
    if (minted.kind === 'refused') return refuse(c, within('/token', minted.problem));
    const outcome = await storesOf(c, person).enrolments.redeem(hash, minted.record);
    if (outcome === undefined) return refuse(c, unknownCode);
    switch (outcome.kind) {
      case 'created':
        return c.json({ token: presentToken(outcome.item, tokens.maxLifetimeMs), secret: minted.secret }, 201);
      case 'closed':
        return refuse(c, closedProblems[outcome.state]);
      case 'conflict':
        return refuse(c, {
          code: 'conflict',
          detail: `You have a token named ${JSON.stringify(input.name)} already; choose another name.`,
          existingId: outcome.existingId,
        });
    }
  };
}

type Opened =
  | { readonly kind: 'open'; readonly person: UserRecord; readonly hash: TokenHash }
  | { readonly kind: 'refused'; readonly problem: OpeningProblem };

type OpeningProblem = Refusal<
  'enrolment_invalid' | 'enrolment_expired' | 'enrolment_used' | 'user_disabled' | 'organization_suspended'
>;

/** Finds whom a code is for. What this gateway has not made gets one answer; whoever holds a real code gets the reason. */
async function open(code: string, deps: AdminDeps): Promise<Opened> {
  const { stores } = deps;
  const { prefix, acceptPrefixes } = deps.currentConfig().tokens;
  const parsed = parseToken(code, [prefix, ...acceptPrefixes]);
  if (parsed?.kind !== 'enr') return refused(unknownCode);
  const enrolment = await stores.enrolments.find(parsed.hash);
  if (enrolment === undefined) return refused(unknownCode);
  if (enrolment.state !== 'open') return refused(closedProblems[enrolment.state]);
  const person = await readUserRecord(stores, enrolment.userId);
  if (person === undefined) return refused(closedProblems.replaced);
  if (person.status === 'disabled') return refused(disabled);
  if (person.organization.status === 'suspended') return refused(suspended);
  return { kind: 'open', person, hash: parsed.hash };
}

function refused(problem: OpeningProblem): Opened {
  return { kind: 'refused', problem };
}

/** Whoever holds the code counts as the whole person, until the token is made. */
function mintFirst(
  input: Parameters<typeof mint>[0],
  person: UserRecord,
  deps: AdminDeps,
): Minted | { readonly kind: 'refused'; readonly problem: Refusal<'unknown_scope'> } {
  const { scopes, roleScopes } = deps.currentConfig();
  const unknown = unknownScopeProblem(input.scopes, scopes);
  if (unknown !== undefined) return { kind: 'refused', problem: unknown };
  const whole: Caller = {
    subject: person,
    tokenId: '',
    tokenKind: 'enr',
    scopes: scopesOfUser(person, roleScopes),
    roles: [],
    allowedIps: [],
    expiresAt: null,
  };
  return mint(input, person, whole, deps);
}

/** The stores in the name of the person, who has no token yet. */
function storesOf(c: Context<AdminEnv>, person: UserRecord): AdminStores {
  return c.var.deps.stores.as({
    userId: person.id,
    actorId: null,
    tokenId: null,
    organizationId: person.organization.id,
    address: callerAddress(c) || null,
    requestId: c.var.requestId,
    via: 'api',
  });
}

/** A problem of a part of the body, with pointers from its root. */
function within<Known extends Problem>(pointer: string, problem: Known): Known {
  const errors = problem.errors?.map((error) => ({ ...error, pointer: `${pointer}${error.pointer}` }));
  return errors === undefined ? problem : { ...problem, errors };
}

const noSession = invalidField('/token', 'is missing; a console session in its place is not available yet');
const otherUser = invalidField('/token/user_id', 'is another user; the first token is of whom the code is for');

const unknownCode: OpeningProblem = {
  code: 'enrolment_invalid',
  detail: 'This is no enrolment code that this gateway knows; check that it was copied wholly, or ask for a new one.',
};

const closedProblems: Readonly<Record<Exclude<EnrolmentState, 'open'>, OpeningProblem>> = {
  used: {
    code: 'enrolment_used',
    detail: 'The code has been used, and it counts once. If that was not you, tell an admin of your organisation now.',
  },
  expired: {
    code: 'enrolment_expired',
    detail: 'The code has expired; ask an admin of your organisation for a new one.',
  },
  replaced: {
    code: 'enrolment_expired',
    detail:
      'The code has been ended, most likely by a newer one, or by a role that you were given since; use the newer one, ' +
      'or ask an admin of your organisation for one.',
  },
};

const disabled: OpeningProblem = {
  code: 'user_disabled',
  detail:
    'The user is disabled; an admin of the organisation can enable it, and the code counts again until it expires.',
};

const suspended: OpeningProblem = {
  code: 'organization_suspended',
  detail: 'The organisation is suspended; the operator of the platform can resume it.',
};

function tooMany(retryAfterSeconds: number): Refusal<'rate_limited'> {
  const detail = `Too many wrong codes came from this address; try again in ${retryAfterSeconds} s.`;
  return { code: 'rate_limited', detail, retryAfterSeconds };
}
