import type { RouteHandler, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Problem } from '../../core/problem.ts';
import { parseToken, type TokenHash } from '../../core/token.ts';
import type { UserRecord } from '../../core/token-record.ts';
import { wholePerson } from '../caller.ts';
import type { AdminApp, AdminDeps, AdminEnv } from '../context.ts';
import { callerAddress } from '../http/caller-address.ts';
import { refuse, type Refusal } from '../http/problem-response.ts';
import { invalidField } from '../http/validation.ts';
import type { EnrolmentState } from '../ports/directory.ts';
import { readUserRecord } from '../read-user.ts';
import { tooManyAttempts, type SignInAttempts } from '../session/attempts.ts';
import { beginSession, drawSession, storesOf } from '../session/begin.ts';
import { foreignSite } from '../session/origin.ts';
import { mint, type Minted } from '../tokens/mint.ts';
import { presentToken } from '../tokens/present.ts';
import { type newToken } from '../tokens/schema.ts';
import { unknownScopeProblem } from '../tokens/scope-rules.ts';
import { redeemEnrolmentCall } from './calls.ts';

/** Adds the call by which a person gets a first credential; it belongs before the guard. */
export function addRedemptionCall(app: AdminApp, attempts: SignInAttempts): void {
  app.openapi(redeemEnrolmentCall, redeemWith(attempts));
}

function redeemWith(attempts: SignInAttempts): RouteHandler<typeof redeemEnrolmentCall, AdminEnv> {
  return async (c) => {
    const { deps } = c.var;
    const { code, token } = c.req.valid('json');
    const address = callerAddress(c);
    const waitSeconds = attempts.waitSeconds(address);
    if (waitSeconds !== undefined) return refuse(c, tooManyAttempts(waitSeconds));
    const opened = await open(code, deps);
    if (opened.kind === 'refused') {
      if (opened.problem === unknownCode) attempts.noteFailure(address);
      return refuse(c, opened.problem);
    }
    return token === undefined ? signIn(c, opened) : makeFirstToken(c, opened, token);
  };
}

/** Uses the code up for a session of the console. */
async function signIn(c: Context<AdminEnv>, { person, hash }: OpenCode) {
  const foreign = foreignSite(c);
  if (foreign !== undefined) return refuse(c, foreign);
  const { input, secrets } = drawSession(person, { kind: 'person' }, null, c.var.deps.clock.now());
  const outcome = await storesOf(c, person, null).enrolments.signIn(hash, input);
  if (outcome === undefined) return refuse(c, unknownCode);
  if (outcome.kind === 'closed') return refuse(c, closedProblems[outcome.state]);
  return c.json(beginSession(c, outcome.item, secrets), 201);
}

/** Uses the code up for the person's first token. */
async function makeFirstToken(c: Context<AdminEnv>, { person, hash }: OpenCode, input: z.output<typeof newToken>) {
  const { deps } = c.var;
  if (input.user_id !== undefined && input.user_id !== person.id) return refuse(c, otherUser);
  const minted = mintFirst(input, person, deps);
  if (minted.kind === 'refused') return refuse(c, within('/token', minted.problem));
  const outcome = await storesOf(c, person, null).enrolments.redeem(hash, minted.record);
  if (outcome === undefined) return refuse(c, unknownCode);
  switch (outcome.kind) {
    case 'created': {
      const token = presentToken(outcome.item, deps.currentConfig().tokens.maxLifetimeMs);
      return c.json({ token, secret: minted.secret }, 201);
    }
    case 'closed':
      return refuse(c, closedProblems[outcome.state]);
    case 'conflict':
      return refuse(c, {
        code: 'conflict',
        detail: `You have a token named ${JSON.stringify(input.name)} already; choose another name.`,
        existingId: outcome.existingId,
      });
  }
}

interface OpenCode {
  readonly kind: 'open';
  readonly person: UserRecord;
  readonly hash: TokenHash;
}

type Opened = OpenCode | { readonly kind: 'refused'; readonly problem: OpeningProblem };

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
  return mint(input, person, wholePerson(person, '', { roleScopes }), deps);
}

/** A problem of a part of the body, with pointers from its root. */
function within<Known extends Problem>(pointer: string, problem: Known): Known {
  const errors = problem.errors?.map((error) => ({ ...error, pointer: `${pointer}${error.pointer}` }));
  return errors === undefined ? problem : { ...problem, errors };
}

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
