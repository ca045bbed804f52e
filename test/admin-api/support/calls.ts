import type { User } from '../../../src/core/directory.ts';
import { hashToken, lastFour, mintToken } from '../../../src/core/token.ts';
import type { Holder } from './people.ts';
import type { World } from './world.ts';

/** Whom the table of permissions knows. `nobody` sends no token. */
export const roles = ['platform-admin', 'org-admin', 'auditor', 'member', 'nobody'] as const;
export type Role = (typeof roles)[number];

/** Things of an organisation that calls are made about, made anew for each. */
export interface Targets {
  readonly organization: string;
  readonly userId: string;
  readonly serviceId: string;
  readonly authorizationId: string;
  readonly tokenId: string;
  /** Where asked for: an assume-user token with its secret, and a session of another one. */
  readonly assumeTokenId: string;
  readonly assumeSecret: string;
  readonly assumeSessionId: string;
}

export interface Call {
  /** Who may make it about the own organisation. */
  readonly may: readonly Role[];
  /** What the others get: 403, or 404 where even what exists is not theirs to know. */
  readonly others?: 403 | 404;
  /** What an admin of another organisation gets: 404, or `own` where the call names no organisation at all. */
  readonly foreign: 404 | 403 | 'own';
  /** There is nothing that `{id}` could name here, which only who may make the call is told. */
  readonly absent?: true;
  /** What everybody with a token gets, whoever asks. */
  readonly always?: 401 | 404;
  readonly body?: (targets: Targets) => unknown;
  /** What `{id}` stands for; a user unless told. */
  readonly id?: (targets: Targets) => string;
  readonly query?: (targets: Targets) => string;
}

const platform = ['platform-admin'] as const;
const admins = ['platform-admin', 'org-admin'] as const;
const readers = ['platform-admin', 'org-admin', 'auditor'] as const;
const everybody = ['platform-admin', 'org-admin', 'auditor', 'member'] as const;
const anyone = roles;

const ofToken = { id: ({ tokenId }: Targets) => tokenId, foreign: 404 } as const;
const tokenWrite = { ...ofToken, may: admins, others: 404 } as const;
const ofAssumeToken = { id: ({ assumeTokenId }: Targets) => assumeTokenId, foreign: 404 } as const;
const ofAssumeSession = { id: ({ assumeSessionId }: Targets) => assumeSessionId, foreign: 404 } as const;
const ofAuthorization = { id: ({ authorizationId }: Targets) => authorizationId, foreign: 404 } as const;

