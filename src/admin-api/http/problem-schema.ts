import { z } from '@hono/zod-openapi';
import { problemCatalogue, type ProblemCode } from '../../core/problem.ts';

const codes = Object.keys(problemCatalogue) as [ProblemCode, ...ProblemCode[]];

/** The body of every error (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().optional(),
    code: z.enum(codes),
    request_id: z.string(),
    missing_scopes: z.array(z.string()).optional(),
    expires_at: z.iso.datetime().optional(),
    errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
    existing_id: z.string().optional(),
  })
  .openapi('Problem');

export type ProblemBody = z.infer<typeof problemSchema>;
