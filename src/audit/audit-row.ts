import type { AuditEvent, Author } from '../core/audit.ts';
import type { AuditRow, LinkedRow } from '../core/audit-record.ts';
import { maskTokens } from '../core/token-mask.ts';
import { instant, integer, text, textOrNull, type Row } from '../lib/row.ts';
import { boundedJson } from './bounded-json.ts';

interface Place {
  readonly seq: number;
  readonly id: string;
  readonly atMs: number;
}

/** The row that tells of an event, in texts that the database gives back as they were. */
export function auditRow(event: AuditEvent, author: Author, place: Place): AuditRow {
  const { target } = event;
  return {
    organizationId: event.organizationId,
    ...place,
    action: event.action,
    targetKind: target.kind,
    targetId: storable(target.id),
    targetName: orNull(target.name),
    userId: author.userId,
    actorId: author.actorId,
    tokenId: author.tokenId,
    authorOrganizationId: author.organizationId,
    address: orNull(author.address),
    requestId: orNull(author.requestId),
    via: author.via,
    before: event.before === null ? null : boundedJson(event.before),
    after: event.after === null ? null : boundedJson(event.after),
    reason: orNull(event.reason ?? null),
  };
}

const textLengthMax = 1000;

function orNull(value: string | null): string | null {
  return value === null ? null : storable(value);
}

/** Postgres has no NUL, and UTF-8 no half of a surrogate pair. Tokens that somebody has put into a name go. */
function storable(value: string): string {
  const wellFormed = Buffer.from(maskTokens(value.slice(0, textLengthMax))).toString();
  return wellFormed.replaceAll('\0', '\u{fffd}');
}

/** The names of the columns in the table `audit_log`. */
export function columnsOf(row: LinkedRow): Readonly<Record<string, string | number | Date | null>> {
  return {
    organization_id: row.organizationId,
    seq: row.seq,
    id: row.id,
    at: new Date(row.atMs),
    action: row.action,
    target_kind: row.targetKind,
    target_id: row.targetId,
    target_name: row.targetName,
    user_id: row.userId,
    actor_id: row.actorId,
    token_id: row.tokenId,
    author_organization_id: row.authorOrganizationId,
    address: row.address,
    request_id: row.requestId,
    via: row.via,
    before: row.before,
    after: row.after,
    reason: row.reason,
    link: row.link,
  };
}

/** Reads a row of the table `audit_log`, whose `seq` was asked for as float8, whatever somebody has made of it. */
export function linkedRowOf(row: Row): LinkedRow {
  return {
    organizationId: text(row, 'organization_id'),
    seq: integer(row, 'seq'),
    id: text(row, 'id'),
    atMs: instant(row, 'at'),
    action: text(row, 'action'),
    targetKind: text(row, 'target_kind'),
    targetId: text(row, 'target_id'),
    targetName: textOrNull(row, 'target_name'),
    userId: textOrNull(row, 'user_id'),
    actorId: textOrNull(row, 'actor_id'),
    tokenId: textOrNull(row, 'token_id'),
    authorOrganizationId: textOrNull(row, 'author_organization_id'),
    address: textOrNull(row, 'address'),
    requestId: textOrNull(row, 'request_id'),
    via: text(row, 'via'),
    before: textOrNull(row, 'before'),
    after: textOrNull(row, 'after'),
    reason: textOrNull(row, 'reason'),
    link: text(row, 'link'),
  };
}
