import { z } from '@hono/zod-openapi';
import { signedIn } from '../session/schema.ts';
import { createdToken, newToken } from '../tokens/schema.ts';

export const newEnrolment = z
  .strictObject({
    verify_email: z.literal(true).optional().openapi({
      description: 'The code is sent to the e-mail address of the person, so that its use verifies the address',
    }),
  })
  .openapi('NewEnrolment');

export const createdEnrolment = z
  .object({
    code: z.string().openapi({ description: 'The code itself. It is shown this once.' }),
    user_id: z.string(),
    expires_at: z.iso.datetime(),
    verifies_email: z.string().nullable(),
  })
  .openapi('Enrolment');

export const redemption = z
  .strictObject({
    code: z.string().min(1).max(200),
    token: newToken.optional().openapi({
      description: 'The first token; `user_id` is left out of it. Without it a session of the console begins',
    }),
  })
  .openapi('Redemption');

export const redeemed = z.union([createdToken, signedIn]);
