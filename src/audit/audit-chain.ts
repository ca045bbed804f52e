import { createHmac, timingSafeEqual } from 'node:crypto';
import type { AuditRow, ChainHead } from '../core/audit-record.ts';

/** The link before the first row. */
export const noLink = '';

/** Signs and judges what the audit log holds, with the key of purpose `audit`. Every text has its own form. */
export class AuditChain {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** The link of a row behind another one. */
  link(previous: string, row: AuditRow): string {
    return this.#sign(['row', 1, previous, ...signedFields(row)]);
  }

  isLink(link: string, previous: string, row: AuditRow): boolean {
    return isSame(link, this.link(previous, row));
  }

  seal({ organizationId, seq, link }: ChainHead): string {
    return this.#sign(['head', 1, organizationId, seq, link]);
  }

  isSeal(seal: string, head: ChainHead): boolean {
    return isSame(seal, this.seal(head));
  }

  /** @param sha256 of the lines of an export, in hex */
  sealExport(rows: number, sha256: string): string {
    return this.#sign(['export', 1, rows, sha256]);
  }

  isExportSeal(seal: string, rows: number, sha256: string): boolean {
    return isSame(seal, this.sealExport(rows, sha256));
  }

  #sign(fields: readonly (string | number | null)[]): string {
    return createHmac('sha256', this.#key).update(JSON.stringify(fields)).digest('base64url');
  }
}

/** In an order that is never changed; a new field makes a new version. */
function signedFields(row: AuditRow): readonly (string | number | null)[] {
  return [
    row.organizationId,
    row.seq,
    row.id,
    row.atMs,
    row.action,
    row.targetKind,
    row.targetId,
    row.targetName,
    row.userId,
    row.actorId,
    row.tokenId,
    row.authorOrganizationId,
    row.address,
    row.requestId,
    row.via,
    row.before,
    row.after,
    row.reason,
  ];
}

function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
