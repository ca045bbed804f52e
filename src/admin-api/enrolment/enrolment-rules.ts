import { scopesOfUser, type RoleScopes } from '../../core/user-scopes.ts';
import { builtInRoles, isBuiltInScope } from '../../core/scope.ts';
import type { UserRecord } from '../../core/token-record.ts';
import type { Caller } from '../caller.ts';
import type { Refusal } from '../http/problem-response.ts';

/**
 * Says why the caller may not make an enrolment code for somebody; undefined when it may. Whoever holds a code can
 * become the person, so a token makes none for its own owner, nor for anybody with more rights on Wayleave than it has:
 * it would give more than it holds.
 */
export function enrolmentProblem(
  person: UserRecord,
  caller: Caller,
  roleScopes: RoleScopes,
): Refusal<'kind_denied' | 'grant_denied' | 'conflict'> | undefined {
  const { username, kind, status, organization } = person;
  if (kind === 'service') {
    const detail = `"${username}" is a service user, which needs no enrolment; make a token of it.`;
    return { code: 'kind_denied', detail };
  }
  if (person.id === caller.subject.id) {
    return { code: 'grant_denied', detail: 'Nobody enrols oneself; make a token, or ask another admin for a code.' };
  }
  const everybodys: readonly string[] = builtInRoles.member;
  const notHeld = [...scopesOfUser(person, roleScopes)].filter(
    (scope) => isBuiltInScope(scope) && !everybodys.includes(scope) && !caller.scopes.has(scope),
  );
  if (notHeld.length > 0) {
    const detail =
      `"${username}" has ${notHeld.join(', ')} by a role, and the token that makes this call has not; ` +
      'an admin whose token has them can make the code.';
    return { code: 'grant_denied', detail };
  }
  if (status === 'disabled') return { code: 'conflict', detail: `"${username}" is disabled; enable the user first.` };
  if (organization.status === 'active') return undefined;
  return { code: 'conflict', detail: `The organisation "${organization.slug}" is suspended; resume it first.` };
}
