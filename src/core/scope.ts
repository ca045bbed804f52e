/** The scopes of the built-in project: what the admin API asks for. gateway.yaml can neither name nor cover them. */
export const builtInScopes = {
  'wayleave:platform': 'Everything on the platform: organisations, configuration, nodes',
  'wayleave:org:read': 'Read the organisation, its users and authorizations',
  'wayleave:org:write': 'Change the organisation, its users and authorizations',
  'wayleave:tokens:read': 'Read the tokens of the organisation',
  'wayleave:tokens:write': 'Create, change and end the tokens of the organisation',
  'wayleave:assume:issue': 'Issue and end assume-user tokens of the organisation',
  'wayleave:audit:read': 'Read the audit log of the organisation',
  'wayleave:usage:read': 'Read the usage of the organisation',
  'wayleave:self': "Read, create, change and end one's own tokens",
  'wayleave:assume': 'Redeem an assume-user token',
} as const;

export type BuiltInScope = keyof typeof builtInScopes;

/** The roles of the built-in project, by what they give. `member` is everybody's without being granted. */
export const builtInRoles = {
  'platform-admin': Object.keys(builtInScopes) as BuiltInScope[],
  'org-admin': [
    'wayleave:org:read',
    'wayleave:org:write',
    'wayleave:tokens:read',
    'wayleave:tokens:write',
    'wayleave:assume:issue',
    'wayleave:audit:read',
    'wayleave:usage:read',
  ],
  auditor: ['wayleave:org:read', 'wayleave:tokens:read', 'wayleave:audit:read', 'wayleave:usage:read'],
  member: ['wayleave:self', 'wayleave:assume'],
} as const satisfies Record<string, readonly BuiltInScope[]>;

export type BuiltInRole = keyof typeof builtInRoles;

/** The name of the built-in project in a role such as `wayleave/org-admin`. */
export const builtInProject = 'wayleave';

/** The organisation whose `platform-admin` role counts everywhere. */
export const platformOrganizationSlug = 'platform';

const segmentPattern = /^[a-z0-9][a-z0-9._-]*$/;
const scopeLengthMax = 128;

/** Says whether `text` is a literal scope: segments of `a-z 0-9 . _ -` joined by colons, at most 128 characters. */
export function isScope(text: string): boolean {
  return text.length <= scopeLengthMax && text.split(':').every((segment) => segmentPattern.test(segment));
}

/** Says whether `text` is a scope whose segments may also be `*`, as roles in gateway.yaml use. */
export function isScopePattern(text: string): boolean {
  const segments = text.split(':');
  return text.length <= scopeLengthMax && segments.every((segment) => segment === '*' || segmentPattern.test(segment));
}

/** Says whether a scope belongs to the built-in project. */
export function isBuiltInScope(scope: string): boolean {
  return scope === builtInProject || scope.startsWith(`${builtInProject}:`);
}

/**
 * Says whether a role's pattern covers a literal scope. A last `*` takes the rest (one or more segments), an inner `*`
 * takes one, a lone `*` everything; `foo:*` does not cover `foo`; nothing written in gateway.yaml covers `wayleave:`.
 */
export function patternCovers(pattern: string, scope: string): boolean {
  if (isBuiltInScope(scope)) return false;
  const wanted = pattern.split(':');
  const given = scope.split(':');
  const open = wanted.at(-1) === '*';
  if (open ? given.length < wanted.length : given.length !== wanted.length) return false;
  const fixed = open ? wanted.slice(0, -1) : wanted;
  return fixed.every((segment, at) => segment === '*' || segment === given[at]);
}

/** The literal scopes of `catalogue` that any of `patterns` covers, in the catalogue's order. */
export function expandPatterns(patterns: readonly string[], catalogue: readonly string[]): string[] {
  return catalogue.filter((scope) => patterns.some((pattern) => patternCovers(pattern, scope)));
}
