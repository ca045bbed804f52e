import { z } from '@hono/zod-openapi';
import type { Token } from '../../core/directory.ts';
import { tokenKinds } from '../../core/token.ts';
import { parseDuration } from '../../lib/units.ts';
import { displayText, id, instant, organizationReference } from '../http/fields.ts';
import { pageOf, pageQuery } from '../http/paging.ts';
import { receiptSchema } from '../receipt.ts';

const purpose = displayText(500);
const state = z.enum(['active', 'disabled', 'expired', 'revoked']);

/** Whether a scope is in the catalogue is judged later, so that the answer can say `unknown_scope`. */
const scopes = z.array(z.string().min(1).max(128)).min(1, 'must name at least one scope').max(500);

const lifetime = z
  .string()
  .refine((text) => (parseDuration(text) ?? 0) > 0, 'must be a duration such as 12h or 90d')
  .openapi({ description: 'A duration from now, such as `12h` or `90d`', example: '90d' });

export const newToken = z
  .strictObject({
    user_id: id.optional().openapi({ description: 'A service user; oneself when it is left out' }),
    name: displayText(100),
    purpose: purpose.optional(),
    scopes,
    expires_at: instant.optional(),
    lifetime: lifetime.optional(),
  })
  .refine((token) => token.expires_at === undefined || token.lifetime === undefined, {
    path: ['lifetime'],
    message: 'stands beside expires_at; give one of them',
  })
  .openapi('NewToken');

export const tokenChange = z
  .strictObject({ scopes: scopes.optional(), purpose: purpose.nullable().optional() })
  .refine((change) => Object.keys(change).length > 0, 'must change the scopes or the purpose')
  .openapi('TokenChange');

export const tokenView = z
  .object({
    id: z.string(),
    kind: z.enum(tokenKinds),
    organization_id: z.string(),
    user_id: z.string(),
    username: z.string(),
    name: z.string(),
    purpose: z.string().nullable(),
    scopes: z.array(z.string()),
    state,
    last_four: z.string().openapi({ description: 'The last characters of the secret, to recognise it by' }),
    created_at: z.iso.datetime(),
    created_by: z.string(),
    changed_at: z.iso.datetime(),
    changed_by: z.string(),
    expires_at: z.iso.datetime().nullable(),
    parent_id: z.string().nullable(),
  })
  .openapi('Token');

export const createdToken = z.object({
  token: tokenView,
  secret: z.string().openapi({ description: 'The token itself. It is shown this once.' }),
});

export const changedToken = z.object({ token: tokenView, receipt: receiptSchema });
export const tokenPage = pageOf(tokenView);
export const tokenQuery = z.strictObject({
  ...pageQuery,
  state: state.optional(),
  user_id: id.optional(),
  organization: organizationReference.optional(),
  search: displayText(200)
    .optional()
    .openapi({ description: "Found in the name or the owner's username, in any case" }),
});

/** A token as it is answered: never its secret, nor the hash of it. */
export function presentToken(token: Token): z.infer<typeof tokenView> {
  return {
    id: token.id,
    kind: token.kind,
    organization_id: token.organizationId,
    user_id: token.userId,
    username: token.username,
    name: token.name,
    purpose: token.purpose,
    scopes: [...token.scopes],
    state: token.state,
    last_four: token.lastFour,
    created_at: rfc3339(token.createdAt),
    created_by: token.createdBy,
    changed_at: rfc3339(token.changedAt),
    changed_by: token.changedBy,
    expires_at: token.expiresAt === null ? null : rfc3339(token.expiresAt),
    parent_id: token.parentId,
  };
}

/** Writes an instant as RFC 3339 in UTC. */
export function rfc3339(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
