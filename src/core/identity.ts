import { isBuiltInScope } from './scope.ts';
import type { Principal } from './principal.ts';

/** What an identity header can carry. A field that has no value for a principal is not sent. */
export const identityFields = [
  'user_id',
  'username',
  'username_at_org',
  'email',
  'kind',
  'org_id',
  'org_slug',
  'roles',
  'roles_comma',
  'scopes',
  'token_id',
  'actor_id',
  'actor_username',
  'actor_username_at_org',
  'actor_org',
  'assume_id',
] as const;
export type IdentityField = (typeof identityFields)[number];

export type IdentityHeaders = readonly (readonly [name: string, field: IdentityField])[];

export const identityPresetNames = [
  'wayleave',
  'forwarded-user',
  'auth-request',
  'remote-user',
  'consumer',
  'custom',
] as const;
export type IdentityPresetName = (typeof identityPresetNames)[number];

/** The headers of each preset. Those without a field for the organisation name the subject `username@org-slug`. */
export const identityPresets: Record<Exclude<IdentityPresetName, 'custom'>, IdentityHeaders> = {
  wayleave: [
    ['X-Auth-User', 'user_id'],
    ['X-Auth-Username', 'username'],
    ['X-Auth-Email', 'email'],
    ['X-Auth-Kind', 'kind'],
    ['X-Auth-Org', 'org_id'],
    ['X-Auth-Org-Slug', 'org_slug'],
    ['X-Auth-Roles', 'roles'],
    ['X-Auth-Scopes', 'scopes'],
    ['X-Auth-Token-Id', 'token_id'],
    ['X-Auth-Actor', 'actor_id'],
    ['X-Auth-Actor-Username', 'actor_username'],
    ['X-Auth-Actor-Org', 'actor_org'],
    ['X-Auth-Assume-Id', 'assume_id'],
  ],
  'forwarded-user': [
    ['X-Forwarded-User', 'user_id'],
    ['X-Forwarded-Preferred-Username', 'username_at_org'],
    ['X-Forwarded-Email', 'email'],
    ['X-Forwarded-Groups', 'roles_comma'],
    ['X-Forwarded-Actor', 'actor_username_at_org'],
  ],
  'auth-request': [
    ['X-Auth-Request-User', 'user_id'],
    ['X-Auth-Request-Preferred-Username', 'username_at_org'],
    ['X-Auth-Request-Email', 'email'],
    ['X-Auth-Request-Groups', 'roles_comma'],
    ['X-Auth-Request-Actor', 'actor_username_at_org'],
  ],
  'remote-user': [
    ['Remote-User', 'username_at_org'],
    ['Remote-Name', 'username'],
    ['Remote-Email', 'email'],
    ['Remote-Groups', 'roles_comma'],
    ['Remote-Actor', 'actor_username_at_org'],
  ],
  consumer: [
    ['X-Consumer-ID', 'user_id'],
    ['X-Consumer-Username', 'username_at_org'],
    ['X-Consumer-Groups', 'roles_comma'],
    ['X-Credential-Identifier', 'token_id'],
    ['X-Consumer-Actor', 'actor_username_at_org'],
  ],
};

/** The header fields that tell an upstream who a request counts as. */
export function identityHeadersOf(principal: Principal, headers: IdentityHeaders): [name: string, value: string][] {
  const lines: [string, string][] = [];
  for (const [name, field] of headers) {
    const value = identityValue(principal, field);
    if (value !== undefined && value !== '') lines.push([name, headerText(value)]);
  }
  return lines;
}

/** What a header cannot hold (RFC 9110, section 5.5) goes percent-encoded, so that a stored value stays one value. */
function headerText(value: string): string {
  return value.replace(/[^\x20-\x7e]+/g, encodeURIComponent);
}

function identityValue(principal: Principal, field: IdentityField): string | undefined {
  const { subject, actor } = principal;
  switch (field) {
    case 'user_id':
      return subject.id;
    case 'username':
      return subject.username;
    case 'username_at_org':
      return `${subject.username}@${subject.organization.slug}`;
    case 'email':
      return subject.email;
    case 'kind':
      return subject.kind;
    case 'org_id':
      return subject.organization.id;
    case 'org_slug':
      return subject.organization.slug;
    case 'roles':
      return principal.roles.join(' ');
    case 'roles_comma':
      return principal.roles.join(',');
    case 'scopes':
      return [...principal.scopes].filter((scope) => !isBuiltInScope(scope)).join(' ');
    case 'token_id':
      return principal.tokenId;
    case 'actor_id':
      return actor?.id;
    case 'actor_username':
      return actor?.username;
    case 'actor_username_at_org':
      return actor && `${actor.username}@${actor.organization.slug}`;
    case 'actor_org':
      return actor?.organization.id;
    case 'assume_id':
      return principal.assumption?.grantId;
  }
}
