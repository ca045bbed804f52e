import { z } from '@hono/zod-openapi';
import type { Project } from '../../config/compiled.ts';
import type { Authorization } from '../../core/directory.ts';
import { id } from '../http/fields.ts';
import { pageOf, pageQuery } from '../http/paging.ts';
import { receiptSchema } from '../receipt.ts';
import { rolesOfProject } from './grant-rules.ts';

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
    dangling: z
      .boolean()
      .openapi({ description: 'Whether gateway.yaml no longer has one of the roles: it gives nothing' }),
    dangling_roles: z.array(z.string()).openapi({ description: 'Those that it no longer has' }),
    created_at: z.iso.datetime(),
  })
  .openapi('Authorization');

export const removedAuthorization = z.object({ authorization: authorizationView, receipt: receiptSchema });
export const authorizationPage = pageOf(authorizationView);
export const authorizationQuery = z.strictObject({ ...pageQuery, user_id: id.optional() });

/** An authorization as it is answered. @param projects those of gateway.yaml */
export function presentAuthorization(
  authorization: Authorization,
  projects: readonly Project[],
): z.infer<typeof authorizationView> {
  const known = rolesOfProject(authorization.project, projects) ?? [];
  const dangling = authorization.roles.filter((role) => !known.includes(role));
  return {
    id: authorization.id,
    organization_id: authorization.organizationId,
    user_id: authorization.userId,
    project: authorization.project,
    roles: [...authorization.roles],
    dangling: dangling.length > 0,
    dangling_roles: dangling,
    created_at: new Date(authorization.createdAt).toISOString(),
  };
}
