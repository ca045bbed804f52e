import { sessionEnds } from '../core/session-end.ts';
import type { Assumption, OrganizationRecord, TokenRecord, UserRecord } from '../core/token-record.ts';
import { tokenKinds } from '../core/token.ts';
import { flag, integer, oneOf, text, texts, type Row } from '../lib/row.ts';

/** The form of records in Redis. A node reads its own alone, so nodes of two versions do not mislead each other. */
const format = 3;

/** A record and when it was written, in epoch milliseconds. */
export interface WrittenRecord {
  readonly record: TokenRecord;
  readonly writtenAt: number;
}

export function encodeRecord({ record, writtenAt }: WrittenRecord): string {
  return JSON.stringify({ format, writtenAt, record });
}

/**
 * Reads a record that one of our nodes wrote.
 * @returns undefined when it has another version's form
 * @throws when it has this version's number and not its form
 */
export function decodeRecord(body: string): WrittenRecord | undefined {
  const row = asRow(JSON.parse(body));
  if (row['format'] !== format) return undefined;
  return { record: readToken(asRow(row['record'])), writtenAt: integer(row, 'writtenAt') };
}

function readToken(row: Row): TokenRecord {
  return {
    id: text(row, 'id'),
    kind: oneOf(row, 'kind', tokenKinds),
    scopes: texts(row, 'scopes'),
    allowedIps: texts(row, 'allowedIps'),
    expiresAt: integerOrNull(row, 'expiresAt'),
    disabled: flag(row, 'disabled'),
    revoked: flag(row, 'revoked'),
    issuedAt: integer(row, 'issuedAt'),
    secretExpiresAt: integerOrNull(row, 'secretExpiresAt'),
    owner: readUser(asRow(row['owner'])),
    ...(row['assumption'] !== undefined && { assumption: readAssumption(asRow(row['assumption'])) }),
  };
}

function readAssumption(row: Row): Assumption {
  return {
    grantId: text(row, 'grantId'),
    grantDeleted: flag(row, 'grantDeleted'),
    grantExpiresAt: integerOrNull(row, 'grantExpiresAt'),
    readOnly: flag(row, 'readOnly'),
    allowedActors: texts(row, 'allowedActors'),
    issuer: readUser(asRow(row['issuer'])),
    redeemer: readToken(asRow(row['redeemer'])),
    idleUntil: integerOrNull(row, 'idleUntil'),
    ended: row['ended'] === null ? null : oneOf(row, 'ended', sessionEnds),
  };
}

function readUser(row: Row): UserRecord {
  return {
    id: text(row, 'id'),
    username: text(row, 'username'),
    ...(row['email'] !== undefined && { email: text(row, 'email') }),
    kind: oneOf(row, 'kind', ['human', 'service']),
    status: oneOf(row, 'status', ['active', 'disabled']),
    organization: readOrganization(asRow(row['organization'])),
    roles: texts(row, 'roles'),
  };
}

function readOrganization(row: Row): OrganizationRecord {
  return { id: text(row, 'id'), slug: text(row, 'slug'), status: oneOf(row, 'status', ['active', 'suspended']) };
}

function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column);
}

function asRow(value: unknown): Row {
  if (typeof value === 'object' && value !== null) return value as Row;
  throw new Error('a record in Redis has another form than its number says');
}
