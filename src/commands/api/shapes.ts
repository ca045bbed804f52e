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
  status: z.string(),
  access_token_type: z.string().optional(),
  owner: z.string().nullish(),
  purpose: z.string().nullish(),
  created_at: z.string(),
});
export type UserAnswer = z.infer<typeof userShape>;

export const authorizationShape = z.looseObject({
  id: z.string(),
  user_id: z.string(),
  project: z.string(),
  roles: z.array(z.string()),
  created_at: z.string(),
});
export type AuthorizationAnswer = z.infer<typeof authorizationShape>;

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
});
export type TokenAnswer = z.infer<typeof tokenShape>;

export const receiptShape = z.looseObject({
  nodes_expected: z.number(),
  nodes_confirmed: z.number(),
  silent: z.array(z.string()),
  milliseconds: z.number(),
  bound_seconds: z.number(),
});
export type Receipt = z.infer<typeof receiptShape>;

/** A page of a list. */
export function pageOf<Item>(item: z.ZodType<Item>) {
  return z.looseObject({ items: z.array(item), next_cursor: z.string().nullable() });
}

/** Epoch milliseconds of a date of the API (RFC 3339); undefined when it is none. */
export function readInstant(text: string): number | undefined {
  const read = instant.safeParse(text);
  return read.success ? read.data : undefined;
}
