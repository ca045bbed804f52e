import type { TokenRecord } from '../core/token-record.ts';
import { scopesOfUser, type RoleScopes } from '../core/user-scopes.ts';
import type { Authentication } from './authenticate.ts';
import type { Trace } from './trace.ts';

/** Writes down whose token it is and as whom it counts. */
export function explainIdentity(
  { principal, record, found }: Authentication & { kind: 'authenticated' },
  trace: Trace,
): void {
  const { subject, actor, roles, expiresAt } = principal;
  const end = expiresAt === null ? 'has no end' : `ends ${new Date(expiresAt).toISOString()}`;
  const token = `token ${record.id} (${record.kind}, organisation ${subject.organization.slug}) is valid, ${end}`;
  trace.note('auth', token, trace.knowledgeOf(found));
  const assumed = actor === undefined ? 'nobody is assumed' : `assumed by ${actor.username}`;
  const effective = roles.length === 0 ? 'roles none' : `roles ${roles.join(' ')}`;
  const partly = subject.roles.filter((role) => !roles.includes(role));
  const lines = partly.length === 0 ? [] : [`granted too, but not wholly within the token: ${partly.join(' ')}`];
  trace.note('identity', `subject ${subject.username} (${subject.kind}), ${assumed}, ${effective}`, lines);
}

/** Whose token was refused. */
export function ownerOf(record: TokenRecord | undefined): string[] {
  if (record === undefined) return [];
  const { id, kind, owner } = record;
  return [`token ${id} (${kind}) of ${owner.username}, organisation ${owner.organization.slug}`];
}

/** Of each missing scope: whether the token does not name it, or no role of the owner gives it. */
export function whyLacking(missing: readonly string[], record: TokenRecord, roleScopes: RoleScopes): string[] {
  const owned = scopesOfUser(record.owner, roleScopes);
  return missing.map((scope) => {
    const reasons = [
      ...(record.scopes.includes(scope) ? [] : ['the token does not name it']),
      ...(owned.has(scope) ? [] : [`no role of ${record.owner.username} gives it`]),
    ];
    return `${scope}: ${reasons.join(', and ')}`;
  });
}