/** Every call of /openapi.json. A new one is not in it, and the tests that read it fail until it is. */
export const calls: Readonly<Record<string, Call>> = {
  'post /api/v1/enrol': {
    may: anyone,
    foreign: 'own',
    body: () => ({ code: 'x', token: { name: 'first', scopes: ['read'] } }),
  },
  'post /api/v1/session': { may: [], always: 401, foreign: 'own', body: () => ({ token: 'x' }) },
  'delete /api/v1/session': { may: [], always: 404, foreign: 'own' },
  'get /api/v1/me': { may: everybody, foreign: 'own' },
  'get /api/v1/settings': { may: everybody, foreign: 'own' },
  'get /api/v1/organizations/{org}/overview': { may: readers, foreign: 404 },
  'get /api/v1/projects': { may: everybody, foreign: 'own' },
  'get /api/v1/routes': { may: everybody, foreign: 'own' },
  'post /api/v1/explain': { may: everybody, foreign: 'own', body: () => ({ method: 'GET', path: '/' }) },
  'get /api/v1/nodes': { may: platform, foreign: 403 },
  'get /api/v1/config': { may: platform, foreign: 403 },
  'post /api/v1/config/reload': { may: platform, foreign: 403 },
  'get /api/v1/keys': { may: platform, foreign: 403 },
  'post /api/v1/keys/rotate': { may: platform, foreign: 403, body: () => ({}) },
  'post /api/v1/keys/{id}/retire': { may: platform, foreign: 403, id: () => 'key_1', absent: true },
  'get /api/v1/webhooks/deliveries': { may: platform, foreign: 403 },
  'post /api/v1/organizations': { may: platform, foreign: 403, body: () => ({ slug: 'newcomer', name: 'Newcomer' }) },
  'get /api/v1/organizations': { may: readers, foreign: 'own' },
  'get /api/v1/organizations/{org}': { may: readers, foreign: 404 },
  'patch /api/v1/organizations/{org}': { may: platform, foreign: 404, body: () => ({ name: 'Mine now' }) },
  'get /api/v1/organizations/{org}/users': { may: readers, foreign: 404 },
  'post /api/v1/organizations/{org}/users': {
    may: admins,
    foreign: 404,
    body: () => ({ kind: 'human', username: 'mole', name: 'Mole' }),
  },
  'get /api/v1/organizations/{org}/users/{id}': { may: readers, foreign: 404 },
  'patch /api/v1/organizations/{org}/users/{id}': { may: admins, foreign: 404, body: () => ({ name: 'Mine now' }) },
  'delete /api/v1/organizations/{org}/users/{id}': { may: admins, foreign: 404 },
  'post /api/v1/organizations/{org}/users/{id}/enrolment': { may: admins, foreign: 404 },
  'get /api/v1/organizations/{org}/authorizations': { may: readers, foreign: 404 },
  'post /api/v1/organizations/{org}/authorizations': {
    may: admins,
    foreign: 404,
    body: ({ userId }) => ({ user_id: userId, project: 'analytics', roles: ['viewer'] }),
  },
  'delete /api/v1/organizations/{org}/authorizations/{id}': { ...ofAuthorization, may: admins },
  'get /api/v1/tokens': { may: readers, foreign: 404, query: ({ serviceId }) => `?user_id=${serviceId}` },
  'post /api/v1/tokens': {
    may: admins,
    foreign: 404,
    body: ({ serviceId }) => ({ user_id: serviceId, name: 'Mine now', scopes: ['wayleave:self'] }),
  },
  'post /api/v1/tokens/expire': {
    may: admins,
    foreign: 404,
    body: ({ serviceId }) => ({ user_id: serviceId, dry_run: true }),
  },
  'post /api/v1/tokens/prune': {
    may: admins,
    foreign: 404,
    body: ({ serviceId }) => ({ user_id: serviceId, ended_for: '1d', dry_run: true }),
  },
  'get /api/v1/tokens/{id}': { ...ofToken, may: readers, others: 404 },
  'patch /api/v1/tokens/{id}': { ...tokenWrite, body: () => ({ purpose: 'Mine now' }) },
  'delete /api/v1/tokens/{id}': tokenWrite,
  'post /api/v1/tokens/{id}/rotate': { ...tokenWrite, body: () => ({}) },
  'post /api/v1/tokens/{id}/expire': tokenWrite,
  'post /api/v1/tokens/{id}/disable': tokenWrite,
  'post /api/v1/tokens/{id}/enable': tokenWrite,
  'post /api/v1/tokens/{id}/revoke': tokenWrite,
  'get /api/v1/tokens/{id}/connections': { ...ofToken, may: readers, others: 404 },
  'post /api/v1/organizations/{org}/assume-tokens': {
    // Who may act as a user of an organisation is for itself to say.
    may: ['org-admin'],
    foreign: 404,
    body: ({ serviceId }) => ({ validity: '2h', subject_user_id: serviceId, scopes: ['read'], reason: 'to help' }),
  },
  'get /api/v1/organizations/{org}/assume-tokens': { may: admins, foreign: 404 },
  'post /api/v1/organizations/{org}/assume-tokens/{id}/expire': { ...ofAssumeToken, may: admins },
  'delete /api/v1/organizations/{org}/assume-tokens/{id}': { ...ofAssumeToken, may: admins },
  'get /api/v1/organizations/{org}/assume-sessions': { may: admins, foreign: 404 },
  'delete /api/v1/organizations/{org}/assume-sessions/{id}': { ...ofAssumeSession, may: admins },
  'get /api/v1/organizations/{org}/assume-sessions/{id}/report': { ...ofAssumeSession, may: admins },
  'post /api/v1/assume': {
    may: everybody,
    foreign: 'own',
    body: ({ assumeSecret }) => ({ token: assumeSecret, reason: 'to help' }),
  },
  'get /api/v1/assume': { may: everybody, foreign: 'own' },
  // Of whoever acts: nobody of the table does.
  'delete /api/v1/assume/{id}': { ...ofAssumeSession, may: everybody, absent: true },
  'get /api/v1/usage': { may: readers, foreign: 404, query: ({ serviceId }) => `?user_id=${serviceId}` },
  'get /api/v1/usage/scopes': { may: readers, foreign: 404, query: ({ serviceId }) => `?user_id=${serviceId}` },
  'get /api/v1/decisions': { may: platform, foreign: 403 },
  'get /api/v1/audit': { may: readers, foreign: 404, query: ({ organization }) => `?organization=${organization}` },
  'post /api/v1/audit/verify': { may: readers, foreign: 404, body: ({ organization }) => ({ organization }) },
  'get /api/v1/audit/export': {
    may: readers,
    foreign: 404,
    query: ({ organization }) => `?organization=${organization}`,
  },
  'get /healthz': { may: anyone, foreign: 'own' },
  'get /readyz': { may: anyone, foreign: 'own' },
  'get /metrics': { may: anyone, foreign: 'own' },
  'get /openapi.json': { may: anyone, foreign: 'own' },
  'get /gateway.schema.json': { may: anyone, foreign: 'own' },
};

