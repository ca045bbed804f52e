import type { Context } from 'hono';
import { unknownToken } from '../../core/bearer.ts';
import type { Problem } from '../../core/problem.ts';
import type { UserRecord } from '../../core/token-record.ts';
import { authenticateHash } from '../authentication.ts';
import { wholePerson, type Caller } from '../caller.ts';
import type { AdminDeps, AdminEnv } from '../context.ts';
import { isSecure } from '../http/transport.ts';
import type { ConsoleSession } from '../ports/console-sessions.ts';
import { readUserRecord } from '../read-user.ts';
import { assumedHeader, assumedThrough } from './assumed.ts';
import { cookieValues } from './cookie.ts';
import { idleMs, touchMs } from './limits.ts';
import { originProblem } from './origin.ts';
import { hashSecret, isSecret } from './secrets.ts';

/** The header by which the console's page asks for its session to count. */
export const pageKeyHeader = 'x-wayleave-console';

type Outcome =
  | { readonly kind: 'caller'; readonly caller: Caller; readonly session: ConsoleSession }
  | { readonly kind: 'refused'; readonly problem: Problem };

/**
 * Judges the session of the console that a request belongs to. A session whose credential no longer counts ends for
 * good: that a token is enabled again, or a user, brings none back. A page that looks as an assumed user is judged as
 * that session's token is, too; when that one has ended, the helper is still signed in.
 * @param pageKey what the page sent of it
 * @throws StoreUnavailable
 */
export async function authenticateSession(c: Context<AdminEnv>, pageKey: string): Promise<Outcome> {
  const problem = originProblem(c);
  if (problem !== undefined) return { kind: 'refused', problem };
  const { deps } = c.var;
  const session = await findSession(c, pageKey);
  if (session === undefined) return ended('You are not signed in, or no longer; sign in.');
  const over = overProblem(session, deps.clock.now());
  if (over !== undefined) return end(session, over, deps);
  const outcome = await callerOf(session, deps);
  if (outcome.kind === 'refused') return end(session, outcome.problem, deps);
  if (session.lastUsedAt + touchMs <= deps.clock.now()) await deps.stores.sessions.touch(session.id);
  const assumed = c.req.header(assumedHeader);
  if (assumed === undefined) return { kind: 'caller', caller: outcome.caller, session };
  const through = await assumedThrough(assumed, outcome.caller, deps);
  return through.kind === 'refused' ? through : { kind: 'caller', caller: through.caller, session };
}

async function findSession(c: Context<AdminEnv>, pageKey: string): Promise<ConsoleSession | undefined> {
  const cookies = cookieValues(c.req.header('cookie'), isSecure(c)).filter(isSecret);
  if (cookies.length === 0 || !isSecret(pageKey)) return undefined;
  return c.var.deps.stores.sessions.find(cookies.map(hashSecret), hashSecret(pageKey));
}

function overProblem({ endsAt, lastUsedAt }: ConsoleSession, nowMs: number): Problem | undefined {
  if (endsAt <= nowMs) return { code: 'session_ended', detail: 'Your session has reached its end; sign in again.' };
  if (lastUsedAt + idleMs > nowMs) return undefined;
  return { code: 'session_ended', detail: 'Your session has not been used for a while; sign in again.' };
}

type Judged =
  | { readonly kind: 'caller'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly problem: Problem };

async function callerOf(session: ConsoleSession, deps: AdminDeps): Promise<Judged> {
  if (session.credential.kind === 'token') {
    const outcome = await authenticateHash(session.credential.hash, deps);
    return outcome === unknownToken ? { kind: 'refused', problem: forgotten } : outcome;
  }
  const person = await readUserRecord(deps.stores, session.userId);
  const problem = personProblem(person);
  if (person === undefined || problem !== undefined) return { kind: 'refused', problem: problem ?? gone };
  return { kind: 'caller', caller: wholePerson(person, session.id, deps.currentConfig()) };
}

const forgotten: Problem = { code: 'session_ended', detail: 'The token that you signed in with is gone.' };
const gone: Problem = { code: 'session_ended', detail: 'The user has been deleted.' };

function personProblem(person: UserRecord | undefined): Problem | undefined {
  if (person === undefined) return gone;
  if (person.status === 'disabled') return { code: 'user_disabled', detail: 'The user is disabled.' };
  if (person.organization.status === 'active') return undefined;
  return { code: 'organization_suspended', detail: 'The organisation is suspended.' };
}

async function end(session: ConsoleSession, problem: Problem, { stores }: AdminDeps): Promise<Outcome> {
  await stores.sessions.end(session);
  return { kind: 'refused', problem };
}

function ended(detail: string): Outcome {
  return { kind: 'refused', problem: { code: 'session_ended', detail } };
}
