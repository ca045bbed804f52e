import type { Principal } from '../core/principal.ts';
import type { Problem } from '../core/problem.ts';
import type { BuiltInScope } from '../core/scope.ts';
import { scopesOfUser, type RoleScopes } from '../core/user-scopes.ts';
import type { Caller } from './caller.ts';

/** What an assumed user may still do on Wayleave itself, as far as the subject's role gives it. */
const readingScopes: readonly BuiltInScope[] = [
  'wayleave:org:read',
  'wayleave:tokens:read',
  'wayleave:audit:read',
  'wayleave:usage:read',
];

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The caller that a session stands for: it may read what a role of its subject lets be read of the organisation. */
export function assumedCaller(principal: Principal, roleScopes: RoleScopes): Caller {
  const ofSubject = scopesOfUser(principal.subject, roleScopes);
  const reading = readingScopes.filter((scope) => ofSubject.has(scope));
  return { ...principal, scopes: new Set([...principal.scopes, ...reading]) };
}

/** Says that a call writes, which no assumed user does here; undefined: it may go on. */
export function assumedWriteProblem(
  { assumption, subject }: Caller,
  method: string,
): (Problem & { readonly code: 'assumed_read_only' }) | undefined {
  if (assumption === undefined || safeMethods.has(method)) return undefined;
  return {
    code: 'assumed_read_only',
    detail:
      `An assumed user changes nothing here: "${subject.username}" is administered by the organisation itself, not by ` +
      'whoever acts for it. Make the call with a token of your own.',
  };
}

/** Says that the header Assume-User was sent, which this listener does not know; undefined: it was not. */
export function assumeHeaderProblem(header: string | undefined): Problem | undefined {
  if (header === undefined) return undefined;
  return {
    code: 'invalid_request',
    detail: 'Assume-User counts on the proxy listener alone; here nothing would be done as that user. Leave it out.',
  };
}