/** Makes what calls are about. */
export async function newTargets(
  world: World,
  slug: string,
  { isAssumed = false }: { readonly isAssumed?: boolean } = {},
): Promise<Targets> {
  const user = await world.people.user(slug);
  const owner: Holder = await world.people.token(await world.people.user(slug, ['analytics/viewer'], 'service'), [
    'wayleave:self',
  ]);
  const grants = await world.stores.authorizations.list(user.organizationId, { userId: owner.user.id }, { limit: 1 });
  return {
    organization: slug,
    userId: user.id,
    serviceId: owner.user.id,
    authorizationId: grants.items[0]?.id ?? '',
    tokenId: owner.tokenId,
    ...(isAssumed
      ? await newAssumption(world, owner.user)
      : { assumeTokenId: '', assumeSecret: '', assumeSessionId: '' }),
  };
}

/** Lets somebody be this user: once still to be redeemed, and once by a helper of another organisation. */
async function newAssumption(world: World, { id: subjectId, organizationId }: User) {
  const organization = await world.stores.organizations.find(organizationId);
  const issuer = await world.people.user(organization?.slug ?? '', ['wayleave/org-admin', 'analytics/viewer']);
  const helper = await world.people.holder('helpers', [], ['wayleave:assume']);
  const [open, redeemed] = [mintToken('wl', 'asu'), mintToken('wl', 'asu')];
  const [token] = await Promise.all(
    [open, redeemed].map((secret) =>
      world.stores.assumeTokens.create({
        organizationId,
        issuerId: issuer.id,
        subjectId,
        scopes: ['read'],
        allowedActors: null,
        readOnly: false,
        reason: 'to help',
        validity: '2h',
        expiresAt: Date.now() + 7_200_000,
        hash: hashToken(secret),
        lastFour: lastFour(secret),
      }),
    ),
  );
  const answer = await world.client(helper.secret).post('/api/v1/assume', { token: redeemed, reason: 'to help' });
  return { assumeTokenId: token?.id ?? '', assumeSecret: open, assumeSessionId: String(answer.body['id']) };
}

/** The request of a call of the table. */
export function requestOf(name: string, targets: Targets): { method: string; path: string; body: unknown } {
  const [method = '', template = ''] = name.split(' ');
  const call = calls[name];
  const id = call?.id?.(targets) ?? targets.userId;
  const path = template.replace('{org}', targets.organization).replace('{id}', id);
  return { method: method.toUpperCase(), path: `${path}${call?.query?.(targets) ?? ''}`, body: call?.body?.(targets) };
}
