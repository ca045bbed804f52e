import { z } from '@hono/zod-openapi';
import { reviewReasons, type User } from '../../core/directory.ts';
import { displayText, email, id, username } from '../http/fields.ts';
import { pageOf, pageQuery } from '../http/paging.ts';
import { receiptSchema } from '../receipt.ts';

const kind = z.enum(['human', 'service']);
const status = z.enum(['active', 'disabled']);
const accessTokenType = z.enum(['bearer', 'jwt']);
const name = displayText(200);
const purpose = displayText(500);

export const newUser = z
  .strictObject({
    kind,
    username,
    name,
    email: email.optional(),
    access_token_type: accessTokenType.default('bearer'),
    owner: id.optional().openapi({ description: 'Who answers for a service user: a person of the organisation' }),
    purpose: purpose.optional().openapi({ description: 'What a service user is for' }),
  })
  .openapi('NewUser');

export const userChange = z
  .strictObject({
    status: status.optional(),
    name: name.optional(),
    email: email.nullable().optional(),
    owner: id.nullable().optional(),
    purpose: purpose.nullable().optional(),
    reviewed: z.literal(true).optional().openapi({
      description: 'Takes a service user off the review list as it is; so does another owner',
    }),
  })
  .refine((change) => Object.keys(change).length > 0, 'must change something')
  .openapi('UserChange');

export const userView = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    kind,
    username: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    email_verified: z.boolean(),
    status,
    access_token_type: accessTokenType,
    owner: z.string().nullable(),
    purpose: z.string().nullable(),
    review: z
      .object({ reason: z.enum(reviewReasons), since: z.iso.datetime() })
      .nullable()
      .openapi({
        description: 'Set while the owner of a service user is gone; its tokens go on until an admin decides',
      }),
    created_at: z.iso.datetime(),
  })
  .openapi('User');

export const changedUser = z.object({ user: userView, receipt: receiptSchema });
export const userPage = pageOf(userView);
export const userQuery = z.strictObject({
  ...pageQuery,
  kind: kind.optional(),
  search: displayText(200).optional().openapi({ description: 'Found in the username or name, in any case' }),
  review: z.enum(['true', 'false']).optional().openapi({
    description: '`true`: service users alone whose owner was disabled or deleted, and who await a decision',
  }),
});

/** A user as it is answered. */
export function presentUser(user: User): z.infer<typeof userView> {
  return {
    id: user.id,
    organization_id: user.organizationId,
    kind: user.kind,
    username: user.username,
    name: user.name,
    email: user.email,
    email_verified: user.emailVerified,
    status: user.status,
    access_token_type: user.accessTokenType,
    owner: user.ownerId,
    purpose: user.purpose,
    review: user.review && { reason: user.review.reason, since: new Date(user.review.since).toISOString() },
    created_at: new Date(user.createdAt).toISOString(),
  };
}
