import { reviewReasons, type Authorization, type Organization, type Review, type User } from '../core/directory.ts';
import { flag, instant, instantOrNull, oneOf, text, textOrNull, texts, type Row } from '../lib/row.ts';

/** Reads a row of the table `organizations`. */
export function organizationOf(row: Row): Organization {
  return {
    id: text(row, 'id'),
    slug: text(row, 'slug'),
    name: text(row, 'name'),
    status: oneOf(row, 'status', ['active', 'suspended']),
    createdAt: instant(row, 'created_at'),
  };
}

/** Reads a row of the table `users`. */
export function userOf(row: Row): User {
  return {
    id: text(row, 'id'),
    organizationId: text(row, 'organization_id'),
    kind: oneOf(row, 'kind', ['human', 'service']),
    username: text(row, 'username'),
    name: text(row, 'name'),
    email: textOrNull(row, 'email'),
    emailVerified: flag(row, 'email_verified'),
    status: oneOf(row, 'status', ['active', 'disabled']),
    accessTokenType: oneOf(row, 'access_token_type', ['bearer', 'jwt']),
    ownerId: textOrNull(row, 'owner_id'),
    purpose: textOrNull(row, 'purpose'),
    review: reviewOf(row),
    createdAt: instant(row, 'created_at'),
  };
}

function reviewOf(row: Row): Review | null {
  const since = instantOrNull(row, 'review_since');
  return since === null ? null : { since, reason: oneOf(row, 'review_reason', reviewReasons) };
}

/** Reads a row of the table `authorizations`. */
export function authorizationOf(row: Row): Authorization {
  return {
    id: text(row, 'id'),
    organizationId: text(row, 'organization_id'),
    userId: text(row, 'user_id'),
    project: text(row, 'project'),
    roles: texts(row, 'roles'),
    createdAt: instant(row, 'created_at'),
  };
}
