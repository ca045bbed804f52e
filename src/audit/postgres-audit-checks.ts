import type { AuditFault, AuditVerification, ChainHead, CheckedChain } from '../core/audit-record.ts';
import type { Database } from '../db/client.ts';
import { integer, text } from '../lib/row.ts';
import { noLink, type AuditChain } from './audit-chain.ts';
import { linkedRowOf } from './audit-row.ts';
import { auditFault, ChainWalk } from './chain-walk.ts';

const rowsPerBatch = 1000;
const faultsMax = 100;
/** Retention may prune rows while they are walked along. */
const attemptsMax = 3;

/** Checks chains against the links of their rows, the seals of their ends, and heads that somebody has kept. */
export class PostgresAuditChecks {
  readonly #database: Database;
  readonly #chain: AuditChain;

  constructor(database: Database, chain: AuditChain) {
    this.#database = database;
    this.#chain = chain;
  }

  /** @param organizationIds whose logs; undefined: all */
  async verify(
    organizationIds: readonly string[] | undefined,
    against: readonly ChainHead[],
  ): Promise<AuditVerification> {
    const chains: CheckedChain[] = [];
    const faults: AuditFault[] = [];
    let [faultCount, headsCompared] = [0, 0];
    for (const organizationId of await this.#chainsOf(organizationIds, against)) {
      const claims = against.filter((head) => head.organizationId === organizationId);
      const found = await this.#check(organizationId, new Map(claims.map(({ seq, link }) => [seq, link])));
      chains.push(found.chain);
      faultCount += found.faults.length;
      headsCompared += claims.filter(({ seq }) => seq >= found.chain.prunedThrough).length;
      faults.push(...found.faults.slice(0, faultsMax - faults.length));
    }
    return { chains, faults, faultCount, headsCompared };
  }

  async #chainsOf(wanted: readonly string[] | undefined, against: readonly ChainHead[]): Promise<readonly string[]> {
    if (wanted !== undefined) return wanted;
    const rows = await this.#database.query(
      (sql) => sql`SELECT organization_id FROM audit_heads UNION SELECT organization_id FROM audit_log`,
    );
    const known = rows.map((row) => text(row, 'organization_id'));
    return [...new Set([...known, ...against.map(({ organizationId }) => organizationId)])].toSorted();
  }

  async #check(organizationId: string, claims: ReadonlyMap<number, string>): Promise<CheckedOnce> {
    for (let attempt = 1; ; attempt++) {
      const start = await this.#start(organizationId);
      const found = await this.#checkFrom(start, claims);
      const isSteady = (await this.#start(organizationId)).seq === start.seq;
      if (found.faults.length === 0 || isSteady || attempt === attemptsMax) return found;
    }
  }

  async #checkFrom(start: ChainHead, claims: ReadonlyMap<number, string>): Promise<CheckedOnce> {
    const { organizationId } = start;
    const faults: AuditFault[] = [];
    const report = (fault: AuditFault): number => faults.push(fault);
    const end = await this.#end(organizationId);
    if (end.firstSeq !== 0 && end.firstSeq <= start.seq) {
      report(auditFault(organizationId, 'inserted', { seq: end.firstSeq, throughSeq: start.seq }));
    }
    const walk = new ChainWalk(this.#chain, start, claims, report);
    if (claims.has(start.seq) && claims.get(start.seq) !== start.link) {
      report(auditFault(organizationId, 'rewritten', { seq: start.seq, throughSeq: start.seq }));
    }
    await this.#walk(walk, organizationId, end.head.seq);
    walk.end(end.head, end.isSealed);
    if (end.lastSeq > end.head.seq) {
      report(auditFault(organizationId, 'inserted', { seq: end.head.seq + 1, throughSeq: end.lastSeq }));
    }
    return { faults, chain: { organizationId, rows: walk.rows, prunedThrough: start.seq, head: end.head } };
  }

  async #walk(walk: ChainWalk, organizationId: string, throughSeq: number): Promise<void> {
    for (let goesOn = true; goesOn;) {
      const rows = await this.#database.query(
        (sql) => sql`
          SELECT *, seq::float8 AS seq FROM audit_log
          WHERE organization_id = ${organizationId} AND audit_log.seq > ${walk.seq} AND audit_log.seq <= ${throughSeq}
          ORDER BY audit_log.seq LIMIT ${rowsPerBatch}`,
      );
      for (const row of rows) walk.take(linkedRowOf(row));
      goesOn = rows.length === rowsPerBatch;
    }
  }

  /** Where the last checkpoint has left the chain. That the checkpoint is genuine shows when it is walked over. */
  #start(organizationId: string): Promise<ChainHead> {
    return this.#database.query(async (sql) => {
      const [row] = await sql`
        SELECT after FROM audit_log
        WHERE organization_id = ${organizationId} AND action = 'audit.checkpoint' ORDER BY seq DESC LIMIT 1`;
      return { organizationId, ...(row === undefined ? { seq: 0, link: noLink } : readCheckpoint(row['after'])) };
    });
  }

  /** In one statement, so that the rows and the end are of one instant. */
  #end(organizationId: string): Promise<ChainEnd> {
    return this.#database.query(async (sql) => {
      const [row = {}] = await sql`
        SELECT
          coalesce(h.seq, 0)::float8 AS seq, coalesce(h.link, '') AS link, coalesce(h.seal, '') AS seal,
          coalesce((SELECT min(seq) FROM audit_log WHERE organization_id = asked.id), 0)::float8 AS first_seq,
          coalesce((SELECT max(seq) FROM audit_log WHERE organization_id = asked.id), 0)::float8 AS last_seq
        FROM (SELECT ${organizationId}::text COLLATE "C" AS id) AS asked
        LEFT JOIN audit_heads h ON h.organization_id = asked.id`;
      const [firstSeq, lastSeq] = [integer(row, 'first_seq'), integer(row, 'last_seq')];
      const head = { organizationId, seq: integer(row, 'seq'), link: text(row, 'link') };
      const isUntouched = head.seq === 0 && text(row, 'seal') === '' && lastSeq === 0;
      return { head, firstSeq, lastSeq, isSealed: isUntouched || this.#chain.isSeal(text(row, 'seal'), head) };
    });
  }
}

interface CheckedOnce {
  readonly chain: CheckedChain;
  readonly faults: readonly AuditFault[];
}

interface ChainEnd {
  readonly head: ChainHead;
  readonly isSealed: boolean;
  /** The rows that are there; 0 when there are none. */
  readonly firstSeq: number;
  readonly lastSeq: number;
}

function readCheckpoint(after: unknown): { seq: number; link: string } {
  let checkpoint: unknown;
  try {
    checkpoint = JSON.parse(String(after));
  } catch {
    return { seq: 0, link: noLink };
  }
  if (typeof checkpoint !== 'object' || checkpoint === null) return { seq: 0, link: noLink };
  const { pruned_through: seq, link } = checkpoint as Readonly<Record<string, unknown>>;
  return Number.isSafeInteger(seq) && typeof link === 'string' ? { seq: Number(seq), link } : { seq: 0, link: noLink };
}
