import { z } from 'zod';

/** What the commands read of the admin API's answers. What else a newer server sends is kept for `--json`. */

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

export const organizationShape = z.looseObject({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  status: z.string(),
  created_at: z.string(),
});
export type OrganizationAnswer = z.infer<typeof organizationShape>;

export const userShape = z.looseObject({
  id: z.string(),
  kind: z.string(),
  username: z.string(),
  name: z.string(),
  email: z.string().nullish(),
  email_verified: z.boolean().optional(),
  status: z.string(),
  access_token_type: z.string().optional(),
  owner: z.string().nullish(),
  purpose: z.string().nullish(),
  review: z.looseObject({ reason: z.string(), since: z.string() }).nullish(),
  created_at: z.string(),
});
export type UserAnswer = z.infer<typeof userShape>;

export const authorizationShape = z.looseObject({
  id: z.string(),
  user_id: z.string(),
  project: z.string(),
  roles: z.array(z.string()),
  dangling_roles: z.array(z.string()).optional(),
  created_at: z.string(),
});
export type AuthorizationAnswer = z.infer<typeof authorizationShape>;

export const projectShape = z.looseObject({
  id: z.string(),
  name: z.string(),
  roles: z.array(z.looseObject({ id: z.string(), scopes: z.array(z.string()) })),
});

export const tokenShape = z.looseObject({
  id: z.string(),
  user_id: z.string(),
  username: z.string(),
  name: z.string(),
  purpose: z.string().nullish(),
  scopes: z.array(z.string()),
  state: z.string(),
  last_four: z.string(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  usable_until: z.string().nullish(),
  allowed_ips: z.array(z.string()).optional(),
  rotation: z
    .looseObject({
      old_last_four: z.string(),
      until: z.string(),
      old_calls: z.number(),
      old_last_used_at: z.string().nullable(),
    })
    .nullish(),
  last_used_at: z.string().nullish(),
  last_used_address: z.string().nullish(),
  last_used_route: z.string().nullish(),
});
export type TokenAnswer = z.infer<typeof tokenShape>;

export const usageShape = z.looseObject({
  hour: z.string(),
  token_id: z.string(),
  user_id: z.string(),
  route: z.string(),
  scopes: z.string(),
  allowed: z.number(),
  refused: z.number(),
});
export type UsageAnswer = z.infer<typeof usageShape>;

export const auditShape = z.looseObject({
  at: z.string(),
  organization_id: z.string(),
  seq: z.number(),
  action: z.string(),
  target: z.looseObject({ kind: z.string(), id: z.string(), name: z.string().nullable() }),
  user_id: z.string().nullable(),
  actor_id: z.string().nullable(),
  address: z.string().nullable(),
  via: z.string(),
  before: z.unknown(),
  after: z.unknown(),
});
export type AuditAnswer = z.infer<typeof auditShape>;

export const verificationShape = z.looseObject({
  ok: z.boolean(),
  organizations: z.array(
    z.looseObject({
      organization_id: z.string(),
      rows: z.number(),
      pruned_through: z.number(),
      seq: z.number(),
    }),
  ),
  faults: z.array(z.looseObject({ organization_id: z.string(), kind: z.string(), detail: z.string() })),
  fault_count: z.number(),
  heads_compared: z.number(),
});
export type VerificationAnswer = z.infer<typeof verificationShape>;

export const connectionShape = z.looseObject({
  id: z.string(),
  kind: z.string(),
  route: z.string().nullable(),
  method: z.string(),
  path: z.string(),
  remote_address: z.string(),
  since: z.string(),
  bytes_in: z.number(),
  bytes_out: z.number(),
});
export type ConnectionAnswer = z.infer<typeof connectionShape>;

export const nodeShape = z.looseObject({
  name: z.string(),
  address: z.string(),
  state: z.string(),
  renewed_at: z.string(),
  acknowledged: z.number(),
  version: z.string(),
  revision: z.string(),
});
export type NodeAnswer = z.infer<typeof nodeShape>;

export const keyShape = z.looseObject({
  id: z.string(),
  algorithm: z.string(),
  state: z.string(),
  signs_from: z.string(),
  gone_at: z.string().nullable(),
});
export type KeyAnswer = z.infer<typeof keyShape>;

export const webhookDeliveryShape = z.looseObject({
  event_id: z.string(),
  type: z.string(),
  target: z.string(),
  state: z.string(),
  attempts: z.number(),
  created_at: z.string(),
  next_attempt_at: z.string().nullable(),
  last_error: z.string().nullable(),
});
export type WebhookDeliveryAnswer = z.infer<typeof webhookDeliveryShape>;

export const receiptShape = z.looseObject({
  nodes_expected: z.number(),
  nodes_confirmed: z.number(),
  silent: z.array(z.string()),
  milliseconds: z.number(),
  bound_seconds: z.number(),
});
export type Receipt = z.infer<typeof receiptShape>;

/** What becomes of one token. */
export const changedTokenShape = z.looseObject({ token: tokenShape, receipt: receiptShape.optional() });

/** A page of a list. */
export function pageOf<Item>(item: z.ZodType<Item>) {
  return z.looseObject({ items: z.array(item), next_cursor: z.string().nullable() });
}

/** Epoch milliseconds of a date of the API (RFC 3339); undefined when it is none. */
export function readInstant(text: string): number | undefined {
  const read = instant.safeParse(text);
  return read.success ? read.data : undefined;
}

export const reloadShape = z.looseObject({
  node: z.string(),
  revision: z.string(),
  previous_revision: z.string(),
  changed: z.boolean(),
  needs_restart: z.array(z.string()),
  warnings: z.array(z.string()),
});
export type ReloadAnswer = z.infer<typeof reloadShape>;
