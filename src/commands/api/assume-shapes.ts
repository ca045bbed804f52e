import { z } from 'zod';

const personShape = z.looseObject({ id: z.string(), username: z.string() });

export const assumeTokenShape = z.looseObject({
  id: z.string(),
  subject: personShape,
  issued_by: personShape,
  validity: z.string(),
  discouraged: z.boolean(),
  state: z.string(),
  scopes: z.array(z.string()),
  allowed_actors: z.array(z.string()),
  read_only: z.boolean(),
  reason: z.string().nullable(),
  last_four: z.string(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
});
export type AssumeTokenAnswer = z.infer<typeof assumeTokenShape>;

export const assumeSessionShape = z.looseObject({
  id: z.string(),
  assume_token_id: z.string(),
  subject: personShape,
  actor: personShape.extend({ organization: z.string() }),
  organization: z.string(),
  scopes: z.array(z.string()),
  read_only: z.boolean(),
  reason: z.string().nullable(),
  address: z.string().nullable(),
  state: z.string(),
  end_reason: z.string().nullable(),
  started_at: z.string(),
  expires_at: z.string(),
  ended_at: z.string().nullable(),
});
export type AssumeSessionAnswer = z.infer<typeof assumeSessionShape>;

export const assumeReportShape = z.looseObject({
  session: assumeSessionShape,
  is_final: z.boolean(),
  calls: z.number(),
  refused: z.number(),
  first_at: z.string().nullable(),
  last_at: z.string().nullable(),
  routes: z.array(
    z.looseObject({
      route: z.string(),
      method: z.string(),
      allowed: z.number(),
      refused: z.number(),
      codes: z.record(z.string(), z.number()),
      first_at: z.string(),
      last_at: z.string(),
    }),
  ),
  addresses: z.array(
    z.looseObject({ address: z.string(), calls: z.number(), first_at: z.string(), last_at: z.string() }),
  ),
});
export type AssumeReportAnswer = z.infer<typeof assumeReportShape>;
