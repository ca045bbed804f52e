import type { AuditFilter, AuditVerification, ChainHead, LinkedRow } from '../../core/audit-record.ts';
import type { Page } from '../../core/directory.ts';
import type { PageRequest } from './changes.ts';

/** The audit log, newest first where it is listed. */
export interface AuditLog {
  list(filter: AuditFilter, page: PageRequest): Promise<Page<LinkedRow>>;
  /** Every row, organisation by organisation in the order of the chain. */
  batches(filter: AuditFilter): AsyncIterable<readonly LinkedRow[]>;
  /** @param organizationIds whose logs; undefined: all. @param against ends of chains that somebody has kept */
  verify(organizationIds: readonly string[] | undefined, against: readonly ChainHead[]): Promise<AuditVerification>;
  /** Signs an export. @param sha256 of its lines, in hex */
  sealExport(rows: number, sha256: string): string;
  isExportSeal(seal: string, rows: number, sha256: string): boolean;
}

/** Counts refusals, which strangers can cause as often as they like, so that each minute has one audit row a kind. */
export interface RefusalNotes {
  note(refusal: Refused): void;
}

export interface Refused {
  readonly code: string;
  /** Undefined while nobody knows who calls. */
  readonly organizationId: string | undefined;
  readonly tokenId: string | undefined;
  readonly address: string;
  /** Where the call was made as an assumed user. */
  readonly assumed?: AssumedBy | undefined;
}

/** Who acts as whom, and by which assume-user token. */
export interface AssumedBy {
  readonly subjectId: string;
  readonly actorId: string;
  readonly assumeTokenId: string;
}
