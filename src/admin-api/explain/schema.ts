import { z } from '@hono/zod-openapi';
import { isIP } from 'node:net';

const methodRule = 'must be a method in upper case, such as GET';
const pathRule = 'must begin with a slash';

/** A request that nobody sent and as whom it is asked about, or one that was made. */
export const explainInput = z
  .strictObject({
    request_id: z
      .string()
      .regex(/^[A-Za-z0-9._:/+=-]{1,128}$/, 'is not a request id')
      .optional()
      .openapi({
        description: 'A request that was made lately, as answers and logs name it; excludes the other fields',
      }),
    method: z
      .string()
      .max(32)
      .regex(/^[A-Z][A-Z-]*$/, methodRule)
      .optional()
      .openapi({ description: 'Needed without `request_id`, as `path` is' }),
    path: z
      .string()
      .max(16_384)
      .startsWith('/', pathRule)
      .optional()
      .openapi({ description: 'With the query, if there is one' }),
    host: z.string().min(1).max(300).optional().openapi({ description: 'The Host header; `localhost` unless told' }),
    from: z
      .string()
      .refine((text) => isIP(text) !== 0, 'must be an IP address')
      .optional()
      .openapi({ description: "The client's address; 127.0.0.1 unless told" }),
    token: z
      .string()
      .regex(/^[\x21-\x7e]{1,512}$/, 'must be one word of printable characters')
      .optional()
      .openapi({ description: 'A token to send with it; it is neither stored nor told back' }),
    user_id: z
      .string()
      .regex(/^usr_[0-9A-Za-z_-]{1,60}$/, 'is not the id of a user')
      .optional()
      .openapi({ description: 'A user to ask as, with a token that does not exist' }),
    scopes: z
      .array(z.string().max(128))
      .max(1000)
      .optional()
      .openapi({ description: 'The scopes of that token; without `user_id`, of a user who does not exist' }),
    kind: z.enum(['human', 'service']).optional().openapi({ description: 'What that user is, if it does not exist' }),
    organization: z
      .string()
      .regex(/^[a-z0-9][A-Za-z0-9._-]{0,63}$/, "must be an organisation's id or slug")
      .optional()
      .openapi({ description: 'Where that user is, if it does not exist' }),
  })
  .openapi('ExplainRequest');

const step = z.object({
  stage: z
    .string()
    .openapi({ description: 'path, match, auth, identity, access, headers, upstream, assertion, answer' }),
  text: z.string(),
  lines: z.array(z.string()).openapi({ description: 'What there is to say besides' }),
  decides: z.boolean().openapi({ description: 'Whether this step settled the decision' }),
});

export const explanationView = z
  .object({
    decision: z.enum(['allow', 'deny']),
    request: z.object({
      method: z.string(),
      path: z.string(),
      host: z.string(),
      from: z.string().nullable(),
    }),
    status: z.int().nullable().openapi({ description: 'null: what the upstream answers' }),
    code: z.string().nullable(),
    detail: z.string().nullable(),
    missing_scopes: z.array(z.string()),
    route: z.object({ name: z.string(), line: z.int() }).nullable(),
    steps: z.array(step),
    fix: z.string().nullable().openapi({ description: 'What would let it pass, or the nearest thing to it' }),
    file: z.string(),
    revision: z.string(),
    past: z
      .object({
        request_id: z.string(),
        at: z.iso.datetime().openapi({ description: 'When its answer closed' }),
        node: z.string().openapi({ description: 'The node that made the decision' }),
        duration_ms: z.number(),
      })
      .optional()
      .openapi({ description: 'Of a request that was made' }),
  })
  .openapi('Explanation');
