import { createHash } from 'node:crypto';
import type { AuditFilter } from '../../core/audit-record.ts';
import type { AuditLog } from '../ports/audit.ts';
import { presentEntry } from './schema.ts';

/**
 * The lines of an export, each with its line feed, a batch at a time. The last one tells how many there are and is
 * signed, so that an export which lacks anything shows it.
 */
export async function* exportLines(log: AuditLog, filter: AuditFilter): AsyncGenerator<string> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const batch of log.batches(filter)) {
    const text = batch.map((row) => `${JSON.stringify(presentEntry(row))}\n`).join('');
    hash.update(text);
    rows += batch.length;
    if (text !== '') yield text;
  }
  const hmac = log.sealExport(rows, hash.digest('hex'));
  yield `${JSON.stringify({ trailer: { rows, hmac } })}\n`;
}
