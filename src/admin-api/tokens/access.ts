import type { Token } from '../../core/directory.ts';
import type { UserRecord } from '../../core/token-record.ts';
import { maySeeOrganization, type Caller } from '../caller.ts';
import type { AdminStores } from '../context.ts';
import { lacking } from '../guard.ts';
import { notFound, type Refusal } from '../http/problem-response.ts';
import { readUserRecord } from '../read-user.ts';

export type Found<
  Item,
  Code extends Refusal<'not_found'>['code'] | 'insufficient_scope' | 'kind_denied' | 'conflict',
> = { readonly kind: 'found'; readonly item: Item } | { readonly kind: 'refused'; readonly problem: Refusal<Code> };

type TokenScope = 'wayleave:tokens:read' | 'wayleave:tokens:write';

/** One's own tokens with `wayleave:self`; with the wider scope those of every organisation the caller may see. */
function reaches(caller: Caller, token: Token, scope: TokenScope): boolean {
  if (caller.scopes.has('wayleave:self') && token.userId === caller.subject.id) return true;
  return caller.scopes.has(scope) && maySeeOrganization(caller, token.organizationId);
}

/** Finds a token that the caller may read or, with `wayleave:tokens:write`, change. */
export async function findToken(
  stores: AdminStores,
  caller: Caller,
  id: string,
  scope: TokenScope,
): Promise<Found<Token, 'not_found' | 'insufficient_scope'>> {
  const token = await stores.tokens.find(id);
  if (token !== undefined && reaches(caller, token, scope)) return { kind: 'found', item: token };
  const readable = token !== undefined && reaches(caller, token, 'wayleave:tokens:read');
  return { kind: 'refused', problem: readable ? lacking([scope]) : notFound('token', id) };
}

/**
 * Finds the user whom a new token will belong to: a service user, or the caller. Nobody makes a token of another
 * person, whatever the role.
 */
export async function findOwner(
  stores: AdminStores,
  caller: Caller,
  userId: string,
): Promise<Found<UserRecord, 'not_found' | 'insufficient_scope' | 'kind_denied' | 'conflict'>> {
  if (userId === caller.subject.id) return { kind: 'found', item: caller.subject };
  if (!caller.scopes.has('wayleave:tokens:write')) {
    return { kind: 'refused', problem: lacking(['wayleave:tokens:write']) };
  }
  const owner = await readUserRecord(stores, userId);
  if (owner === undefined || !maySeeOrganization(caller, owner.organization.id)) {
    return { kind: 'refused', problem: notFound('user', userId) };
  }
  const problem = owner.kind === 'human' ? anotherPerson(owner) : idleOwner(owner);
  return problem === undefined ? { kind: 'found', item: owner } : { kind: 'refused', problem };
}

function anotherPerson(owner: UserRecord): Refusal<'kind_denied'> {
  const detail =
    `"${owner.username}" is a person, and nobody makes a token of another person; ` +
    'name a service user, or let the person make one.';
  return { code: 'kind_denied', detail };
}

function idleOwner(owner: UserRecord): Refusal<'conflict'> | undefined {
  if (owner.status === 'disabled') {
    return { code: 'conflict', detail: `The service user "${owner.username}" is disabled; enable it first.` };
  }
  if (owner.organization.status === 'suspended') {
    return { code: 'conflict', detail: `The organisation "${owner.organization.slug}" is suspended; resume it first.` };
  }
  return undefined;
}
