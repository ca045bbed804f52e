import { z } from '@hono/zod-openapi';
import type { Authorization } from '../../core/directory.ts';
import { id } from '../http/fields.ts';
import { pageOf, pageQuery } from '../http/paging.ts';
import { receiptSchema } from '../receipt.ts';

const reference = z.string().min(1).max(128);

export const newAuthorization = z
  .strictObject({
    user_id: id,
    project: reference.openapi({ description: 'A project of gateway.yaml, or `wayleave`' }),
    roles: z.array(reference).min(1).max(100),
  })
  .openapi('NewAuthorization');

export const authorizationView = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    user_id: z.string(),
    project: z.string(),
    roles: z.array(z.string()),
    created_at: z.iso.datetime(),
  })
  .openapi('Authorization');

export const removedAuthorization = z.object({ authorization: authorizationView, receipt: receiptSchema });
export const authorizationPage = pageOf(authorizationView);
export const authorizationQuery = z.strictObject({ ...pageQuery, user_id: id.optional() });

/** An authorization as it is answered. */
export function presentAuthorization(authorization: Authorization): z.infer<typeof authorizationView> {
  return {
    id: authorization.id,
    organization_id: authorization.organizationId,
    user_id: authorization.userId,
    project: authorization.project,
    roles: [...authorization.roles],
    created_at: new Date(authorization.createdAt).toISOString(),
  };
}
