import { z } from '@hono/zod-openapi';
import { auditActions } from '../../core/audit.ts';
import type { AuditFault, AuditVerification, LinkedRow } from '../../core/audit-record.ts';
import { id, instant, organizationReference } from '../http/fields.ts';
import { pageOf, pageQuery } from '../http/paging.ts';

const anyJson = z
  .unknown()
  .openapi({ description: 'What the change was about; of a change what differs. Never a secret' });

const auditView = z
  .object({
    id: z.string(),
    organization_id: z.string().openapi({ description: '`platform` for what belongs to no organisation' }),
    seq: z.int().openapi({ description: "Its place in the organisation's log, from 1" }),
    at: z.string().openapi({ format: 'date-time' }),
    action: z.string(),
    target: z.object({ kind: z.string(), id: z.string(), name: z.string().nullable() }),
    user_id: z
      .string()
      .nullable()
      .openapi({ description: 'In whose name it was done; null for the gateway and commands' }),
    actor_id: z.string().nullable().openapi({ description: 'Who really acted, where that is another one' }),
    token_id: z.string().nullable(),
    author_organization_id: z.string().nullable(),
    address: z.string().nullable(),
    request_id: z.string().nullable(),
    via: z.string().openapi({ description: 'api, proxy, command or system' }),
    before: anyJson,
    after: anyJson,
    reason: z.string().nullable(),
    link: z.string().openapi({ description: 'HMAC over the link of the row before and everything in this one' }),
  })
  .openapi('AuditEntry');

export const auditPage = pageOf(auditView);

const filter = {
  organization: organizationReference.optional(),
  actor: id.optional().openapi({ description: 'Who really acted: the id of a user' }),
  target: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, 'is not the id of anything')
    .optional()
    .openapi({ description: 'What was changed: an id' }),
  action: z.enum(auditActions).optional(),
  request_id: z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'is not a request id')
    .optional(),
  since: instant.optional().openapi({ description: 'From this instant' }),
  until: instant.optional().openapi({ description: 'Before this instant' }),
};

export const auditQuery = z.strictObject({ ...filter, ...pageQuery });
export const exportQuery = z.strictObject(filter);
export type FilterQuery = z.output<typeof exportQuery>;

const head = z.strictObject({
  organization_id: z.string().regex(/^(?:[a-z]{3}_[0-9a-z]{1,60}|platform)$/, 'is not the id of an organisation'),
  seq: z.int().min(1),
  link: z.string().min(1).max(100),
});

export const verifyInput = z
  .strictObject({
    organization: organizationReference.optional(),
    heads: z
      .array(head)
      .max(5000)
      .optional()
      .openapi({ description: "Ends of logs that somebody has kept, from an export or the program's log" }),
    export: z
      .strictObject({
        rows: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hexadecimal'),
        hmac: z.string().min(1).max(100),
      })
      .optional()
      .openapi({ description: 'The last line of an export, with the SHA-256 of the lines before it' }),
  })
  .openapi('AuditVerifyRequest');

const faultView = z.object({
  organization_id: z.string(),
  kind: z
    .enum(['altered', 'removed', 'inserted', 'cut_off', 'rewritten', 'head', 'alarm', 'export'])
    .openapi({ description: '`altered` also where a row was put in or another secret key was used' }),
  seq: z.int(),
  through_seq: z.int(),
  detail: z.string(),
});

export const verificationView = z
  .object({
    ok: z.boolean(),
    organizations: z.array(
      z.object({
        organization_id: z.string(),
        rows: z.int(),
        pruned_through: z.int().openapi({ description: 'The last row that the retention has taken; 0 when none' }),
        seq: z.int().openapi({ description: 'How many rows have ever been written' }),
        link: z.string(),
      }),
    ),
    faults: z.array(faultView).openapi({ description: 'At most 100' }),
    fault_count: z.int(),
    heads_compared: z.int(),
  })
  .openapi('AuditVerification');

/** A row as the API and exports tell it. */
export function presentEntry(row: LinkedRow): z.infer<typeof auditView> {
  return {
    id: row.id,
    organization_id: row.organizationId,
    seq: row.seq,
    // Somebody who writes to the table could put an instant there that no calendar has.
    at: Number.isNaN(row.atMs) ? 'invalid' : new Date(row.atMs).toISOString(),
    action: row.action,
    target: { kind: row.targetKind, id: row.targetId, name: row.targetName },
    user_id: row.userId,
    actor_id: row.actorId,
    token_id: row.tokenId,
    author_organization_id: row.authorOrganizationId,
    address: row.address,
    request_id: row.requestId,
    via: row.via,
    before: jsonOf(row.before),
    after: jsonOf(row.after),
    reason: row.reason,
    link: row.link,
  };
}

function jsonOf(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

export function presentVerification(found: AuditVerification): z.infer<typeof verificationView> {
  return {
    ok: found.faultCount === 0,
    organizations: found.chains.map(({ organizationId, rows, prunedThrough, head: { seq, link } }) => ({
      organization_id: organizationId,
      rows,
      pruned_through: prunedThrough,
      seq,
      link,
    })),
    faults: found.faults.map(presentFault),
    fault_count: found.faultCount,
    heads_compared: found.headsCompared,
  };
}

function presentFault({ organizationId, kind, seq, throughSeq, detail }: AuditFault): z.infer<typeof faultView> {
  return { organization_id: organizationId, kind, seq, through_seq: throughSeq, detail };
}
