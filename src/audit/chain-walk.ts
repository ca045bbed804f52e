import type { AuditFault, AuditFaultKind, ChainHead, LinkedRow } from '../core/audit-record.ts';
import type { AuditChain } from './audit-chain.ts';

/** Walks along the rows of one chain in their order, and says what is wrong with them. */
export class ChainWalk {
  readonly #chain: AuditChain;
  readonly #organizationId: string;
  readonly #claims: ReadonlyMap<number, string>;
  readonly #report: (fault: AuditFault) => void;
  #seq: number;
  /** Undefined behind a row that is missing: then nothing says what its link was. */
  #link: string | undefined;
  #rows = 0;

  /**
   * @param start where pruning has left the chain
   * @param claims links that another record has, by sequence
   */
  constructor(
    chain: AuditChain,
    start: ChainHead,
    claims: ReadonlyMap<number, string>,
    report: (fault: AuditFault) => void,
  ) {
    this.#chain = chain;
    this.#organizationId = start.organizationId;
    this.#claims = claims;
    this.#report = report;
    this.#seq = start.seq;
    this.#link = start.link;
  }

  /** The last row that was taken. */
  get seq(): number {
    return this.#seq;
  }

  get rows(): number {
    return this.#rows;
  }

  take(row: LinkedRow): void {
    this.#rows++;
    if (row.seq > this.#seq + 1) {
      this.#fault('removed', this.#seq + 1, row.seq - 1);
      this.#link = undefined;
    }
    if (this.#link !== undefined && !this.#chain.isLink(row.link, this.#link, row)) this.#fault('altered', row.seq);
    else if (row.action === 'audit.alarm') this.#fault('alarm', row.seq);
    const claimed = this.#claims.get(row.seq);
    if (claimed !== undefined && claimed !== row.link) this.#fault('rewritten', row.seq);
    this.#seq = row.seq;
    this.#link = row.link;
  }

  /** Judges the end. @param head as the database has it, and whether its seal is right */
  end(head: ChainHead, isSealed: boolean): void {
    if (!isSealed) this.#fault('head', head.seq);
    if (this.#seq < head.seq) this.#fault('cut_off', this.#seq + 1, head.seq);
    else if (isSealed && this.#seq === head.seq && this.#link !== head.link) this.#fault('head', head.seq);
    const claimed = Math.max(0, ...this.#claims.keys());
    if (claimed > Math.max(this.#seq, head.seq)) this.#fault('cut_off', Math.max(this.#seq, head.seq) + 1, claimed);
  }

  #fault(kind: AuditFaultKind, seq: number, throughSeq = seq): void {
    this.#report(auditFault(this.#organizationId, kind, { seq, throughSeq }));
  }
}

/** A fault with the sentence that explains it. */
export function auditFault(
  organizationId: string,
  kind: AuditFaultKind,
  { seq, throughSeq }: { seq: number; throughSeq: number },
): AuditFault {
  const rows = seq === throughSeq ? `Row ${seq}` : `Rows ${seq} to ${throughSeq}`;
  return { organizationId, kind, seq, throughSeq, detail: `${rows} ${explanations[kind]}` };
}

const explanations: Readonly<Record<AuditFaultKind, string>> = {
  altered: 'does not carry the right link: it was altered or put in, or was written under another secret key.',
  removed: 'cannot be found, and no checkpoint of the retention tells of it.',
  inserted: 'stands where the gateway has written nothing.',
  cut_off: 'was written and is no longer there.',
  rewritten: 'is another one than the file tells of: the log was written anew up to there.',
  head: 'is where the log should end, but its end does not carry the right seal.',
  alarm: 'tells that the end of the log was not as the gateway had left it, or that the secret key was changed.',
  export: 'of the file are not as they were exported.',
};
