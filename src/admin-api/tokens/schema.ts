import { z } from '@hono/zod-openapi';
import { tokenKinds } from '../../core/token.ts';
import { parseDuration } from '../../lib/units.ts';
import { addressBlock, displayText, id, instant, organizationReference } from '../http/fields.ts';
import { pageOf, pageQuery } from '../http/paging.ts';
import { tokenSortKeys } from '../ports/tokens.ts';
import { receiptSchema } from '../receipt.ts';

const longestPastMs = 3660 * 86_400_000;
const purpose = displayText(500);
const state = z.enum(['active', 'disabled', 'expired', 'revoked']);

/** Whether a scope is in the catalogue is judged later, so that the answer can say `unknown_scope`. */
const scopes = z.array(z.string().min(1).max(128)).min(1, 'must name at least one scope').max(500);

const lifetime = z
  .string()
  .refine((text) => (parseDuration(text) ?? 0) > 0, 'must be a duration such as 12h or 90d')
  .openapi({ description: 'A duration from now, such as `12h` or `90d`', example: '90d' });

const expiresAt = instant
  .nullable()
  .optional()
  .openapi({ description: 'null: never, where tokens.max_lifetime is none' });

function oneEnd(wish: { expires_at?: unknown; lifetime?: unknown }): boolean {
  return wish.expires_at === undefined || wish.lifetime === undefined;
}

const oneEndRule = { path: ['lifetime'], message: 'stands beside expires_at; give one of them' };

const pastDuration = z
  .string()
  .refine(
    (text) => (parseDuration(text) ?? Infinity) <= longestPastMs,
    'must be a duration such as 12h or 90d, at most 3660d',
  )
  .transform((text) => parseDuration(text) ?? 0);

export const newToken = z
  .strictObject({
    user_id: id.optional().openapi({ description: 'A service user; oneself when it is left out' }),
    name: displayText(100),
    purpose: purpose.optional(),
    scopes,
    expires_at: expiresAt,
    lifetime: lifetime.optional(),
    allowed_ips: z
      .array(addressBlock)
      .max(64)
      .optional()
      .openapi({
        description:
          'Addresses that it may be used from: IPv4 and IPv6 blocks. Empty: from anywhere; left out: from where the token ' +
          'that makes the call may be used',
      }),
  })
  .refine(oneEnd, oneEndRule)
  .openapi('NewToken');

export const tokenChange = z
  .strictObject({ scopes: scopes.optional(), purpose: purpose.nullable().optional() })
  .refine((change) => Object.keys(change).length > 0, 'must change the scopes or the purpose')
  .openapi('TokenChange');

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** How long both secrets of a rotated token may work. */
export const overlapsMs = {
  '0': 0,
  '1m': minuteMs,
  '15m': 15 * minuteMs,
  '1h': hourMs,
  '6h': 6 * hourMs,
  '24h': 24 * hourMs,
  '7d': 7 * 24 * hourMs,
} as const;

export const tokenRotation = z
  .strictObject({
    overlap: z
      .enum(['0', '1m', '15m', '1h', '6h', '24h', '7d'])
      .optional()
      .openapi({ description: "How long the old secret works on, never beyond the token's old end", default: '1h' }),
    expires_at: expiresAt,
    lifetime: lifetime.optional(),
  })
  .refine(oneEnd, oneEndRule)
  .openapi('TokenRotation');

export const rotationView = z
  .object({
    old_last_four: z.string(),
    until: z.iso.datetime().openapi({ description: 'When the old secret ends, or has ended' }),
    old_calls: z.int().openapi({ description: 'Requests that came with the old secret since; some seconds behind' }),
    old_last_used_at: z.iso.datetime().nullable(),
  })
  .openapi('TokenRotationState');

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
    usable_until: z.iso.datetime().nullable().openapi({
      description: 'expires_at, or earlier where tokens.max_lifetime has been lowered since',
    }),
    allowed_ips: z.array(z.string()).openapi({ description: 'Where it may be used from; empty: from anywhere' }),
    rotation: rotationView
      .nullable()
      .openapi({ description: 'The secret before the present one; null: never rotated' }),
    parent_id: z.string().nullable(),
    last_used_at: z.iso.datetime().nullable().openapi({ description: 'Some seconds behind; null: never used' }),
    last_used_address: z.string().nullable(),
    last_used_route: z.string().nullable(),
  })
  .openapi('Token');

export const createdToken = z.object({
  token: tokenView,
  secret: z.string().openapi({ description: 'The token itself. It is shown this once.' }),
});

export const rotatedToken = createdToken.extend({ receipt: receiptSchema });
export const changedToken = z.object({ token: tokenView, receipt: receiptSchema });
export const tokenPage = pageOf(tokenView);
const sorts = tokenSortKeys.flatMap((key) => [key, `-${key}` as const]);

const tokenCriteria = {
  state: state.optional(),
  user_id: id.optional(),
  organization: organizationReference.optional(),
  search: displayText(200)
    .optional()
    .openapi({ description: "Found in the name or the owner's username, in any case" }),
  expires_before: instant.optional().openapi({ description: 'Only those that end before this' }),
  unused_for: pastDuration.optional().openapi({ description: 'Neither made nor used for so long', example: '90d' }),
};

const review = { description: 'Only those of service users on the review list, whose owner is gone' };

export const tokenQuery = z.strictObject({
  limit: pageQuery.limit,
  cursor: z.string().max(1000).optional().openapi({
    description: 'What the page before gave as next_cursor; it counts for the same filter and order alone',
  }),
  ...tokenCriteria,
  review: z
    .literal('true')
    .transform(() => true as const)
    .optional()
    .openapi(review),
  sort: z.enum(sorts).optional().openapi({
    description: 'With - in front: descending. -created_at unless told, of expired ones -expires_at',
  }),
});

/** How many tokens one call changes. */
export const bulkMax = 500;

export const bulkExpiry = z
  .strictObject({
    ...tokenCriteria,
    review: z.literal(true).optional().openapi(review),
    state: z.enum(['active', 'disabled']).optional(),
    dry_run: z.boolean().optional().openapi({ description: 'Only say which would be ended' }),
  })
  .refine((wish) => Object.keys(wish).some((key) => key !== 'dry_run' && key !== 'organization'), {
    message: 'must say which tokens: give state, user_id, search, expires_before, unused_for or review',
  })
  .openapi('TokenExpiry');

export const tokenPruning = z
  .strictObject({
    ...tokenCriteria,
    review: z.literal(true).optional().openapi(review),
    state: z.enum(['expired', 'revoked']).optional(),
    ended_for: pastDuration.openapi({
      description: 'Only those that expired or were revoked so long ago',
      example: '90d',
    }),
    dry_run: z.boolean().optional().openapi({ description: 'Only say which would be deleted' }),
  })
  .openapi('TokenPruning');

export const changedTokens = z.object({
  tokens: z.array(tokenView),
  more: z.boolean().openapi({ description: 'There are more than one call changes; call again' }),
  dry_run: z.boolean(),
  receipt: receiptSchema.optional().openapi({ description: 'Left out of a dry run' }),
});
