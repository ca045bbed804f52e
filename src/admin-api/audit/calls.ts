import { createRoute, z } from '@hono/zod-openapi';
import { needs } from '../guard.ts';
import {
  answer,
  body,
  bodyRefusals,
  findRefusals,
  noQuery,
  refusal404,
  refusal429,
  refusals,
  security,
} from '../http/documentation.ts';
import { jsonBody } from '../http/json-body.ts';
import { auditPage, auditQuery, exportQuery, verificationView, verifyInput } from './schema.ts';

const tags = ['Audit log'];
const whose = "Needs `wayleave:audit:read`. The caller's own organisation; any for the platform's admins.";

export const listAuditCall = createRoute({
  method: 'get',
  path: '/api/v1/audit',
  tags,
  security,
  summary: 'List what was changed, by whom and from where',
  description: `${whose} Newest first.`,
  middleware: [needs('wayleave:audit:read')] as const,
  request: { query: auditQuery },
  responses: { 200: answer('A page of the audit log', auditPage), ...findRefusals },
});

export const verifyAuditCall = createRoute({
  method: 'post',
  path: '/api/v1/audit/verify',
  tags,
  security,
  summary: 'Check the audit log for rows that were altered, removed, put in or cut off',
  description:
    `${whose} What was cut off together with its head shows only against a head that was kept elsewhere. An organisation ` +
    'makes one check at a time.',
  middleware: [needs('wayleave:audit:read'), jsonBody] as const,
  request: { query: noQuery, body: body(verifyInput) },
  responses: {
    200: answer('What was found', verificationView),
    ...refusals,
    ...bodyRefusals,
    ...refusal404,
    ...refusal429,
  },
});

export const exportAuditCall = createRoute({
  method: 'get',
  path: '/api/v1/audit/export',
  tags,
  security,
  summary: 'Export the audit log as JSON Lines',
  description: `${whose} A row a line, in the order of the log; the last line holds an HMAC over those before it, and without it the export is not complete.`,
  middleware: [needs('wayleave:audit:read')] as const,
  request: { query: exportQuery },
  responses: {
    200: { description: 'The rows', content: { 'application/jsonl': { schema: z.string() } } },
    ...findRefusals,
  },
});
