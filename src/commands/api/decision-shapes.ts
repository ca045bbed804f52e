import { z } from 'zod';

export const configurationShape = z.looseObject({ node: z.string(), revision: z.string(), text: z.string() });

const userShape = z.looseObject({
  id: z.string(),
  username: z.string(),
  kind: z.enum(['human', 'service']),
  organization_id: z.string(),
  organization: z.string(),
  roles: z.array(z.string()),
});
export type DecisionUserAnswer = z.infer<typeof userShape>;

const pastDecisionShape = z.looseObject({
  method: z.string(),
  host: z.string(),
  path: z.string(),
  route: z.string().nullable(),
  outcome: z.string(),
  requests: z.number(),
  last_hour: z.string(),
  token: z
    .looseObject({
      id: z.string(),
      name: z.string(),
      scopes: z.array(z.string()),
      issued_at: z.string(),
      owner: userShape,
      assumption: z.looseObject({ actor: userShape, issuer: userShape, read_only: z.boolean() }).nullable(),
    })
    .nullable(),
});
export type PastDecisionAnswer = z.infer<typeof pastDecisionShape>;

export const decisionPageShape = z.looseObject({
  items: z.array(pastDecisionShape),
  next_cursor: z.string().nullable(),
  covered_from: z.string().nullable(),
});
