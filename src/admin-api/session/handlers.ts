import type { RouteHandler } from '@hono/zod-openapi';
import { addressProblem, authenticateBearer } from '../authentication.ts';
import type { AdminApp, AdminEnv } from '../context.ts';
import { noteEndedSecret } from '../ended-secret.ts';
import { callerAddress } from '../http/caller-address.ts';
import { refuse, type Refusal } from '../http/problem-response.ts';
import { isSecure } from '../http/transport.ts';
import { tooManyAttempts, type SignInAttempts } from './attempts.ts';
import { beginSession, drawSession, storesOf } from './begin.ts';
import { signInCall, signOutCall } from './calls.ts';
import { clearCookie } from './cookie.ts';
import { foreignSite } from './origin.ts';

/** Adds the call that lets somebody in; it belongs before the guard. */
export function addSignInCall(app: AdminApp, attempts: SignInAttempts): void {
  app.openapi(signInCall, signInWith(attempts));
}

export function addSignOutCall(app: AdminApp): void {
  app.openapi(signOutCall, signOut);
}

function signInWith(attempts: SignInAttempts): RouteHandler<typeof signInCall, AdminEnv> {
  return async (c) => {
    const { deps } = c.var;
    const foreign = foreignSite(c);
    if (foreign !== undefined) return refuse(c, foreign);
    const address = callerAddress(c);
    const waitSeconds = attempts.waitSeconds(address);
    if (waitSeconds !== undefined) return refuse(c, tooManyAttempts(waitSeconds));
    const outcome = await authenticateBearer(`Bearer ${c.req.valid('json').token}`, deps);
    if (outcome.kind === 'refused') {
      noteEndedSecret(c, outcome.record);
      if (outcome.problem.code !== 'token_invalid') return refuse(c, outcome.problem);
      attempts.noteFailure(address);
      return refuse(c, unknownToken);
    }
    const { caller, hash } = outcome;
    const elsewhere = addressProblem(caller, address);
    if (elsewhere !== undefined) return refuse(c, elsewhere);
    const { input, secrets } = drawSession(caller.subject, { kind: 'token', hash }, caller.expiresAt, deps.clock.now());
    const session = await storesOf(c, caller.subject, caller.tokenId).sessions.start(input);
    return c.json(beginSession(c, session, secrets), 201);
  };
}

const unknownToken: Refusal<'token_invalid'> = {
  code: 'token_invalid',
  detail:
    'This is no access token that this gateway knows. Check that you copied all of it, and from the right gateway.',
};

const signOut: RouteHandler<typeof signOutCall, AdminEnv> = async (c) => {
  const { caller, deps, session } = c.var;
  if (session === undefined) return refuse(c, noSession);
  await deps.stores.sessions.end(session, caller.subject.username);
  c.header('set-cookie', clearCookie(isSecure(c)));
  return c.body(null, 204);
};

const noSession: Refusal<'not_found'> = {
  code: 'not_found',
  detail: 'The call was made with a token, not with a session of the console; there is nothing to sign out of.',
};
