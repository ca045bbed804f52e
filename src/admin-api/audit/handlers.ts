import type { RouteHandler } from '@hono/zod-openapi';
import type { TypedResponse } from 'hono';
import type { AuditFault, AuditVerification, ChainHead } from '../../core/audit-record.ts';
import { isPlatformCaller } from '../caller.ts';
import type { AdminApp, AdminEnv } from '../context.ts';
import { pageRequest, presentPage } from '../http/paging.ts';
import { refuse } from '../http/problem-response.ts';
import { exportAuditCall, listAuditCall, verifyAuditCall } from './calls.ts';
import { exportLines } from './export.ts';
import { presentEntry, presentVerification } from './schema.ts';
import { auditedOrganizations, auditFilter } from './scope.ts';

export function addAuditCalls(app: AdminApp): void {
  app.openapi(listAuditCall, list);
  app.openapi(verifyAuditCall, verify);
  app.openapi(exportAuditCall, exportAll);
}

const list: RouteHandler<typeof listAuditCall, AdminEnv> = async (c) => {
  const { caller, stores } = c.var;
  const { limit, cursor, ...query } = c.req.valid('query');
  const filter = await auditFilter(query, caller, stores);
  if (filter.kind === 'refused') return refuse(c, filter.problem);
  const page = await stores.audit.list(filter.item, pageRequest({ limit, cursor }));
  return c.json(presentPage(page, presentEntry), 200);
};

const verify: RouteHandler<typeof verifyAuditCall, AdminEnv> = async (c) => {
  const { caller, stores } = c.var;
  const { organization, heads = [], export: exported } = c.req.valid('json');
  const whose = await auditedOrganizations(organization, caller, stores);
  if (whose.kind === 'refused') return refuse(c, whose.problem);
  const given = heads.map(({ organization_id: organizationId, seq, link }): ChainHead => ({
    organizationId,
    seq,
    link,
  }));
  // Heads of organisations that nobody knows of tell a platform admin that a whole log is gone.
  const against = isPlatformCaller(caller) ? given : given.filter((head) => whose.item?.includes(head.organizationId));
  const found = await stores.audit.verify(whose.item, against);
  const isGenuine = exported === undefined || stores.audit.isExportSeal(exported.hmac, exported.rows, exported.sha256);
  return c.json(presentVerification(isGenuine ? found : withFault(found, exportFault(exported?.rows ?? 0))), 200);
};

function exportFault(rows: number): AuditFault {
  const detail = 'The file is not as it was exported: its HMAC does not fit, or another secret key was in use.';
  return { organizationId: '', kind: 'export', seq: 0, throughSeq: rows, detail };
}

function withFault(found: AuditVerification, fault: AuditFault): AuditVerification {
  return { ...found, faults: [fault, ...found.faults], faultCount: found.faultCount + 1 };
}

const exportAll: RouteHandler<typeof exportAuditCall, AdminEnv> = async (c) => {
  const { caller, stores } = c.var;
  const filter = await auditFilter(c.req.valid('query'), caller, stores);
  if (filter.kind === 'refused') return refuse(c, filter.problem);
  const lines = streamOf(exportLines(stores.audit, filter.item));
  const response = new Response(lines.pipeThrough(new TextEncoderStream()), {
    headers: { 'content-type': 'application/jsonl' },
  });
  return response as Response & TypedResponse<string, 200, 'json'>;
};

/** A failure breaks the answer off, so that what came cannot pass for the whole. */
function streamOf(lines: AsyncGenerator<string>): ReadableStream<string> {
  return new ReadableStream({
    async pull(controller) {
      const next = await lines.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await lines.return(undefined);
    },
  });
}
