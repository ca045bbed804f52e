import { z } from '@hono/zod-openapi';
import type { Organization } from '../../core/directory.ts';
import { displayText, slug } from '../http/fields.ts';
import { pageOf, pageQuery } from '../http/paging.ts';
import { receiptSchema } from '../receipt.ts';

const name = displayText(200);
const status = z.enum(['active', 'suspended']);

export const newOrganization = z.strictObject({ slug, name }).openapi('NewOrganization');

export const organizationChange = z
  .strictObject({ name: name.optional(), status: status.optional() })
  .refine((change) => Object.keys(change).length > 0, 'must change the name or the status')
  .openapi('OrganizationChange');

export const organizationView = z
  .object({ id: z.string(), slug: z.string(), name: z.string(), status, created_at: z.iso.datetime() })
  .openapi('Organization');

export const changedOrganization = z.object({ organization: organizationView, receipt: receiptSchema });
export const organizationPage = pageOf(organizationView);
export const organizationQuery = z.strictObject(pageQuery);

/** An organisation as it is answered. */
export function presentOrganization(organization: Organization): z.infer<typeof organizationView> {
  const { id, slug: organizationSlug, name: organizationName, status: organizationStatus, createdAt } = organization;
  return {
    id,
    slug: organizationSlug,
    name: organizationName,
    status: organizationStatus,
    created_at: new Date(createdAt).toISOString(),
  };
}
