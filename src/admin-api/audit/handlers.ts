import type { RouteHandler, z } from '@hono/zod-openapi';
import type { TypedResponse } from 'hono';
import type { AuditFault, AuditVerification, ChainHead } from '../../core/audit-record.ts';
import { isPlatformCaller, type Caller } from '../caller.ts';
import type { AdminApp, AdminEnv, AdminStores } from '../context.ts';
import { pageRequest, presentPage } from '../http/paging.ts';
import { refuse, type Refusal } from '../http/problem-response.ts';
import { exportAuditCall, listAuditCall, verifyAuditCall } from './calls.ts';
import { exportLines } from './export.ts';
import { presentEntry, presentVerification, type verifyInput } from './schema.ts';
import { auditedOrganizations, auditFilter } from './scope.ts';

export function addAuditCalls(app: AdminApp): void {
  app.openapi(listAuditCall, list);
  app.openapi(verifyAuditCall, verifyOneAtATime());
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

/**
 * A check reads the whole log and takes the CPU that the data plane needs, and goes on when its caller hangs up. So an
 * organisation has one at a time on a node.
 */
function verifyOneAtATime(): RouteHandler<typeof verifyAuditCall, AdminEnv> {
  const underWay = new Set<string>();
  return async (c) => {
    const { caller, stores } = c.var;
    const input = c.req.valid('json');
    const whose = await auditedOrganizations(input.organization, caller, stores);
    if (whose.kind === 'refused') return refuse(c, whose.problem);
    const { id } = caller.subject.organization;
    if (underWay.has(id)) return refuse(c, oneAtATime);
    underWay.add(id);
    try {
      return c.json(presentVerification(await verify(input, whose.item, { caller, stores })), 200);
    } finally {
      underWay.delete(id);
    }
  };
}

async function verify(
  { heads = [], export: exported }: z.output<typeof verifyInput>,
  whose: readonly string[] | undefined,
  { caller, stores }: { readonly caller: Caller; readonly stores: AdminStores },
): Promise<AuditVerification> {
  const given = heads.map(({ organization_id: organizationId, seq, link }): ChainHead => ({
    organizationId,
    seq,
    link,
  }));
  // Heads of organisations that nobody knows of tell a platform admin that a whole log is gone.
  const against = isPlatformCaller(caller) ? given : given.filter((head) => whose?.includes(head.organizationId));
  const found = await stores.audit.verify(whose, against);
  const isGenuine = exported === undefined || stores.audit.isExportSeal(exported.hmac, exported.rows, exported.sha256);
  return isGenuine ? found : withFault(found, exportFault(exported.rows));
}

const oneAtATime: Refusal<'rate_limited'> = {
  code: 'rate_limited',
  detail: 'Your organisation is checking an audit log on this node already; try again when that is done.',
  retryAfterSeconds: 5,
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
